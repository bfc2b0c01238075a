import { StoreError } from '../protocol/errors.ts';
import type { Call } from '../state/call.ts';
import {
  type ChecksumAlgorithm,
  type Checksums,
  checksumAlgorithms,
  checksumNames,
  isChecksumValue,
} from '../state/checksums.ts';
import type { Digests } from '../state/digests.ts';

/** All that a request says about its body: in headers before the body, and in trailers after it. */
type Expectations = {
  readonly bytes: number;
  readonly framed: boolean;
  readonly md5?: string;
  readonly payloadSha256?: string;
  readonly checksums: Checksums;
  /** Named in x-amz-trailer. Its value follows the body. */
  readonly trailer?: ChecksumAlgorithm;
};

// The largest part and the largest object in one piece: S3 User Guide, "Amazon S3 multipart upload limits".
const BODY_BYTES_MAX = 5 * 1024 ** 3;

/** Throws for every mistake in the headers, before the client sends a byte of the body. */
export function expectationsOf(call: Call): Expectations {
  const { headers, payloadHash } = call;
  const framed = payloadHash.startsWith('STREAMING-');
  const md5 = headers['content-md5'];
  if (md5 !== undefined && !isChecksumValue('MD5', md5)) throw new StoreError('InvalidDigest');
  const trailer = trailerOf(headers['x-amz-trailer']);
  const checksums = declaredChecksums(headers);
  const named = Object.keys(checksums).length + (trailer === undefined ? 0 : 1);
  if (named > 1) {
    throw new StoreError('InvalidRequest', { message: 'Expecting a single x-amz-checksum- header.' });
  }
  if (headers['x-amz-sdk-checksum-algorithm'] !== undefined && named === 0) {
    const message = 'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer.';
    throw new StoreError('InvalidRequest', { message });
  }
  return {
    bytes: bodyBytes(call, framed),
    framed,
    checksums,
    ...(md5 === undefined ? {} : { md5 }),
    ...(/^[0-9a-f]{64}$/.test(payloadHash) ? { payloadSha256: payloadHash } : {}),
    ...(trailer === undefined ? {} : { trailer }),
  };
}

/** The algorithms whose values the client sends and wants back. */
export function namedAlgorithms(expectations: Expectations): ChecksumAlgorithm[] {
  const inHeaders = checksumNames.filter((name) => expectations.checksums[name] !== undefined);
  return expectations.trailer === undefined ? inHeaders : [...inHeaders, expectations.trailer];
}

/** The digest that the signature covers. We compute it only to verify the signature, and do not keep it. */
export function hiddenAlgorithms(expectations: Expectations): ChecksumAlgorithm[] {
  return expectations.payloadSha256 === undefined ? [] : ['SHA256'];
}

/** Throws if the body is not what its headers announced. */
export function checkBody(expected: Expectations, came: Digests, trailers: ReadonlyMap<string, string>): void {
  if (came.bytes !== expected.bytes) throw new StoreError('IncompleteBody');
  if (expected.md5 !== undefined && expected.md5 !== Buffer.from(came.md5, 'hex').toString('base64')) {
    throw new StoreError('BadDigest', { message: 'The Content-MD5 you specified did not match what we received.' });
  }
  const sha256 = Buffer.from(came.checksums.SHA256 ?? '', 'base64').toString('hex');
  if (expected.payloadSha256 !== undefined && expected.payloadSha256 !== sha256) {
    throw new StoreError('XAmzContentSHA256Mismatch');
  }
  for (const name of namedAlgorithms(expected)) checkChecksum(name, expected, came, trailers);
}

function checkChecksum(
  name: ChecksumAlgorithm,
  expected: Expectations,
  came: Digests,
  trailers: ReadonlyMap<string, string>,
): void {
  const value = expected.checksums[name] ?? trailers.get(checksumAlgorithms[name].header);
  if (value === undefined) throw new StoreError('InvalidRequest', { message: `The ${name} trailer did not come.` });
  if (value !== came.checksums[name]) {
    throw new StoreError('BadDigest', { message: `The ${name} you specified did not match the calculated checksum.` });
  }
}

function declaredChecksums(headers: Call['headers']): Checksums {
  const declared: { [name in ChecksumAlgorithm]?: string } = {};
  for (const name of checksumNames) {
    const { header } = checksumAlgorithms[name];
    const value = headers[header];
    if (value === undefined) continue;
    if (!isChecksumValue(name, value)) {
      throw new StoreError('InvalidRequest', { message: `Value for ${header} header is invalid.` });
    }
    declared[name] = value;
  }
  return declared;
}

function trailerOf(header: string | undefined): ChecksumAlgorithm | undefined {
  if (header === undefined) return undefined;
  const name = checksumNames.find((candidate) => checksumAlgorithms[candidate].header === header.trim().toLowerCase());
  if (name === undefined) {
    throw new StoreError('InvalidRequest', {
      message: 'The value specified in the x-amz-trailer header is not supported',
    });
  }
  return name;
}

/** A body with frames is longer than the object. This is the length without the frames. */
function bodyBytes({ headers }: Call, framed: boolean): number {
  const text = headers[framed ? 'x-amz-decoded-content-length' : 'content-length'];
  if (text === undefined && (framed || headers['transfer-encoding'] !== undefined)) {
    throw new StoreError('MissingContentLength');
  }
  const bytes = Number(text ?? 0);
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw new StoreError('InvalidArgument');
  if (bytes > BODY_BYTES_MAX) throw new StoreError('EntityTooLarge');
  return bytes;
}
