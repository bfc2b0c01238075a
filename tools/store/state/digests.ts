import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, type Checksums, checksumAlgorithms } from './checksums.ts';

export type Digests = { readonly bytes: number; readonly md5: string; readonly checksums: Checksums };

type RunningDigests = { update(chunk: Buffer): void; finish(): Promise<Digests> };

/** Always computes the MD5, because it is the ETag. Other checksums cost CPU too, so it computes only the named ones. */
export function startDigests(algorithms: Iterable<ChecksumAlgorithm>): RunningDigests {
  const md5 = createHash('md5');
  const running = [...new Set(algorithms)].map((name) => ({ name, checksum: checksumAlgorithms[name].start() }));
  let bytes = 0;
  return {
    update: (chunk) => {
      bytes += chunk.length;
      md5.update(chunk);
      for (const { checksum } of running) checksum.update(chunk);
    },
    finish: async () => {
      const checksums: { [name in ChecksumAlgorithm]?: string } = {};
      for (const { name, checksum } of running) checksums[name] = await checksum.digest();
      return { bytes, md5: md5.digest('hex'), checksums };
    },
  };
}
