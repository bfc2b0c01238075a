import type { Disk } from './disk.ts';

// A millisecond has room for a million objects before the sequence runs ahead of the clock.
const STEPS_PER_MS_BITS = 20n;

/**
 * Numbers that only grow, also over restarts, as hexadecimal text of one length, so that they sort as text. S3 calls
 * them sequencers: of two events of one key, the later one has the larger number.
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
