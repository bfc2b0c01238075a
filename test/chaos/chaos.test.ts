import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { leaksBelow } from '../leaks.ts';
import { runChaos } from './chaos.ts';
import { judge } from './verdict.ts';

// Who is at work is read from Linux's /proc; elsewhere nobody could be chosen.
const canSee = existsSync('/proc/self/status');

describe.skipIf(!canSee)(
  'Transfers whose Lambdas are killed one after the other, and the whole stack now and then',
  () => {
    it('arrive whole, resend at most what was in flight, and leave no upload behind', async () => {
      const home = mkdtempSync(join(tmpdir(), 'partway-chaos-test-'));
      const facts = await runChaos({
        ...{ kills: 12, seed: 20_260, bytes: 40 * MiB, stackEvery: 6 },
        servers: inject('realServers').servers.filter(({ name }) => name === 'ceph'),
        ...{ home, tell: () => {} },
      });
      const { verdict, broken } = judge(facts);
      expect(broken).toEqual([]);
      expect(verdict).toMatchObject({ status: 'succeeded', kills: { lambda: 10, stack: 2 } });
      expect(leaksBelow(home)).toEqual([]);
      rmSync(home, { recursive: true, force: true });
    }, 240_000);
  },
);
