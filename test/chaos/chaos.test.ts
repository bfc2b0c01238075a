import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { leaksBelow } from '../leaks.ts';
import { runChaos } from './chaos.ts';
import { judge } from './verdict.ts';

// The run reads from Linux's /proc which Lambdas are at work. It cannot do that on other systems.
const canSee = existsSync('/proc/self/status');

describe.skipIf(!canSee)('Transfers whose Lambdas, and sometimes the whole stack, are killed one after another', () => {
  it('arrive whole, send again at most what was in flight, and leave no upload behind', async () => {
    const home = mkdtempSync(join(tmpdir(), 'partway-chaos-test-'));
    const facts = await runChaos({
      kills: 12,
      seed: 20_260,
      bytes: 40 * MiB,
      stackEvery: 6,
      servers: inject('realServers').servers.filter(({ name }) => name === 'ceph'),
      home,
      tell: () => {},
    });
    const { verdict, broken } = judge(facts);
    expect(broken).toEqual([]);
    expect(verdict).toMatchObject({ status: 'succeeded', kills: { lambda: 10, stack: 2 } });
    expect(leaksBelow(home)).toEqual([]);
    rmSync(home, { recursive: true, force: true });
  }, 240_000);
});
