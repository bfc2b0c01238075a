import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { isIpAddress } from '../../transfer/addressing.ts';
import type { Endpoint } from '../../transfer/endpoint.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { storeRequestHandler } from '../http/sdk-handler.ts';
import { boundAnswers } from './bounded-answers.ts';
import { type RotatingCredentials, readAgainWhenRefused } from './rotating-credentials.ts';
import { withTrailer } from './trailer.ts';

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
};

/**
 * Makes the client with which we speak to every store. Each option prevents a failure that happened somewhere.
 * - Checksums are WHEN_REQUIRED, since most stores refuse a streamed default checksum, and one stores it as data.
 * - There is no `Expect: 100-continue`, since it costs seconds for each part at a store that does not answer it.
 * - There is one attempt, since the SDK cannot repeat a stream and must not repeat Complete.
 */
export function s3Client(
  endpoint: Endpoint,
  profile: ProviderProfile,
  credentials: Credentials | RotatingCredentials | undefined,
): S3Client {
  const config: S3ClientConfig = {
    region: endpoint.region,
    forcePathStyle: profile.addressing === 'path' || (endpoint.url !== undefined && isIpAddress(endpoint.url)),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    expectContinueHeader: false,
    maxAttempts: 1,
    requestHandler: storeRequestHandler(),
    getAwsChunkedEncodingStream: withTrailer,
    ...(endpoint.url === undefined ? {} : { endpoint: endpoint.url }),
    ...(credentials ? { credentials: credentialsFor(endpoint, profile, credentials) } : {}),
  };
  const client = new S3Client(config);
  boundAnswers(client);
  if (!profile.takesOperationName) leaveOutOperationName(client);
  if (!credentials || endpoint.role) leaveOutPrivateAcl(client);
  addWhatEndpointSays(client, endpoint);
  if (credentials && 'present' in credentials) readAgainWhenRefused(client, credentials, profile);
  return client;
}

/**
 * A role signs, so the store has AWS's rules: an object is private unless the request says something else. The header
 * would need s3:PutObjectAcl. The Lambdas have that right only if an endpoint allows other ACLs, and other roles may not.
 */
function leaveOutPrivateAcl(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      if (headers['x-amz-acl'] === 'private') delete headers['x-amz-acl'];
      return next(args);
    },
    { step: 'build', name: 'leaveOutPrivateAcl' },
  );
}

/** Adds to every request what the endpoint says of its buckets. It is signed, and a push's client sends it too. */
function addWhatEndpointSays(client: S3Client, { requesterPays, expectedBucketOwner }: Endpoint): void {
  if (!requesterPays && expectedBucketOwner === undefined) return;
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      if (requesterPays) headers['x-amz-request-payer'] = 'requester';
      if (expectedBucketOwner !== undefined) headers['x-amz-expected-bucket-owner'] = expectedBucketOwner;
      // A store copies only between the buckets of one endpoint.
      if (expectedBucketOwner !== undefined && 'x-amz-copy-source' in headers)
        headers['x-amz-source-expected-bucket-owner'] = expectedBucketOwner;
      return next(args);
    },
    { step: 'build', name: 'whatEndpointSays' },
  );
}

function credentialsFor(endpoint: Endpoint, profile: ProviderProfile, given: Credentials | RotatingCredentials) {
  if ('present' in given) {
    return async (options?: { forceRefresh?: boolean }) => identityOf(await given.present(options));
  }
  return identityOf(mustBeTaken(endpoint, profile, given));
}

/**
 * Throws Refused if the store takes no session tokens. We check this before a byte moves, since the store itself may
 * give another reason, or none.
 */
export function mustBeTaken(endpoint: Endpoint, profile: ProviderProfile, credentials: Credentials): Credentials {
  if (credentials.sessionToken === undefined || profile.takesSessionToken !== false) return credentials;
  throw new TransferError(
    'Refused',
    `The secret of endpoint "${endpoint.name}" has a sessionToken, but ${profile.title} takes none. Put a permanent key pair into the secret.`,
  );
}

function identityOf({ sessionToken, expiration, ...keys }: Credentials) {
  return { ...keys, ...(sessionToken ? { sessionToken } : {}), ...(expiration ? { expiration } : {}) };
}

/** Nothing is signed before `build` ends, so what we change here is signed and sent. */
function leaveOutOperationName(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      delete (args.request as { query: Record<string, unknown> }).query['x-id'];
      return next(args);
    },
    { step: 'build', name: 'leaveOutOperationName' },
  );
}
