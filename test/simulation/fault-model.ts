import type { Chance } from './chance.ts';

/**
 * THE FAULT MODEL: what may go wrong, how often, and for how long.
 *
 * Every run draws a weather: each place (target, source, checkpoints, executions, Lambda) is calm, ordinary or stormy, which
 * multiplies its rates by 0, 1 or 5. Beside the rates there are spells (a store is unreachable, throttles, refuses, or says
 * nothing, from seconds to two days) and incidents at one moment (an upload is lost, parts are lost, the source changes or
 * vanishes, somebody stops, cancels, pauses, redrives, resumes, or asks again). When the run heals, all of it ends.
 *
 * A call over a network can be: throttled or unreachable (not applied), unheard (applied, the answer is lost), slow,
 * silent (no answer for a minute; applied or not), refused (during a spell only: credentials are wrong for a while).
 * - target: a part may also be damaged on its way (what is stored is not what was sent), or answered with a wrong ETag.
 *   ListParts may leave out parts that are there. An object may be seen late after Complete or PutObject.
 *   A store completes an upload twice as AWS does (success again) or as MinIO does (NoSuchUpload). An upload that is aborted while
 *   a part arrives stays open, as S3 documents. A condition that meets a Complete at once is answered with 409.
 *   In some runs source and target are at one endpoint, which copies by itself: the pinned generation, whatever is
 *   there by then, or not at all, though it is said to.
 * - target, at rest: one byte of an object that is to be read back may be another as soon as it is stored, and nothing says so.
 * - source (and target, while it is read back): a range may end short, be reset in the middle, or stop moving.
 * - checkpoints: a conditional write whose answer is lost is sent again by the SDK and then finds its own write.
 * - executions: throttled or unheard. DescribeExecution may answer with what was true up to some seconds ago.
 * - Lambda: throttled, now and then; or for seconds to an hour, every call that comes or nearly every one; dies at any of its
 *   calls, before it, while the request travels, or after it was applied; runs into its
 *   time-out; is believed dead by Step Functions and goes on; is called twice with one payload, at once or minutes later.
 * - events: S3's arrival and the end of an execution are delivered late, twice, out of order.
 *
 * Not in the model: a store that loses an object it has acknowledged; a target that answers with the right ETag for wrong
 * bytes; two stores in one; a table that forgets. Nothing could be promised then.
 */
export const faultModel = {
  strengths: [0, 0, 1, 1, 1, 5],
  rates: {
    target: { throttled: 0.02, unreachable: 0.015, unheard: 0.015, slow: 0.03, silent: 0.005, refused: 0 },
    source: { throttled: 0.02, unreachable: 0.015, unheard: 0, slow: 0.03, silent: 0.005, refused: 0 },
    checkpoints: { throttled: 0.004, unreachable: 0.003, unheard: 0.006, slow: 0.01, silent: 0.001, refused: 0 },
    executions: { throttled: 0.02, unreachable: 0.01, unheard: 0.015, slow: 0.03, silent: 0.003, refused: 0 },
    secrets: { throttled: 0.002, unreachable: 0.002, unheard: 0, slow: 0.01, silent: 0, refused: 0 },
  },
  bytes: { damaged: 0.004, wrongEtag: 0.001, short: 0.01, reset: 0.01, stuck: 0.003, conflict: 0.04, rots: 0.15 },
  listing: { hidesParts: 0.02 },
  describeLag: { probability: 0.3, leastMs: 10, mostMs: 5_000 },
  seenLate: { probability: 0.15, leastMs: 10, mostMs: 20_000 },
  lambda: {
    throttled: 0.02,
    dies: 0.07,
    clientDies: 0.3,
    diesSilently: 0.01,
    believedDead: 0.02,
    twice: 0.02,
    twiceLateMsMax: 400_000,
  },
  latencyMs: { least: 2, most: 60, slowLeast: 500, slowMost: 45_000, silent: 60_000 },
  events: { twice: 0.15, lateMsLeast: 20, lateMsMost: 90_000 },
  spells: { atMost: 3, longestMs: 2 * 24 * 3_600_000, shortestMs: 1_000 },
  outages: { probability: 0.35, atMost: 3, longestMs: 3_600_000, shortestMs: 1_000, severities: [1, 1, 0.97, 0.8] },
  incidents: { atMost: 5 },
  /** Faults stop after so long, if the spells have. */
  healsAfterMs: 6 * 3_600_000,
  /** A run that takes more events than this does not end by itself. */
  eventsMax: 250_000,
} as const;

export type Place = keyof typeof faultModel.rates;
export type Fault = keyof (typeof faultModel.rates)['target'];
export type ByteFault = keyof typeof faultModel.bytes;
export type Spell = { readonly place: Place; readonly fault: Fault; readonly fromMs: number; readonly toMs: number };

/** Lambda has no room for that share of the calls. */
export type Outage = { readonly fromMs: number; readonly toMs: number; readonly severity: number };

