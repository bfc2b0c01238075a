import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Locked = {
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
};

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const packages = Object.entries<Locked>(read('package-lock.json').packages);
// What is in the tarball of another package has the hash of that.
const installed = packages.filter(([path, { link, inBundle }]) => path.includes('node_modules/') && !link && !inBundle);

describe('package-lock.json', () => {
  it('has a hash of everything that npm installs', () => {
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual(
      [],
    );
  });

  it('has no package whose script may run, since a script could fetch what has no hash', () => {
    const { allowScripts } = read('package.json');
    const withScripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = new Set(withScripts.map(([path]) => path.replace(/^.*node_modules\//, '')));
    expect(allowScripts).toEqual(Object.fromEntries([...names].toSorted().map((name) => [name, false])));
  });

  it('has the Node that runs this, in one version for each system', () => {
    const { version, optionalDependencies } = read('tools/node/package.json');
    expect(new Set(Object.values(optionalDependencies))).toEqual(new Set([version]));
    expect(process.versions.node).toBe(version);
  });
});
