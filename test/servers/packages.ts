import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The Debian packages that we need. Each has a program whose file shows that the package is installed. */
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

// The first install of both took 32 s here. A slow mirror may take minutes, and a dead one must not block a run for ever.
const INSTALL_MS_MAX = 600_000;

/** A sentence that says why this machine cannot install the packages; undefined if it can, or if they are installed. */
export function unavailableReason(names: readonly FromDebian[] = debianServers): string | undefined {
  const missing = missingPackages(names);
  if (missing.length === 0) return undefined;
  const titles = isChromium(names) ? 'Chromium is' : 'Ceph and Swift are';
  const wanted = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!isDebian()) return `${titles} installed from Debian's packages, and this is no Debian (${wanted}).`;
  if (process.getuid?.() !== 0)
    return `${titles} not installed, and only root can install from Debian's packages (${wanted}).`;
  // Under systemd these packages start their own daemons at every boot. That is right for a CI machine, not for a laptop.
  if (!isChromium(names) && existsSync('/run/systemd/system') && !process.env.CI)
    return `${titles} not installed, and the tests do not install daemons on a machine with systemd (${wanted}).`;
  return undefined;
}

/** Installs the packages that are missing. */
export async function installPackages(names: readonly FromDebian[]): Promise<void> {
  const missing = missingPackages(names);
  if (missing.length === 0) return;
  const reason = unavailableReason(names);
  if (reason) throw new Error(reason);
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  // We fetch the package lists only if the machine has none, or if its lists are too old.
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
  // Another apt-get on the machine may hold dpkg's lock for a while. We wait for it.
  await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_MS_MAX,
    maxBuffer: 16 * 1024 * 1024,
  });
}
