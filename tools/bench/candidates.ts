import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import { createCRC32, createCRC64, type IHasher } from 'hash-wasm';
import { startCrc } from '../../functions/engine/batch/running-crc.ts';
import { crcs } from '../../functions/transfer/values/checksums.ts';
import { crc32c } from '../store/protocol/crc32c.ts';

/** Adds the next chunk to the checksum. */
type Update = (chunk: Buffer) => void;

/** The implementations of checksums to compare. All are compared with the first. Each runs in a separate process. */
export const candidates: Readonly<Record<string, () => Update | Promise<Update>>> = {
  'CRC32, node:zlib': () => chained(crc32),
  'MD5, node:crypto': () => {
    const hash = createHash('md5');
    return (chunk) => void hash.update(chunk);
  },
  'CRC-64/NVME, @aws-sdk/crc64-nvme': () => {
    const crc = new Crc64Nvme();
    return (chunk) => crc.update(chunk);
  },
  'CRC-64/NVME, hash-wasm': async () => updating(await createCRC64(crcs.crc64nvme.polynomial.toString(16))),
  'CRC-64/NVME, ours (hash-wasm, state kept apart)': () => running('crc64nvme'),
  'CRC-64/ECMA, ours (hash-wasm, state kept apart)': () => running('crc64ecma'),
  'CRC32C, a table in JavaScript': () => chained(crc32c),
  'CRC32C, hash-wasm': async () => updating(await createCRC32(Number(crcs.crc32c.polynomial))),
  'CRC32C, ours (hash-wasm, state kept apart)': () => running('crc32c'),
};

function chained(sum: (chunk: Buffer, before: number) => number): Update {
  let value = 0;
  return (chunk) => {
    value = sum(chunk, value);
  };
}

function updating(hasher: IHasher): Update {
  hasher.init();
  return (chunk) => void hasher.update(chunk);
}

function running(name: Parameters<typeof startCrc>[0]): Update {
  const crc = startCrc(name);
  return (chunk) => crc.update(chunk);
}
