import type { ChaosFacts } from './chaos.ts';
import type { Driven } from './drive.ts';
import { isOrphan } from './leftovers.ts';

/** The last line of the output, for programs. */
export type Verdict = {
  readonly status: 'succeeded' | 'failed';
  readonly seed: number;
  readonly kills: { readonly lambda: number; readonly stack: number };
  readonly transfers: number;
  readonly identical: number;
  readonly resumed: number;
  readonly bytes: number;
  readonly bytesResent: number;
  readonly bytesResentBound: number;
  readonly uploadsLeft: number;
  readonly orphans: number;
  readonly seconds: number;
};

/** Checks the facts against the laws. Returns a sentence for every broken law. */
export function judge(facts: ChaosFacts): { verdict: Verdict; broken: readonly string[] } {
  const { driven, kills, leftovers, faults } = facts;
  const numbers = {
    seed: facts.seed,
    kills: { lambda: kills.lambda, stack: kills.stack },
    transfers: driven.length,
    identical: driven.filter(({ isIdentical }) => isIdentical).length,
    resumed: sum(driven.map(({ resumed }) => resumed)),
    bytes: sum(driven.map(({ order }) => order.source.bytes)),
    bytesResent: bytesResent(facts),
    bytesResentBound: kills.bytesInFlight,
    uploadsLeft: leftovers.filter((each) => !isOrphan(each)).length,
    orphans: leftovers.filter(isOrphan).length,
    seconds: Math.round(facts.seconds),
  };
  const broken = [...faults, ...driven.flatMap((each) => each.broken), ...lawsBroken(numbers, kills.initiates)];
  return { verdict: { status: broken.length === 0 ? 'succeeded' : 'failed', ...numbers }, broken };
}

function lawsBroken(numbers: Omit<Verdict, 'status'>, initiatesKilled: number): string[] {
  const { transfers, identical, bytesResent: resent, bytesResentBound, uploadsLeft, orphans } = numbers;
  const laws: [boolean, string][] = [
    [transfers > 0, 'No transfer came to its end.'],
    [identical === transfers, `${transfers - identical} of ${transfers} objects differ from their sources.`],
    [uploadsLeft === 0, `${uploadsLeft} uploads with parts in them are still open.`],
    [orphans <= initiatesKilled, `${orphans} uploads were never used, and only ${initiatesKilled} Initiates died.`],
    [resent <= bytesResentBound, `${resent} bytes were sent again; at most ${bytesResentBound} were in flight.`],
  ];
  return laws.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}

/**
 * The bytes that were sent twice. The receipts miss what a killed Lambda sent after its last report. For transfers into
 * store b, its own counter has these bytes. For the others we only have the receipts.
 */
function bytesResent({ driven, partBytesReceivedByB }: ChaosFacts): number {
  const isCounted = ({ order }: Driven) => order.to === 'b' && order.kind !== 'whole';
  const inPartsToB = driven.filter(isCounted);
  const byReceipt = (each: readonly Driven[]) => sum(each.map(({ view }) => view.receipt?.bytesResent ?? 0));
  const byB = partBytesReceivedByB - sum(inPartsToB.map(({ order }) => order.source.bytes));
  return byReceipt(driven.filter((each) => !isCounted(each))) + Math.max(byReceipt(inPartsToB), byB);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
