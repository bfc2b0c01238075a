import type { Chance } from './chance.ts';

/**
 * THE FAULT MODEL: what may go wrong, how often, and for how long.
 *
 * Every run draws a weather. Each place (target, source, checkpoints, executions, Lambda) is calm, ordinary or stormy,
 * which multiplies its rates by 0, 1 or 5. There are also spells, which last from seconds to two days: a store is
 * unreachable, throttles, refuses, or does not answer. And there are incidents at one moment: an upload or parts are
 * lost, the source changes or vanishes, somebody stops, cancels, pauses, redrives, resumes, or asks again. When the run
 * heals, all faults end.
 *
 * A call over a network can be:
 * - throttled or unreachable (not applied),
 * - unheard (applied, and the answer is lost),
 * - slow,
 * - silent (no answer for a minute; applied or not),
 * - refused (only during a spell in which the credentials are wrong).
 *
 * Each place has more faults:
 * - target: A part may be damaged on its way, so that the store keeps other bytes than were sent. An answer may have a
 *   wrong ETag. ListParts may leave out existing parts. A new object may be visible late. A second Complete succeeds
 *   again, as at AWS, or gets NoSuchUpload, as at MinIO. If an upload is aborted while a part arrives, it stays open,
 *   as S3 documents. A condition that meets another request for the key gets a 409.
 * - target and source at one endpoint, in some runs: The store copies by itself. It copies the pinned generation, or
 *   the object that is there by then, or it refuses although its profile says that it copies.
 * - a stored object that is to be read back: One byte may change when it is stored, and the store does not report it.
 * - source, and target while it is read back: A range may end early, be reset in the middle, or stop.
 * - checkpoints: If the answer to a conditional write is lost, the SDK sends it again and finds its own write.
 * - executions: A call is throttled or unheard. DescribeExecution may answer with a status that is some seconds old.
 * - Lambda: It throttles a call now and then, or (nearly) all calls for seconds to an hour. It dies at any of its
 *   calls: before it, while the request travels, or after it was applied. It runs into its time limit. Step Functions
 *   believes it dead while it runs on. It is called twice with the same payload, at once or minutes later.
 * - events: S3's event about a new object and the event about the end of an execution come late, twice, or in the wrong
 *   order.
 *
 * The model leaves out a store that loses an object after it confirmed it, a target that answers with the right ETag
 * for wrong bytes, two stores in one, and a table that forgets rows. With those, Partway could promise nothing.
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
  /** Faults stop after this time, or when the last spell ends. */
  healsAfterMs: 6 * 3_600_000,
  /** A run that takes more events than this is stuck. */
  eventsMax: 250_000,
} as const;

export type Place = keyof typeof faultModel.rates;
export type Fault = keyof (typeof faultModel.rates)['target'];
export type ByteFault = keyof typeof faultModel.bytes;
export type Spell = { readonly place: Place; readonly fault: Fault; readonly fromMs: number; readonly toMs: number };

/** A time in which Lambda has no room for a share of the calls, the `severity`. */
export type Outage = { readonly fromMs: number; readonly toMs: number; readonly severity: number };

/** The faults of a run, drawn from its seed. */
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
  /** Whether Lambda has no room for any call. */
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
    // Some outages have begun before the first execution.
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
