import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ownStack } from '../../tools/cli/api/own-stack.ts';
import { apiClient } from '../../tools/client/api/api.ts';
import { isAlive } from '../../tools/leases/processes.ts';

it('A stack that hangs while it starts is stopped, and the command ends with NoStack', async () => {
  const home = mkdtempSync(join(tmpdir(), 'partway-hanging-'));
  execFileSync('mkfifo', [join(home, 'settings.json')]); // The stack waits until somebody writes its settings.
  const stack = ownStack(home, {
    mayBegin: true,
    say: () => {},
    signal: new AbortController().signal,
    startMsMax: 2000,
  });
  const refusal = await apiClient(stack.api)
    .endpoints()
    .then(() => undefined)
    .catch((error: Error) => error);
  const [, pid] =
    /process (\d+), was not up after 2 s, and was stopped\. .*on-demand\.log/.exec(refusal?.message ?? '') ?? [];
  expect([refusal?.name, pid]).toEqual(['NoStack', expect.stringMatching(/\d/)]);
  stack.letGo();
  await expect.poll(() => isAlive(Number(pid))).toBe(false);
});
