import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { refuseUnspeakable } from '../transfer/addressing.ts';
import { TransferError } from '../transfer/errors.ts';
import { placeOf, placesFor } from '../transfer/places.ts';
import type { EndpointFacts, Ports, TargetStore } from '../transfer/ports.ts';
import type { ObjectAddress } from '../transfer/transfer.ts';
import { nameAndMessage } from './part-failures.ts';

/** One harmless call, and what came of it. `advice` says in words what is wrong, or what to know of a call that is right. */
export type Check = {
  readonly call: string;
  readonly ok: boolean;
  readonly failure?: string;
  readonly advice?: string;
};
export type EndpointCheck = {
  readonly endpoint: string;
  readonly checks: readonly (Check & { readonly place: string })[];
};

/**
 * Proves an endpoint in each place that it may touch: looks, and where it may write begins a small upload and aborts it.
 * Nothing stays.
 */
export const checkEndpoint =
  (ports: Ports) =>
  async (name: string): Promise<EndpointCheck> => {
    const endpoint = await ports.endpoint(name);
    if (!endpoint) throw new TransferError('NotFound', `There is no endpoint "${name}" in this stack.`);
    const checks: (Check & { place: string })[] = [];
    const written = placesFor(endpoint, 'write');
    for (const place of new Set([...placesFor(endpoint, 'read'), ...written])) {
      const found = await checkPlace(ports, endpoint, { place, isWritten: written.includes(place) });
      checks.push(...found.map((check) => ({ place, ...check })));
    }
    return { endpoint: name, checks };
  };

async function checkPlace(
  ports: Ports,
  endpoint: EndpointFacts,
  { place, isWritten }: { place: string; isWritten: boolean },
): Promise<Check[]> {
  const { bucket, prefix } = placeOf(place);
  const target: ObjectAddress = { endpoint: endpoint.name, bucket, key: `${prefix}partway-check-${randomUUID()}` };
  const checks: Check[] = [];
  const attempt = async <T>(call: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const answer = await work();
      const advice = adviceWithout[call];
      checks.push(answer === undefined && advice ? { call, ok: true, advice } : { call, ok: true });
      return answer;
    } catch (error) {
      const { name, message } = nameAndMessage(error);
      const failure = `${name}: ${message}`;
      checks.push({ call, ok: false, failure, advice: adviceFor(failure, endpoint) });
      return undefined;
    }
  };
  const store = await attempt('read the secret', () => ports.store(endpoint.name));
  if (!store) return checks;
  const isSpeakable = await attempt('address the bucket', async () => {
    refuseUnspeakable(endpoint, store.profile, bucket);
    return true;
  });
  if (!isSpeakable) return checks;
  await attempt('HeadObject', () => store.inspect(target));
  if (isWritten) await checkWriting(store, target, attempt);
  return checks;
}

type Attempt = <T>(call: string, work: () => Promise<T>) => Promise<T | undefined>;

async function checkWriting(store: TargetStore, target: ObjectAddress, attempt: Attempt): Promise<void> {
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const uploadId = await attempt('CreateMultipartUpload', () => store.beginUpload(write));
  if (uploadId === undefined) return;
  const bytes = Buffer.from('partway check');
  const part = { target, uploadId, partNumber: 1, bytes: bytes.length };
  await attempt('UploadPart', () =>
    store.writePart(part, Readable.from([bytes], { objectMode: false }), AbortSignal.timeout(10_000)),
  );
  if (store.profile.listsParts) await attempt('ListParts', () => store.listParts(target, uploadId));
  if (store.profile.listsUploads === true)
    await attempt('ListMultipartUploads', () => store.listUploads(target.bucket, target.key));
  await attempt('AbortMultipartUpload', () => store.abortUpload(target, uploadId));
}

/** Calls that a store may answer with "not implemented", and what is missing then. */
const adviceWithout: Readonly<Record<string, string>> = {
  ListParts:
    'The store answers that it cannot list parts: the checkpoint alone says which are there, and uploads begun elsewhere cannot be adopted.',
  ListMultipartUploads: 'The store answers that it cannot list uploads: the sweep sees those of known transfers only.',
};

/** What stores say, and what it means for whoever set the endpoint up. */
const advices: readonly (readonly [RegExp, string])[] = [
  [/The secret \S+ .*be read|The secret \S+ is not JSON|no secret/, 'Repair the secret; the store was not asked.'],
  [
    /not as S3 answers/,
    'Something before the store answered, or the URL is not that of its S3 API: check both, and the host name that it expects.',
  ],
  [
    /^WrongRegion|AuthorizationHeaderMalformed|wrong region/i,
    'The region is wrong: sign for the region where the bucket is.',
  ],
  [/takes HTTPS only/, 'Write the URL with https://.'],
  [
    /SecondLevelDomainForbidden|InvalidPathAccess|before its host name/i,
    'The store refuses path-style addresses: use its domain, not an IP address, and bucket names without dots.',
  ],
  [/ClockSkewed/, 'The clock of the machine that signs is wrong by more than 15 minutes.'],
  [/InvalidAccessKeyId|invalid_access_key_id|Unauthorized/i, 'The access key is not known to the store.'],
  // Swift answers an access key that it does not know in the same words.
  [
    /SignatureDoesNotMatch|signature_not_matched/i,
    'The secret key does not belong to the access key, or the store does not know the access key and does not say so.',
  ],
  [
    /Expired|TokenRefreshRequired|InvalidToken|SecurityToken|sessionToken/i,
    'The session token has expired, or is not taken here.',
  ],
  [/NoSuchBucket/, 'The bucket does not exist, or belongs to another account or region.'],
  [
    /AccessDenied|permission_denied|Forbidden|\b403\b/i,
    'The key has no permission for this call on this bucket and prefix.',
  ],
  [/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|no answer/i, 'The URL does not answer: check name, port and network.'],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/i,
    "The store's certificate is not trusted by Node: give its authority with NODE_EXTRA_CA_CERTS.",
  ],
];

function adviceFor(failure: string, { url }: EndpointFacts): string {
  const known = advices.find(([pattern]) => pattern.test(failure));
  return known?.[1] ?? `The store at ${url ?? 'AWS'} answered in a way that we do not know; its own words are above.`;
}
