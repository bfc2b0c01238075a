import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { isAwsUrl } from '../../functions/endpoints/aws-url.ts';
import { covers, type Place, placesFor, type Use } from '../../functions/transfer/values/places.ts';
import type { EndpointProps } from '../endpoints/endpoints.ts';
import { faultOfRequest } from './arrival-request.ts';
import { arrivalTarget } from './arrival-target.ts';
import type { IngestProps } from './ingest.ts';
import { refuseCircles, shown } from './ingest-circles.ts';

type Endpoints = ReadonlyMap<string, EndpointProps>;

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
const TEMPLATE_CHARACTERS_MAX = 8192;

/**
 * Throws one Error that names every rule that cannot work, and every rule whose arrivals Initiate would refuse. Does not
 * check values that are known only after the deployment.
 */
export function refuseBadIngest(
  scope: Construct,
  ingest: readonly IngestProps[],
  endpoints: readonly EndpointProps[],
): void {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  const faults = ingest.flatMap((entry) =>
    faultsOf(scope, entry, byName).map((fault) => `the rule for ${shown(entry)} ${fault}`),
  );
  if (faults.length > 0) throw new Error(`Ingest cannot be accepted: ${faults.join('. ')}.`);
  refuseCircles(ingest, byName);
}

function faultsOf(scope: Construct, entry: IngestProps, endpoints: Endpoints): string[] {
  const { endpoint: from, into } = entry;
  const [source, target] = [endpoints.get(from), endpoints.get(into.endpoint)];
  const unknown = [...(source ? [] : [from]), ...(target ? [] : [into.endpoint])];
  if (!source || !target) return unknown.map((name) => `names the endpoint "${name}", which is not declared`);
  const written = { bucket: into.bucket, prefix: `${into.keyPrefix ?? ''}${entry.prefix ?? ''}` };
  return [
    faultOfEvents(scope, entry, source),
    faultOfPlace(source, { bucket: entry.bucket, prefix: entry.prefix ?? '' }, 'read'),
    faultOfPlace(target, written, 'write'),
    faultOfTemplate(entry),
    faultOfRequest(entry, target),
  ].flatMap((fault) => fault ?? []);
}

/**
 * EventBridge gives a rule only the events of S3 buckets in its own account and region. Other stores send it nothing.
 */
function faultOfEvents(scope: Construct, entry: IngestProps, { url, region }: EndpointProps): string | undefined {
  if (entry.storeSendsEvents) return undefined;
  if (url !== undefined && !Token.isUnresolved(url) && !isAwsUrl(url))
    return 'watches a store that is not AWS, and EventBridge gets no events from it. Start its transfers through the API';
  const here = Stack.of(scope).region;
  if (Token.isUnresolved(here) || Token.isUnresolved(region) || region === here) return undefined;
  return `watches a bucket in ${region}, but the stack is in ${here}, where EventBridge gets no events of that bucket. Deploy a stack with this rule in ${region}`;
}

function faultOfPlace(endpoint: EndpointProps, place: Place, use: Use): string | undefined {
  const places = placesFor(endpoint, use);
  if (places.some((entry) => covers(entry, place))) return undefined;
  if ([place.bucket, place.prefix, ...places].some((text) => Token.isUnresolved(text))) return undefined;
  const may = `it may ${use}: ${places.join(', ') || 'nothing'}`;
  return `would ${use} ${place.bucket}/${place.prefix}*, which endpoint "${endpoint.name}" does not allow; ${may}`;
}

/** In an input template, <name> means a part of the event. EventBridge has no way to write the character "<" itself. */
function faultOfTemplate(entry: IngestProps): string | undefined {
  const text = JSON.stringify(arrivalTarget(entry));
  if (text.includes('<'))
    return 'has "<" in `into` or `options`. EventBridge would take it for the beginning of a placeholder. Use other words';
  if (text.length <= TEMPLATE_CHARACTERS_MAX) return undefined;
  return `has ${text.length} characters in \`into\` and \`options\`, and EventBridge takes at most ${TEMPLATE_CHARACTERS_MAX}`;
}
