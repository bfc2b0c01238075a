import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What is needed of Debian: each package, and the program by which we see that it is there. */
const servers = {
  ceph: { 'ceph-mon': 'ceph-mon', 'ceph-osd': 'ceph-osd', 'ceph-common': 'ceph', radosgw: 'radosgw' },
  swift: {
    'swift-proxy': 'swift-proxy-server',
    'swift-account': 'swift-account-server',
    'swift-container': 'swift-container-server',
    'swift-object': 'swift-object-server',
    memcached: 'memcached',
  },
} as const satisfies Record<string, Record<string, string>>;
const packages = { ...servers, chromium: { chromium: 'chromium' } };

/** A server that comes from Debian's packages. */
export type DebianServer = keyof typeof servers;
type FromDebian = keyof typeof packages;

export const debianServers = Object.keys(servers) as readonly DebianServer[];

export function isDebianServer(name: string): name is DebianServer {
  return Object.hasOwn(servers, name);
}

// The first install of both took 32 s here; a slow mirror may take minutes, a hanging one must not hold a run for ever.
const INSTALL_MS_MAX = 600_000;

/** Why they cannot be had on this machine, as a sentence; undefined when they can. */
export function unavailableReason(names: readonly FromDebian[] = debianServers): string | undefined {
  const missing = missingPackages(names);
  if (missing.length === 0) return undefined;
  const titles = isChromium(names) ? 'Chromium is' : 'Ceph and Swift are';
  const wanted = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!isDebian()) return `${titles} installed from Debian's packages, and this is no Debian (${wanted}).`;
  if (process.getuid?.() !== 0)
    return `${titles} not installed, and only root can install from Debian's packages (${wanted}).`;
  // Under systemd the servers start daemons of their own, at every boot: right for a CI machine, not for a laptop.
  if (!isChromium(names) && existsSync('/run/systemd/system') && !process.env.CI)
    return `Not installed on a machine with systemd unasked (${wanted}).`;
  return undefined;
}

/** Installs what is missing. Running it again does nothing. */
export async function installPackages(names: readonly FromDebian[]): Promise<void> {
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  const reason = unavailableReason(names);
  if (reason) throw new Error(reason);
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  // The package lists are fetched only when those on the machine are missing or too old to serve.
  await aptGet(install).catch(async () => {
    await aptGet(['update']);
    await aptGet(install);
  });
}

const isChromium = ([name]: readonly FromDebian[]) => name === 'chromium';

function missingPackages(names: readonly FromDebian[]): string[] {
  return names
    .flatMap((name) => Object.entries(packages[name]))
    .filter(([, program]) => !existsSync(`/usr/bin/${program}`))
    .map(([debianPackage]) => debianPackage);
}

function isDebian(): boolean {
  return existsSync('/usr/bin/apt-get') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

async function aptGet(args: readonly string[]): Promise<void> {
  // Another apt-get on the machine holds dpkg's lock for a while; waiting is better than failing.
  await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_MS_MAX,
    maxBuffer: 16 * 1024 * 1024,
  });
}
