import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { Chance } from './chance.ts';
import { faultModel } from './fault-model.ts';

/** What somebody asks for in a run. */
export type Wish = {
  readonly sourceKey: string;
  readonly bytes: number;
  readonly partBytes: number;
  readonly request: TransferRequestInput;
  /** `file` and `stream`: a client pushes the bytes of this source. */
  readonly way: 'api' | 'arrival' | 'console' | 'file' | 'stream';
  readonly verifyParts?: boolean;
  readonly idempotencyKey: string;
};

/** The key prefix at the target for objects that arrive by themselves. */
export const ARRIVALS = 'from-';

const incidentKinds = [
  'stop',
  'cancel',
  'pause',
  'resume',
  'redrive',
  'again',
  'again',
  'rival',
  'lose uploads',
  'lose uploads again and again',
  'lose parts',
  'change the source',
  'take the source away',
] as const;
export type Incident = { readonly atMs: number; readonly kind: (typeof incidentKinds)[number] };

export type Scenario = {
  readonly wish: Wish;
  readonly rival: Wish;
  readonly isThereBefore: boolean;
  /** How often somebody resumes all failed transfers, whether they were repaired or not; undefined if never. */
  readonly resumesEveryMs: number | undefined;
  readonly incidents: readonly Incident[];
  /** The number of events that the first execution seems to have at its Plan, so that its history may fill up. */
  readonly eventsBefore: number;
};

export function drawScenario(chance: Chance, sourceEndpoint: string): Scenario {
  const count = Math.max(0, chance.whole(-1, faultModel.incidents.atMost));
  const from = (key: string) => ({ endpoint: sourceEndpoint, bucket: 'data', key });
  const wish = drawWish(chance, from('x'), 'y');
  const rival = drawWish(chance, from(chance.happens(0.8) ? 'x2' : 'x'), wish.request.target.key);
  const scenario = {
    wish,
    rival: rival.sourceKey === 'x' ? { ...rival, request: { ...rival.request, partBytes: wish.partBytes } } : rival,
    isThereBefore: chance.happens(0.5),
    resumesEveryMs: chance.happens(0.25) ? chance.magnitude(300_000, 7_200_000) : undefined,
    incidents: Array.from({ length: count }, () => ({
      atMs: chance.magnitude(20, 3_600_000),
      kind: chance.pick(incidentKinds),
    })).sort((one, other) => one.atMs - other.atMs),
    eventsBefore: chance.happens(0.04) ? 24_900 - chance.whole(1, chance.pick([300, 4000])) : 0,
  };
  // This is drawn last, so that the rest of a seed's world stays the same.
  const readBack = { ...scenario, wish: readBackBy(chance, scenario.wish), rival: readBackBy(chance, scenario.rival) };
  if (!chance.happens(PUSHES)) return readBack;
  // An object that is pushed is not also copied, because the two change in different ways.
  const isPushedToo = readBack.rival.sourceKey === wish.sourceKey || chance.happens(0.5);
  return {
    ...readBack,
    wish: pushedBy(chance, readBack.wish),
    rival: isPushedToo ? pushedBy(chance, { ...readBack.rival, sourceKey: 'x2' }) : readBack.rival,
  };
}

/** Whether a client pushes the bytes. */
export function isPushed({ way }: Wish): boolean {
  return way === 'file' || way === 'stream';
}

const PUSHES = 0.35;

function pushedBy(chance: Chance, wish: Wish): Wish {
  const way = chance.pick(['file', 'file', 'stream'] as const);
  // An empty file has no parts. If the answer to its only PUT is lost, a condition refuses the next one.
  const { overwrite } = wish.bytes === 0 ? { overwrite: 'always' as const } : wish.request;
  return { ...wish, way, verifyParts: chance.happens(0.2), request: { ...wish.request, overwrite } };
}

function readBackBy(chance: Chance, wish: Wish): Wish {
  if (!chance.happens(0.35)) return wish;
  return { ...wish, request: { ...wish.request, verify: 'read-back' } };
}

type From = { readonly endpoint: string; readonly bucket: string; readonly key: string };

function drawWish(chance: Chance, source: From, targetKey: string): Wish {
  const sourceKey = source.key;
  const way = chance.pick(['api', 'api', 'api', 'arrival', 'console'] as const);
  const partBytes = chance.pick([1, 7, 64, 1000]);
  const partCount = chance.magnitude(1, 60);
  const bytes = chance.happens(0.03) ? 0 : partBytes * (partCount - 1) + chance.whole(1, partBytes);
  const whole = chance.happens(0.15);
  const request: TransferRequestInput = {
    source,
    target: { endpoint: 'b', bucket: 'data', key: way === 'arrival' ? ARRIVALS + sourceKey : targetKey },
    partBytes,
    multipartThresholdBytes: whole ? 100_000 : 0,
    partsAtOnce: chance.whole(1, 4),
    batchesAtOnce: chance.whole(1, 6),
    retry: { count: chance.whole(0, 2), intervalSeconds: chance.pick([0, 1, 5]) },
    verifySource: chance.happens(0.95),
    checksum: chance.pick(['md5', 'md5', 'crc32']),
    overwrite: chance.pick(['always', 'always', 'always', 'never', 'if-different']),
    onFailure: chance.happens(0.12) ? 'abort' : 'keep',
    onSourceChange: chance.happens(0.3) ? 'restart' : 'abort',
    patienceSeconds: chance.pick([0, 60, 600, 3600]),
  };
  return { sourceKey, bytes, partBytes, request, way, idempotencyKey: `${sourceKey}-${way}` };
}
