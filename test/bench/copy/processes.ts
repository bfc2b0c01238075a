import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** What Linux says of a process: CPU seconds of user and system since its start, and the most memory that it had. */
export type Used = {
  readonly cpuSeconds: number;
  /** CPU seconds of the children that have ended, and of theirs. */
  readonly ofEndedChildren: number;
  readonly peakMiB: number;
};

/** `undefined`: there is no such process any more. */
export function usedBy(pid: number): Used | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return undefined; // the process is ending
    const seconds = (field: number) => (Number(fields[field]) + Number(fields[field + 1])) / TICKS_A_SECOND;
    return { cpuSeconds: seconds(11), ofEndedChildren: seconds(13), peakMiB: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}

/** The children of a process, by the folder in which they work. A Lambda works in the folder of its bundle. */
export function childrenOf(parent: number): { readonly pid: number; readonly folder: string }[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .flatMap((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        if (Number(/PPid:\s+(\d+)/.exec(status)?.[1]) !== parent) return [];
        return [{ pid, folder: readlinkSync(`/proc/${pid}/cwd`) }];
      } catch {
        return [];
      }
    });
}
