import { finished } from '../../e2e/stack-process.ts';
import { childrenOf, usedBy } from './processes.ts';
import { PART_BYTES, STREAMS, type Way } from './way.ts';

/**
 * Partway's copy worker: the deployed bundle in the Lambda host. Its processes stay after a copy, so what they used is
 * known exactly. A Lambda's first copy includes its start.
 */
export const partway: Way = {
  name: 'Partway',
  verifies: 'what its receipt says',
  copy: async ({ stack, source, target, from, to }) => {
    const workers = () => childrenOf(stack.pid).filter(({ folder }) => folder.endsWith('/copy-batch'));
    const cpuOf = () => workers().reduce((sum, { pid }) => sum + (usedBy(pid)?.cpuSeconds ?? 0), 0);
    const [before, startedMs] = [cpuOf(), Date.now()];
    const { transferId } = await stack.api.start({
      source: { endpoint: source.name, bucket: source.bucket, key: from },
      target: { endpoint: target.name, bucket: target.bucket, key: to },
      partBytes: PART_BYTES,
      partsAtOnce: STREAMS,
      batchesAtOnce: 1,
      // A store without bytes has no MD5s.
      checksum: source.isNull ? 'crc32' : 'auto',
    });
    const view = await finished(stack, transferId);
    if (view.state !== 'copied') throw new Error(JSON.stringify(view.failure));
    const peakMiB = Math.max(...workers().map(({ pid }) => usedBy(pid)?.peakMiB ?? 0));
    const verified = view.receipt?.proofs.slice(2).join('; ');
    return { cpuSeconds: cpuOf() - before, seconds: (Date.now() - startedMs) / 1000, peakMiB, verified };
  },
};
