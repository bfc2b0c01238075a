import type { Call } from '../../tools/store/state/call.ts';
import { type Fault, parseTemper, type Seen, type TemperRule } from './temper.ts';

/** One request as the store saw it. `outcome`: `done`, S3's code of a refusal, `hung up`, `pretended`, or `under way`. */
export type TemperedRequest = {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly partNumber?: number;
  readonly uploadId?: string;
  readonly faults: readonly Fault['kind'][];
  outcome: string;
};

export type RunningTemper = {
  /** Replaces the rules. The new rules count from zero. The list of requests stays. */
  change(rules: unknown): void;
  begin(call: Call): { readonly request: TemperedRequest; readonly faults: readonly Fault[] };
  end(request: TemperedRequest, outcome: string): void;
  /** Resolves when the store has seen such requests. If they never come, it never resolves. */
  seen(what: Seen): Promise<void>;
  /** The rules, how many requests each has met, and all the requests. */
  describe(): { readonly rules: readonly CountedRule[]; readonly requests: readonly TemperedRequest[] };
};

type CountedRule = { readonly rule: TemperRule; matched: number; met: number };
type Waiter = { readonly what: Seen; readonly wake: () => void };

// No test sends more. Without a limit, a store that somebody forgot to stop would fill the memory.
const REQUESTS_MAX = 200_000;

export function openTemper(first: unknown): RunningTemper {
  let rules = countedRules(first);
  let waiters: Waiter[] = [];
  const requests: TemperedRequest[] = [];
  const wakeUp = () => {
    const ready = waiters.filter(({ what }) => isSeen(requests, what));
    waiters = waiters.filter((waiter) => !ready.includes(waiter));
    for (const { wake } of ready) wake();
  };
  return {
    change: (value) => {
      rules = countedRules(value);
    },
    begin: (call) => {
      const faults = rules.filter((counted) => meets(counted, call, requests)).map(({ rule }) => rule.fault);
      const request = describeRequest(call, faults);
      if (requests.length < REQUESTS_MAX) requests.push(request);
      wakeUp();
      return { request, faults };
    },
    end: (request, outcome) => {
      request.outcome = outcome;
      wakeUp();
    },
    seen: (what) =>
      new Promise((resolve) => {
        waiters.push({ what, wake: resolve });
        wakeUp();
      }),
    describe: () => ({ rules, requests }),
  };
}

function countedRules(value: unknown): CountedRule[] {
  return parseTemper(value).map((rule) => ({ rule, matched: 0, met: 0 }));
}

function meets(counted: CountedRule, call: Call, requests: readonly TemperedRequest[]): boolean {
  const { rule } = counted;
  if (!isAbout(rule, call) || !holds(rule.only ?? {}, call, requests)) return false;
  counted.matched += 1;
  const skipped = rule.skip ?? 0;
  const isMet = counted.matched > skipped && counted.matched <= skipped + (rule.times ?? Number.POSITIVE_INFINITY);
  if (isMet) counted.met += 1;
  return isMet;
}

function isAbout({ operation, bucket, key, partNumber }: TemperRule, call: Call): boolean {
  const operations = [operation].flat();
  return (
    (operations.includes('*') || operations.includes(call.operation)) &&
    (bucket === undefined || bucket === call.bucketName) &&
    (key === undefined || key === call.key) &&
    (partNumber === undefined || [partNumber].flat().includes(Number(call.query.partNumber)))
  );
}

function holds(only: NonNullable<TemperRule['only']>, call: Call, requests: readonly TemperedRequest[]): boolean {
  const bucket = call.store.disk.buckets.get(call.bucketName);
  const isOpen = bucket?.uploads.has(call.query.uploadId ?? '') ?? false;
  const isThere = bucket?.objects.has(call.key) ?? false;
  return (
    (only.uploadIsOpen ?? isOpen) === isOpen &&
    (only.objectIsThere ?? isThere) === isThere &&
    (only.header === undefined || call.headers[only.header.toLowerCase()] !== undefined) &&
    (only.noneOf ?? []).every((name) => call.headers[name.toLowerCase()] === undefined) &&
    (only.after === undefined || isSeen(requests, only.after))
  );
}

function isSeen(requests: readonly TemperedRequest[], { operation, partNumber, asked = 0, done = 0 }: Seen): boolean {
  const about = requests.filter(
    (request) => request.operation === operation && (partNumber === undefined || request.partNumber === partNumber),
  );
  return about.length >= asked && about.filter(({ outcome }) => outcome === 'done').length >= done;
}

function describeRequest({ operation, bucketName, key, query }: Call, faults: readonly Fault[]): TemperedRequest {
  const { partNumber, uploadId } = query;
  return {
    operation,
    bucket: bucketName,
    key,
    ...(partNumber === undefined ? {} : { partNumber: Number(partNumber) }),
    ...(uploadId === undefined ? {} : { uploadId }),
    faults: faults.map(({ kind }) => kind),
    outcome: 'under way',
  };
}
