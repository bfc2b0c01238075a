import { partRange, planParts } from '../../../functions/transfer/plan.ts';
import type { Bench } from '../bench.ts';
import { arrived, failedAs, holds, same, succeeded } from '../claims.ts';
import { partsOf, trialTo } from '../trial.ts';
import { type Case, onceBefore } from './case.ts';

/** The different ranges that Partway read from an object after Complete, in order. */
function rangesRead({ proxy }: Bench, key: string): string[] {
  const asked = proxy.asked(key);
  const completed = asked.findLastIndex(({ operation }) => operation === 'CompleteMultipartUpload');
  const reads = asked
    .slice(completed + 1)
    .filter(({ operation, status }) => operation === 'GetObject' && status === 206);
  return [...new Set(reads.map(({ headers }) => headers.range ?? 'all'))].toSorted();
}

export const verified: Case = {
  name: 'verified read-back',
  claim: 'returns each part after Complete, and the receipt says that all parts were compared',
  run: async (bench, key) => {
    const trial = trialTo(bench, key, { content: partsOf(bench, 2) });
    const end = await trial.copy({ verify: 'read-back', partsAtOnce: 2 });
    succeeded(end);
    await arrived(bench, key, trial);
    const { partBytesMin: partBytes } = bench.profile.part;
    const wishes = { partBytes, multipartThresholdBytes: 0 };
    const plan = planParts(trial.content.length, bench.profile.part, wishes);
    const ranges = [1, 2].map((partNumber) => partRange(plan, partNumber));
    same('ranges read', rangesRead(bench, key), ranges.map(({ first, last }) => `bytes=${first}-${last}`).toSorted());
    const { receipt } = end.transfer;
    same('bytes read back', receipt?.bytesReadBack, trial.content.length);
    holds(`the receipt says ${receipt?.proofs}`, receipt?.proofs.includes('each part read back, CRC32') ?? false);
  },
};

export const rotten: Case = {
  name: 'damage at rest',
  claim: 'may damage one stored byte: Partway names the part and reports no success',
  run: async (bench, key) => {
    const trial = trialTo(bench, key, { content: partsOf(bench, 2) });
    const inPart2 = bench.profile.part.partBytesMin + 500;
    const heal = bench.proxy.trouble(onceBefore(key, 'GetObject', () => bench.behind.rot(key, inPart2)));
    const end = await trial.copy({ verify: 'read-back' });
    heal();
    failedAs(end, 'Damaged');
    const { message = '' } = end.transfer.failure ?? {};
    const { 'damaged bytes': lack } = bench.lacks;
    const words = lack
      ? /^Part 2 of 2 \(bytes \d+–\d+\) could not be read back: /
      : /^Part 2 of 2 \(bytes \d+–\d+\) was read back with CRC32 /;
    holds(`it says: ${message}`, words.test(message));
    same('state', [end.transfer.state, end.transfer.receipt], ['aborted', undefined]);
    const there = await bench.behind.get(key).catch((error: Error) => error);
    if (lack) return holds('the object is given whole', there instanceof Error);
    if (there instanceof Error) throw there;
    same('bytes that differ', there?.filter((byte, index) => byte !== trial.content[index]).length, 1);
  },
};
