import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../functions/engine/calls/endpoint-advice.ts';
import { NOT_AS_S3 } from '../../functions/transfer/at-stores.ts';
import { type ErrorName, type Said, TransferError } from '../../functions/transfer/errors.ts';

const of = (name: ErrorName, said?: Said, call = 'HeadObject') =>
  adviceFor(call, new TransferError(name, 'Unknown words.', said ? { said } : {}), { url: 'https://s3.example.org' });

describe('The advice for an endpoint', () => {
  it.each([
    ['Refused', 'Partway did not call the store'],
    ['Unreachable', 'could not read the secret in time'],
  ] as const)('for a secret that is %s does not blame the store', (name, words) => {
    expect(of(name, undefined, 'read the secret')).toContain(words);
  });

  it.each([
    ['WrongRegion', 'region is wrong'],
    ['ClockSkewed', 'clock of the machine'],
    ['Expired', 'session token has expired'],
    ['NoSuchBucket', 'bucket does not exist'],
    ['Throttled', 'fewer calls'],
    ['Unreachable', 'URL does not answer'],
  ] as const)('is chosen by the name %s', (name, words) => {
    expect(of(name)).toContain(words);
  });

  it.each([
    ['Refused', NOT_AS_S3, 403, 'did not come from the store'],
    ['Refused', 'AuthorizationHeaderMalformed', 400, 'region is wrong'],
    ['InvalidRequest', 'HttpsOnly', undefined, 'https://'],
    ['InvalidRequest', 'HostNameOnly', undefined, 'path-style'],
    ['Refused', 'SecondLevelDomainForbidden', 403, 'path-style'],
    ['Refused', 'InvalidPathAccess', 403, 'path-style'],
    ['Refused', 'InvalidAccessKeyId', 403, 'does not know the access key'],
    ['Refused', 'invalid_access_key_id', 401, 'does not know the access key'],
    ['Refused', 'Unauthorized', 401, 'does not know the access key'],
    ['Refused', 'SignatureDoesNotMatch', 403, 'secret key does not belong'],
    ['Refused', 'signature_not_matched', 401, 'secret key does not belong'],
    ['Refused', 'InvalidToken', 400, 'session token'],
    ['Refused', 'InvalidSecurityToken', 403, 'session token'],
    ['Refused', 'AccessDenied', 403, 'no permission'],
    ['Refused', 'permission_denied', 403, 'no permission'],
    ['Refused', 'Forbidden', 403, 'no permission'],
    ['Unreachable', 'ENOTFOUND', undefined, 'has no address'],
    ['Unreachable', 'EAI_AGAIN', undefined, 'has no address'],
    ['Unreachable', 'ECONNREFUSED', undefined, 'No program listens'],
    ['Unreachable', 'ETIMEDOUT', undefined, 'does not answer'],
    ['Unreachable', 'DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'NODE_EXTRA_CA_CERTS'],
    ['Unreachable', 'SELF_SIGNED_CERT_IN_CHAIN', undefined, 'NODE_EXTRA_CA_CERTS'],
    ['Unreachable', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', undefined, 'NODE_EXTRA_CA_CERTS'],
    ['Unreachable', 'UNABLE_TO_GET_ISSUER_CERT', undefined, 'NODE_EXTRA_CA_CERTS'],
    ['Unreachable', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', undefined, 'NODE_EXTRA_CA_CERTS'],
    ['Unreachable', 'ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'another host name'],
    ['Unreachable', 'CERT_HAS_EXPIRED', undefined, 'has expired'],
    ['Unreachable', 'CERT_NOT_YET_VALID', undefined, 'not valid yet'],
    ['Unreachable', 'EPROTO', undefined, 'does not speak TLS'],
    ['Unreachable', 'ERR_SSL_WRONG_VERSION_NUMBER', undefined, 'does not speak TLS'],
  ] as const)('for %s is chosen by the code %s', (name, code, status, words) => {
    expect(of(name, { code, status })).toContain(words);
  });

  it.each([
    [401, 'pair of keys'],
    [403, 'no permission'],
  ])('for an unknown code is chosen by the status %i', (status, words) => {
    expect(of('Refused', { code: 'SomethingNew', status })).toContain(words);
  });

  it('does not depend on the message', () => {
    const error = new TransferError(
      'Refused',
      'PUT b:x/AccessDenied: 400 SomethingNew: 403 NoSuchBucket ECONNREFUSED',
      {
        said: { code: 'SomethingNew', status: 400 },
      },
    );
    expect(adviceFor('UploadPart', error, { url: undefined })).toContain(
      'does not know this answer of the store at AWS',
    );
  });

  it('for a 502 says that the store answered, not that it is unreachable', () => {
    expect(of('Unreachable', { code: 'BadGateway', status: 502 })).toContain(
      'this answer of the store at https://s3.example.org',
    );
  });
});
