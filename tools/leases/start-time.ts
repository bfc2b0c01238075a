import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** When a process started, as a text to compare. `undefined`: there is no such process, or nobody tells. */
export function startTimeOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startTimeInProc(pid) : startTimeByPs(pid);
}

/** Which boot of the computer this is, where that is known. Linux counts start times from the boot. */
export function bootOf(): string | undefined {
  return contentOf('/proc/sys/kernel/random/boot_id')?.trim();
}

/** In which numbering of processes this one has its pid. On Linux each container has its own, and so has the computer. */
export function spaceOf(): string {
  return process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : process.platform;
}

/**
 * Field 22 of /proc/<pid>/stat, in ticks since the computer started. The name before it may hold spaces and brackets.
 */
function startTimeInProc(pid: number): string | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** macOS has no /proc. Its `ps` tells the date and the second, in the time zone and the language that it is given. */
function startTimeByPs(pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC0' },
  });
  return stdout?.trim() || undefined;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
