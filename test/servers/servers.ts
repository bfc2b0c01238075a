import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DebianServer, installPackages, isDebianServer } from './packages.ts';
import { takePortBlock } from './ports.ts';
import { installR2 } from './r2/install.ts';
import { r2Keys } from './r2/keys.ts';

export type ServerName = DebianServer | 'r2';

/** What a client needs to know: plain data, so that vitest can hand it to its workers. */
export type RealServerAddress = {
  name: ServerName;
  url: string;
  /** The server's directory. A test that damages stored bytes finds them here. */
  home: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** All buckets of a server that cannot make more; undefined if a test can make its own. */
  buckets: readonly string[] | undefined;
  /** Whether the server knows ListParts and ListMultipartUploads. If not, both answer 501. */
  lists: boolean;
};

/** The server runs until `stop` or until this process ends in any way. `stop` may be called twice. */
export type RealServer = RealServerAddress & { stop(): Promise<void> };

/** `memstore`, the default, is fast and keeps every object in memory. `bluestore` is for more bytes than memory holds. */
export type ServerOptions = { cephStore?: 'memstore' | 'bluestore' };

// The most that each store may grow to; neither takes it at the start. 8 GiB is a third of the memory of the smallest
// machine that we test on. 40 GiB is the size of a sparse file.
const storeBytes = { memstore: 8 * 1024 ** 3, bluestore: 40 * 1024 ** 3 } as const;

// All start in under 10 s here, and in minutes on a busy computer. A server that takes longer than this hangs.
const START_MS_MAX = 600_000;
const LOG_CHARACTERS_MAX = 1_500;
const scriptLog = 'start.out';

// Each kind of test has its own bucket, so that none sees the objects of another.
const r2Buckets = ['conformance', 'e2e', 'faults', 'providers'] as const;

type Kind = {
  /** The program and its arguments. The first two arguments of the script are a directory and a port. */
  command(home: string, port: string, store: keyof typeof storeBytes): Promise<readonly [string, ...string[]]>;
  /** The path that comes before the bucket in the URL. */
  readonly path: string;
  readonly healthPath: string;
  readonly facts: Omit<RealServerAddress, 'name' | 'url' | 'home'>;
};

const script = (name: string) => join(import.meta.dirname, name);

const kinds: Readonly<Record<ServerName, Kind>> = {
  ceph: {
    command: async (home, port, store) => [
      '/bin/bash',
      script('ceph-rgw.sh'),
      home,
      port,
      store,
      `${storeBytes[store]}`,
    ],
    path: '',
    healthPath: '/',
    facts: {
      region: 'us-east-1',
      accessKeyId: 'cephaccess',
      secretAccessKey: 'cephsecretcephsecret',
      buckets: undefined,
      lists: true,
    },
  },
  swift: {
    command: async (home, port) => ['/bin/bash', script('swift-s3api.sh'), home, port],
    path: '',
    healthPath: '/healthcheck',
    facts: {
      region: 'us-east-1',
      accessKeyId: 'test:tester',
      secretAccessKey: 'testing',
      buckets: undefined,
      lists: true,
    },
  },
  r2: {
    command: async (home, port) => [process.execPath, script('r2/r2.ts'), home, port, await installR2(), ...r2Buckets],
    path: '/cdn-cgi/local/r2/s3',
    healthPath: '/',
    facts: { region: 'auto', ...r2Keys, buckets: r2Buckets, lists: false },
  },
};

export const serverNames = Object.keys(kinds) as readonly ServerName[];

/**
 * Starts a new, empty server in a new folder of `directory`, on free ports of 127.0.0.1. Installs its packages first if
 * they are missing. Returns when the server answers. If it never does, throws an error with the end of its logs.
 */
export async function startServer(name: ServerName, directory: string, options?: ServerOptions): Promise<RealServer> {
  if (isDebianServer(name)) await installPackages([name]);
  const { command, path, healthPath, facts } = kinds[name];
  const home = newHome(name, directory);
  const ports = await takePortBlock();
  const child = runScript(home, await command(home, String(ports.first), options?.cephStore ?? 'memstore'));
  const origin = `http://127.0.0.1:${ports.first}`;
  const stop = async () => {
    await endScript(child);
    ports.release();
  };
  try {
    await untilItAnswers(origin + healthPath, child);
  } catch (cause) {
    const logs = logTails(home);
    await stop();
    throw new Error(`${name} did not start in ${home}\n${logs}`, { cause });
  }
  return { name, url: origin + path, home, ...facts, stop };
}

function newHome(name: ServerName, directory: string): string {
  mkdirSync(directory, { recursive: true });
  const home = mkdtempSync(join(resolve(directory), `partway-${name}-`));
  mkdirSync(join(home, 'log'));
  return home;
}

/**
 * The script ends its daemons when its standard input ends. The kernel closes that input when this process dies. See
 * daemons.sh. The script is detached, so that a terminal's Ctrl-C reaches only this process.
 */
function runScript(home: string, [program, ...parameters]: readonly [string, ...string[]]): ChildProcess {
  const log = openSync(join(home, 'log', scriptLog), 'a');
  const child = spawn(program, parameters, {
    detached: true,
    stdio: ['pipe', log, log],
    // The servers must not see a developer's CEPH_ARGS, PYTHONPATH or pyenv.
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TMPDIR: home },
  });
  closeSync(log);
  return child;
}

async function endScript(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

/** Each script starts the daemon that answers last, so an answer means that all daemons run. */
async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_MS_MAX;
  while (Date.now() < deadline) {
    if (hasEnded(child)) throw new Error(`The start script ended with ${child.exitCode ?? child.signalCode}.`);
    const answered = await fetch(url, { signal: AbortSignal.timeout(20_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  throw new Error(`No answer from ${url} after ${START_MS_MAX} ms.`);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The end of the script's log first, then the ends of the daemons' logs. */
function logTails(home: string): string {
  const folder = join(home, 'log');
  return [scriptLog, ...readdirSync(folder).filter((file) => file !== scriptLog)]
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8').trim() }))
    .filter(({ text }) => text !== '')
    .map(({ file, text }) => `--- ${file}\n${text.slice(-LOG_CHARACTERS_MAX)}`)
    .join('\n');
}
