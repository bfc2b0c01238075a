import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A TCP port that a process listens on. */
export type Listener = {
  readonly pid: number;
  readonly command: string;
  readonly address: string;
  readonly port: number;
};

/** What a process and all its descendants listen on, as the kernel tells it. Linux only. */
export function listenersOf(root: number): Listener[] {
  const sockets = listeningSockets();
  return familyOf(root).flatMap((pid) => {
    const command = read(`/proc/${pid}/cmdline`).split('\0').join(' ').trim();
    return inodesOf(pid).flatMap((inode) => {
      const socket = sockets.get(inode);
      return socket ? [{ pid, command, ...socket }] : [];
    });
  });
}

function familyOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const family = [root];
  // Grows while it is walked, so that grandchildren are found too.
  for (const pid of family) family.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return family;
}

/** The name of the program stands before it in brackets, and may hold spaces and brackets itself. */
function parentOf(pid: string): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function inodesOf(pid: number): string[] {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(link(`${folder}/${fd}`))?.[1] ?? []);
  } catch {
    return [];
  }
}

// Hexadecimal, in the byte order of the machine; proc(5), "/proc/net/tcp".
const LOOPBACK: Readonly<Record<string, string>> = {
  '0100007F': '127.0.0.1',
  '00000000000000000000000001000000': '::1',
};
const LISTENS = '0A';

function listeningSockets(): Map<string, { address: string; port: number }> {
  const lines = ['tcp', 'tcp6'].flatMap((name) => read(`/proc/net/${name}`).split('\n').slice(1));
  const found = lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state !== LISTENS) return [];
    return [[inode, { address: LOOPBACK[address] ?? address, port: Number.parseInt(port, 16) }] as const];
  });
  return new Map(found);
}

const link = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
