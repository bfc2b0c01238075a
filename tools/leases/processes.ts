import { bootOf, spaceOf, startTimeOf } from './start-time.ts';

/**
 * A process, as a file remembers it. After that process has ended, another one may get the same id, but not with the same
 * start time in the same space. Files of earlier versions have only the pid, or no space.
 */
export type ProcessName = {
  readonly pid: number;
  readonly startTime?: string | undefined;
  readonly boot?: string | undefined;
  /** Where the pid counts. Two containers that share a folder have different processes with the same pid. */
  readonly space?: string | undefined;
};

/**
 * What a file says of a process. `undefined`: it names none. Each command reads such a file before anything else, so we
 * check it by hand: a schema would take longer to load than the rest of `partway list`.
 */
export function processIn(content: unknown): ProcessName | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const { pid, startTime, boot, space } = content as Record<string, unknown>;
  if (!Number.isSafeInteger(pid) || !isTextOrMissing(startTime) || !isTextOrMissing(boot) || !isTextOrMissing(space))
    return undefined;
  return { pid: pid as number, startTime, boot, space };
}

const isTextOrMissing = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

/** How this process is remembered. */
export function thisProcess(): ProcessName {
  const { pid } = process;
  return { pid, startTime: startTimeOf(pid), boot: bootOf(), space: spaceOf() };
}

/** Whether this process can see it if it runs. Of a process in another container it can see nothing. */
export function isInSight({ space }: ProcessName): boolean {
  return space === undefined || space === spaceOf();
}

/** Whether that process runs. A process that this one cannot see counts as gone. */
export function isRunning(name: ProcessName): boolean {
  const { pid, startTime, boot } = name;
  if (pid <= 0 || !isInSight(name) || !isAlive(pid)) return false;
  const isOfThisBoot = boot === undefined || boot === bootOf();
  const now = startTimeOf(pid);
  return isOfThisBoot && (now === undefined || !startTime || now === startTime);
}

/** Signal 0 ends nothing, and fails if there is no such process. EPERM means that the process of another user has this id. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