/** What a run's faults are, by its seed. */
export type Weather = {
  readonly spells: readonly Spell[];
  readonly outages: readonly Outage[];
  readonly healsAtMs: number;
  faultOf(place: Place, sinceMs: number): Fault | undefined;
  byteFault(place: 'target' | 'source', fault: ByteFault): boolean;
  listHidesParts(): boolean;
  seenLateMs(): number;
  describeLagMs(): number;
  lambda(fate: Exclude<keyof typeof faultModel.lambda, 'twiceLateMsMax'>): boolean;
  /** Whether there is an outage of Lambda in which nothing comes through. */
  isLambdaOut(sinceMs: number): boolean;
  lambdaHasRoom(sinceMs: number): boolean;
  deliveredTwice(): boolean;
  latencyMs(fault: Fault | undefined): number;
  heal(): void;
};

const places = Object.keys(faultModel.rates) as Place[];
const faults = Object.keys(faultModel.rates.target) as Fault[];

export function drawWeather(chance: Chance, outageChance: Chance): Weather {
  const strength = Object.fromEntries(places.map((place) => [place, chance.pick(faultModel.strengths)]));
  const [bytes, lambda, listing] = [0, 1, 2].map(() => chance.pick(faultModel.strengths)) as [number, number, number];
  const seesLate = chance.happens(0.2);
  const lags = chance.happens(0.4);
  const spells = drawSpells(chance);
  const outages = drawOutages(outageChance);
  const healsAtMs = Math.max(faultModel.healsAfterMs, ...spells.map(({ toMs }) => toMs));
  let healed = false;
  const outageAt = (sinceMs: number) => (healed ? undefined : outages.find((each) => isOn(each, sinceMs)));
  const draw = (probability: number) => !healed && chance.happens(probability);
  return {
    spells,
    outages,
    healsAtMs,
    faultOf: (place, sinceMs) => {
      const spell = healed ? undefined : spells.find((each) => each.place === place && isOn(each, sinceMs));
      if (spell && chance.happens(0.97)) return spell.fault;
      const rates = faultModel.rates[place];
      return faults.find((fault) => draw(rates[fault] * (strength[place] ?? 0)));
    },
    byteFault: (place, fault) => draw(faultModel.bytes[fault] * bytes * (strength[place] === 0 ? 0 : 1)),
    listHidesParts: () => draw(faultModel.listing.hidesParts * listing),
    seenLateMs: () => {
      const { probability, leastMs, mostMs } = faultModel.seenLate;
      return seesLate && draw(probability) ? chance.magnitude(leastMs, mostMs) : 0;
    },
    describeLagMs: () => {
      const { probability, leastMs, mostMs } = faultModel.describeLag;
      return lags && draw(probability) ? chance.magnitude(leastMs, mostMs) : 0;
    },
    lambda: (fate) => draw(faultModel.lambda[fate] * lambda),
    isLambdaOut: (sinceMs) => outageAt(sinceMs)?.severity === 1,
    lambdaHasRoom: (sinceMs) => !outageChance.happens(outageAt(sinceMs)?.severity ?? 0),
    deliveredTwice: () => draw(faultModel.events.twice),
    latencyMs: (fault) => latency(chance, fault),
    heal: () => {
      healed = true;
    },
  };
}

function drawSpells(chance: Chance): Spell[] {
  const { atMost, shortestMs, longestMs } = faultModel.spells;
  const count = Math.max(0, chance.whole(-2, atMost));
  return Array.from({ length: count }, () => {
    const fromMs = chance.magnitude(20, 600_000);
    return {
      place: chance.pick<Place>(['target', 'target', 'source', 'checkpoints', 'executions', 'secrets']),
      fault: chance.pick<Fault>(['throttled', 'unreachable', 'silent', 'refused']),
      fromMs,
      toMs: fromMs + chance.magnitude(shortestMs, longestMs),
    };
  });
}

function drawOutages(chance: Chance): Outage[] {
  const { probability, atMost, shortestMs, longestMs, severities } = faultModel.outages;
  if (!chance.happens(probability)) return [];
  return Array.from({ length: chance.whole(1, atMost) }, () => {
    // Some are there when the first execution begins.
    const fromMs = chance.happens(0.3) ? 0 : chance.magnitude(1, 3_600_000);
    return { fromMs, toMs: fromMs + chance.magnitude(shortestMs, longestMs), severity: chance.pick(severities) };
  });
}

function isOn({ fromMs, toMs }: Pick<Spell, 'fromMs' | 'toMs'>, sinceMs: number): boolean {
  return sinceMs >= fromMs && sinceMs < toMs;
}

function latency(chance: Chance, fault: Fault | undefined): number {
  const { least, most, slowLeast, slowMost } = faultModel.latencyMs;
  return fault === 'slow' ? chance.magnitude(slowLeast, slowMost) : chance.whole(least, most);
}
