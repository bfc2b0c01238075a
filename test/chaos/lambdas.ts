import { readdirSync, readFileSync } from 'node:fs';

/** A process that runs one function, as Linux shows it. */
export type LambdaProcess = { readonly pid: number; readonly functionName: string; readonly foundAtMs: number };

/** The bytes that the process has written, mostly to sockets. It writes nothing while it starts. */
export const bytesWrittenBy = ({ pid }: LambdaProcess): number =>
  Number(/^wchar: (\d+)/m.exec(read(`/proc/${pid}/io`) ?? '')?.[1] ?? 0);

/** Finds the processes at work from outside, without asking the stack. */
export type LambdaWatch = {
  /** The processes that were at work in the last `withinMs`. */
  busy(withinMs?: number): LambdaProcess[];
  stop(): void;
};

const LOOK_EVERY_MS = 10;
const FIND_EVERY_LOOKS = 10;
const BUSY_MS = 30;
// A Lambda that waits for its next invocation sleeps, except that a timer of Node wakes it sometimes.
const IDLE_SWITCHES_MAX = 1;

type Seen = LambdaProcess & { switches: number; busyAtMs: number };

/**
 * Watches the children of a stack's process that run Lambda's bootstrap. A process at work often changes between running
 * and waiting, and Linux counts these changes. A new process is at work too, because the stack starts none without a job.
 */
export function watchLambdas(stackPid: () => number | undefined): LambdaWatch {
  const seen = new Map<number, Seen>();
  let looks = 0;
  const look = () => {
    const parent = stackPid();
    if (parent === undefined) seen.clear();
    else if (looks % FIND_EVERY_LOOKS === 0) for (const found of lambdasOf(parent, seen)) seen.set(found.pid, found);
    looks += 1;
    for (const each of seen.values()) lookAt(each, seen);
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    busy: (withinMs = BUSY_MS) => [...seen.values()].filter(({ busyAtMs }) => Date.now() - busyAtMs <= withinMs),
    stop: () => clearInterval(timer),
  };
}

function lookAt(each: Seen, seen: Map<number, Seen>): void {
  const switches = switchesOf(each.pid);
  if (switches === undefined) {
    seen.delete(each.pid);
    return;
  }
  if (switches - each.switches > IDLE_SWITCHES_MAX) each.busyAtMs = Date.now();
  each.switches = switches;
}

/** How often Linux has switched the process between running and waiting. Undefined if the process is gone. */
function switchesOf(pid: number): number | undefined {
  const status = read(`/proc/${pid}/status`);
  if (status === undefined || /^State:\s+Z/m.test(status)) return undefined;
  return [...status.matchAll(/_ctxt_switches:\s+(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function lambdasOf(parent: number, known: ReadonlyMap<number, Seen>): Seen[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && !known.has(pid) && parentOf(pid) === parent)
    .flatMap((pid) => {
      const functionName = functionOf(pid);
      const nowMs = Date.now();
      return functionName === undefined ? [] : [{ pid, functionName, foundAtMs: nowMs, switches: 0, busyAtMs: nowMs }];
    });
}

function parentOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // Before this field, the file has the program's name in brackets. The name may contain spaces and brackets.
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Finds the function by its name. CDK makes PartwayFunctionscopybatch0123ABCD from `copy-batch`. */
function functionOf(pid: number): string | undefined {
  if (!read(`/proc/${pid}/cmdline`)?.includes('tools/local/lambda/bootstrap.mjs')) return undefined;
  const name = /\0AWS_LAMBDA_FUNCTION_NAME=([^\0]+)/.exec(`\0${read(`/proc/${pid}/environ`) ?? ''}`)?.[1];
  return name?.replace(/^.*Functions(?=[a-z])|[0-9A-F]{8}$/g, '');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
