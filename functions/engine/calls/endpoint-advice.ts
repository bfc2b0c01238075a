import { NOT_AS_S3 } from '../../transfer/at-stores.ts';
import { asTransferError, type ErrorName } from '../../transfer/errors.ts';
import type { EndpointFacts } from '../ports/ports.ts';

/**
 * What a failed call of a check means for the person who set up the endpoint. The advice is chosen by the call, the
 * name of the error, its code and its status, in this order. The message is for people, and never chooses the advice.
 */
export function adviceFor(call: string, error: unknown, { url }: Pick<EndpointFacts, 'url'>): string {
  const { name, said } = asTransferError(error);
  const known =
    (call === 'read the secret' ? adviceOfSecret[name] : undefined) ??
    adviceByName[name] ??
    codes.get(said?.code ?? '') ??
    adviceByStatus[said?.status ?? 0];
  if (known !== undefined) return known;
  if (name === 'Unreachable' && said?.status === undefined)
    return 'The URL does not answer: check the host name, the port and the network.';
  return `Partway does not know this answer of the store at ${url ?? 'AWS'}. The store's own words are above.`;
}

const adviceOfSecret: Readonly<Partial<Record<ErrorName, string>>> = {
  Refused: 'Repair the secret. Partway did not call the store.',
  Unreachable: 'Partway could not read the secret in time, and did not call the store. Check again in a minute.',
};

const adviceByName: Readonly<Partial<Record<ErrorName, string>>> = {
  WrongRegion: "The region is wrong: give the endpoint the bucket's region.",
  ClockSkewed: 'The clock of the machine that signs is wrong by more than 15 minutes.',
  Expired: 'The session token has expired, or the store does not take it.',
  NoSuchBucket: 'The bucket does not exist, or belongs to another account or region.',
  Throttled: 'The store asks for fewer calls: check again in a minute.',
};

const noPermission = 'The key has no permission for this call on this bucket and prefix.';

const adviceByStatus: Readonly<Record<number, string>> = {
  401: 'The store does not take this pair of keys: check the access key and the secret key.',
  403: noPermission,
};

/** functions/adapters/s3/failure.ts and functions/providers say which error name each of these codes has. */
const adviceByCode: readonly (readonly [codes: readonly string[], advice: string])[] = [
  [
    ['CorsRefused'], // our own code: check-page.ts
    'Give each bucket the rules that `partway endpoints cors` prints for this endpoint and origin.',
  ],
  [
    [NOT_AS_S3],
    "The answer did not come from the store's S3 API. Check whether a proxy answered, whether the URL is that of the S3 API, and which host name the store expects.",
  ],
  [['AuthorizationHeaderMalformed'], "The region is wrong: give the endpoint the bucket's region."],
  [['HttpsOnly'], 'Write the URL with https://.'], // our own code, as HostNameOnly: transfer/addressing.ts
  [
    ['HostNameOnly', 'SecondLevelDomainForbidden', 'InvalidPathAccess'],
    'The store refuses path-style addresses: use its domain, not an IP address, and bucket names without dots.',
  ],
  [['InvalidAccessKeyId', 'invalid_access_key_id', 'Unauthorized'], 'The store does not know the access key.'],
  [
    // Swift gives the same answer if it does not know the access key.
    ['SignatureDoesNotMatch', 'signature_not_matched'],
    'The secret key does not belong to the access key, or the store does not know the access key and does not say so.',
  ],
  [['InvalidToken', 'InvalidSecurityToken'], 'The session token has expired, or the store does not take it.'],
  [['AccessDenied', 'permission_denied', 'Forbidden'], noPermission],
  // Node's own: https://nodejs.org/api/errors.html#common-system-errors
  [['ENOTFOUND', 'EAI_AGAIN'], 'The host name of the URL has no address: check how it is written, and the DNS.'],
  [['ECONNREFUSED'], 'No program listens at the port of the URL: check the port, and whether the store runs.'],
  // TLS, also Node's: https://nodejs.org/api/tls.html#x509-certificate-error-codes
  [
    [
      ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    ],
    "Node does not trust the store's certificate. Name the certificate of its authority in NODE_EXTRA_CA_CERTS, and let the store send the whole chain.",
  ],
  [
    ['ERR_TLS_CERT_ALTNAME_INVALID'],
    "The store's certificate is for another host name: use a host name in the URL that the certificate contains.",
  ],
  [['CERT_HAS_EXPIRED'], "The store's certificate has expired: renew it at the store."],
  [['CERT_NOT_YET_VALID'], "The store's certificate is not valid yet: check the clocks of both sides."],
  [
    ['EPROTO', 'ERR_SSL_WRONG_VERSION_NUMBER'],
    'The store does not speak TLS at this port: check the port, or write http://.',
  ],
];

const codes = new Map(adviceByCode.flatMap(([names, advice]) => names.map((name) => [name, advice] as const)));
