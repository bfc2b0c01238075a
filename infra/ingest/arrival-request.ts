import { Token } from 'aws-cdk-lib';
import { refuseForProvider } from '../../functions/endpoints/refuse-for-provider.ts';
import { refuseAcl } from '../../functions/transfer/endpoint.ts';
import { parseRequest, type TransferRequest } from '../../functions/transfer/request.ts';
import type { EndpointProps } from '../endpoints/endpoints.ts';
import type { IngestProps } from './ingest.ts';

/** The event says where the object is, and `into` where it goes. An upload that is adopted belongs to one key. */
const DECIDED = ['source', 'target', 'resumeFrom'];

/**
 * Makes the request of the shortest key that a rule watches, and checks it as Initiate will: its fields, its keys, what
 * the target's kind of store takes, and what its endpoint allows. `undefined`: nothing is wrong.
 */
export function faultOfRequest(entry: IngestProps, target: EndpointProps): string | undefined {
  const { options = {} } = entry;
  const decided = DECIDED.filter((name) => Object.hasOwn(options, name));
  if (decided.length > 0)
    return `has ${decided.map((name) => `\`options.${name}\``).join(', ')}, which a rule cannot choose`;
  if (Token.isUnresolved(JSON.stringify(options))) return undefined;
  try {
    const request = requestOf(entry);
    refuseAcl(target, request.acl);
    refuseForProvider(request, target.provider);
    return undefined;
  } catch (error) {
    return `cannot work, because Partway would refuse each arrival: ${error instanceof Error ? error.message.replace(/\.$/, '') : error}`;
  }
}

/** Circles have a check of their own, so source and target never count as one endpoint here. */
function requestOf({ bucket, prefix, suffix, into, options }: IngestProps): TransferRequest {
  const key = `${known(prefix)}${known(suffix)}` || 'x';
  const source = { endpoint: 'from', bucket: known(bucket, 'bucket'), key };
  const target = { endpoint: 'to', bucket: known(into.bucket, 'bucket'), key: known(into.keyPrefix) + key };
  return parseRequest({ ...options, source, target });
}

/** A value that is known only after the deployment is not checked. */
function known(text = '', otherwise = ''): string {
  return Token.isUnresolved(text) ? otherwise : text;
}
