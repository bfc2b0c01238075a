import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { startCrc } from '../../../functions/engine/batch/running-crc.ts';
import { crc32c } from '../protocol/crc32c.ts';
import type { StoreOptions } from './call.ts';

/** A checksum that is being computed. The result is base64, as S3 writes it in headers and XML. */
type RunningChecksum = { update(chunk: Uint8Array): void; digest(): Promise<string> };

type Algorithm = {
  readonly header: string;
  readonly element: string;
  readonly digestBytes: number;
  readonly start: () => RunningChecksum;
  /** The reversed polynomial of a CRC. The store needs it to combine the parts' CRCs into that of the whole object. */
  readonly polynomial?: bigint;
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
export const checksumAlgorithms = {
  CRC32: algorithm('CRC32', 4, () => runningCrc(crc32), 0xedb88320n),
  CRC32C: algorithm('CRC32C', 4, () => runningCrc(crc32c), 0x82f63b78n),
  CRC64NVME: algorithm('CRC64NVME', 8, runningCrc64Nvme, 0x9a6c9329ac4bc9b5n),
  SHA1: algorithm('SHA1', 20, () => runningHash('sha1')),
  SHA256: algorithm('SHA256', 32, () => runningHash('sha256')),
  SHA512: algorithm('SHA512', 64, () => runningHash('sha512')),
  MD5: algorithm('MD5', 16, () => runningHash('md5')),
} as const satisfies Record<string, Algorithm>;

export type ChecksumAlgorithm = keyof typeof checksumAlgorithms;
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';
export type Checksums = { readonly [algorithm in ChecksumAlgorithm]?: string };

export const checksumNames = Object.keys(checksumAlgorithms) as ChecksumAlgorithm[];

/**
 * The checksum that S3 computes if the client sends none, since December 2024:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function defaultChecksum({ checksumByDefault = true }: StoreOptions): ChecksumAlgorithm | undefined {
  return checksumByDefault ? 'CRC64NVME' : undefined;
}

/** Only checksums with a polynomial can be combined. Without one there is no FULL_OBJECT checksum of many parts. */
export function polynomialOf(name: ChecksumAlgorithm): bigint | undefined {
  const { polynomial }: Algorithm = checksumAlgorithms[name];
  return polynomial;
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(checksumAlgorithms, name);
}

/** Whether the text is canonical base64 of the right length. */
export function isChecksumValue(name: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === checksumAlgorithms[name].digestBytes && bytes.toString('base64') === value;
}

/** Writes checksums as response headers, for example `x-amz-checksum-crc32`. */
export function checksumHeaders(checksums: Checksums): Record<string, string> {
  return named(checksums, 'header');
}

/** Writes checksums as XML elements, for example `ChecksumCRC32`. */
export function checksumElements(checksums: Checksums): Record<string, string> {
  return named(checksums, 'element');
}

function named(checksums: Checksums, form: 'header' | 'element'): Record<string, string> {
  const present = checksumNames.filter((name) => checksums[name] !== undefined);
  return Object.fromEntries(present.map((name) => [checksumAlgorithms[name][form], checksums[name] ?? '']));
}

function algorithm(name: string, digestBytes: number, start: () => RunningChecksum, polynomial?: bigint): Algorithm {
  const header = `x-amz-checksum-${name.toLowerCase()}`;
  return {
    header,
    element: `Checksum${name}`,
    digestBytes,
    start,
    ...(polynomial === undefined ? {} : { polynomial }),
  };
}

function runningHash(name: string): RunningChecksum {
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest('base64') };
}

/** S3 writes the bytes of a CRC with the highest byte first. */
function runningCrc(crc: (chunk: Uint8Array, before: number) => number): RunningChecksum {
  let value = 0;
  const digest = async () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes.toString('base64');
  };
  const update = (chunk: Uint8Array) => {
    value = crc(chunk, value);
  };
  return { update, digest };
}

function runningCrc64Nvme(): RunningChecksum {
  const crc = startCrc('crc64nvme');
  return {
    update: (chunk) => crc.update(chunk),
    digest: async () => Buffer.from(crc.hex(), 'hex').toString('base64'),
  };
}
