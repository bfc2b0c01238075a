import { transferIdOf } from '../../../functions/engine/claim/identity.ts';
import { type Usage, usageOf } from '../../../functions/transfer/budgets/cost.ts';
import { type BatchReport, nothingYet, type Tally } from '../../../functions/transfer/tally.ts';
import { leapingClock } from './leaping-clock.ts';
import { meteredCheckpoints } from './metered-checkpoints.ts';
import { scaleRequest, scaleWorld } from './scale-world.ts';

/** What one transfer of this size used, as it was counted. */
export type Counted = {
  readonly objectBytes: number;
  readonly parts: number;
  readonly batches: number;
  readonly events: number;
  /** What AWS bills, as it was counted. */
  readonly counted: Usage;
  /** The same, as functions/transfer/budgets/cost.ts computes it. */
  readonly computed: Usage;
  readonly seconds: number;
  /** The largest input or output of a state. */
  readonly payloadBytes: number;
};

/** Copies an object of so many bytes, without the bytes, by the synthesized machine and the engine as it is deployed. */
export async function runScale(objectBytes: number): Promise<Counted> {
  const clock = leapingClock();
  const { checkpoints, units } = meteredCheckpoints();
  const { w, store } = scaleWorld(objectBytes, { checkpoints, clock });
  const startedMs = clock.nowMs();
  const { status, cause, name, arn } = await w.run(scaleRequest);
  if (status !== 'SUCCEEDED') throw new Error(`${status}: ${cause}`);
  const seconds = (clock.nowMs() - startedMs) / 1000;
  const history = w.history(name);
  const used = { ...units };
  const transferId = transferIdOf('execution', arn);
  const transfer = await w.ports.checkpoints.read(transferId);
  const work = reportedWork(await w.ports.checkpoints.reports(transferId));
  const parts = transfer?.plan?.partCount ?? 0;
  const transitions = history.filter(({ type }) => type.endsWith('StateEntered')).length;
  return {
    objectBytes,
    parts,
    batches: work.invocations,
    events: history.length,
    counted: {
      transitions,
      // The clock does not see the time of the other functions.
      lambdaGbSeconds: usageOf(work, { isSmall: transfer?.round === 0 }).lambdaGbSeconds,
      lambdaRequests: w.invocations.length + 1, // and Settle
      ...used,
      puts: store.requests.put,
      gets: store.requests.get,
    },
    computed: usageOf(work, { partsInStore: parts, isSmall: transfer?.round === 0 }),
    seconds,
    payloadBytes: Math.max(...history.map(({ id: _, ...event }) => longestText(event))),
  };
}

/** The longest `input` or `output` in an event. */
function longestText(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const lengths = Object.entries(value).map(([name, inner]) =>
    (name === 'input' || name === 'output') && typeof inner === 'string' ? inner.length : longestText(inner),
  );
  return Math.max(0, ...lengths);
}

function reportedWork(reports: readonly BatchReport[]): Tally {
  const sumOf = (field: keyof Tally) => reports.reduce((sum, report) => sum + report[field], 0);
  return Object.fromEntries(Object.keys(nothingYet).map((field) => [field, sumOf(field as keyof Tally)])) as Tally;
}
