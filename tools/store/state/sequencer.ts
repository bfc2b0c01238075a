import type { Disk } from './disk.ts';

// One millisecond has about a million numbers. Only with more objects in a millisecond would they run ahead of the clock.
const STEPS_PER_MS_BITS = 20n;

/**
 * Makes numbers that only grow, also after a restart. S3 calls them sequencers: of two events of one key, the later one
 * has the larger number. They are hexadecimal texts of one length, so that they can be sorted as text.
 */
export function sequencerAfter(disk: Disk, now: () => number): () => string {
  let last = 0n;
  for (const bucket of disk.buckets.values()) {
    for (const { sequencer } of bucket.objects.values()) last = larger(last, BigInt(`0x${sequencer}`));
  }
  return () => {
    last = larger(last + 1n, BigInt(now()) << STEPS_PER_MS_BITS);
    return last.toString(16).toUpperCase().padStart(16, '0');
  };
}

function larger(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
