import { describe, expect, it } from 'vitest';
import type { Progress } from '../../functions/transfer/views/progress.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { silentDisplay } from '../../tools/cli/text/display.ts';
import { killingOneLambda } from '../../tools/start/kill.ts';
import { goingOnWith } from '../../tools/start/under-way.ts';
import { accepted, copied, failed, meter, progressAt, transferId, view } from '../cli/fixture/views.ts';

const busy = [
  { functionName: 'Partway-plan', pid: 1, requestId: 'p', startedAtMs: 1 },
  { functionName: 'Partway-copybatch', pid: 3, requestId: 'b', startedAtMs: 3 },
  { functionName: 'Partway-copybatch', pid: 2, requestId: 'a', startedAtMs: 2 },
];

function started() {
  const killed: number[] = [];
  const notes: string[] = [];
  const display = { ...silentDisplay, note: (sentence: string) => notes.push(sentence) };
  const killing = killingOneLambda({ busy: () => busy, kill: (pid) => killed.push(pid) }, display);
  const show = (progress: Partial<Progress>) =>
    killing.display.show(view({ progress: { ...progressAt(0), ...progress } }), meter());
  return { killing, killed, notes, show };
}

describe('The kill of `npm start`', () => {
  it('waits until a third is safe and bytes are in flight, and then kills the Lambda that has run longest, once', () => {
    const { killed, notes, show, killing } = started();
    show({ bytesInFlight: 1 });
    show({ ...progressAt(4), bytesInFlight: 1 });
    show({ ...progressAt(5), bytesInFlight: 0 });
    expect(killed).toEqual([]);
    show({ ...progressAt(5), bytesInFlight: 1 });
    show({ ...progressAt(6), bytesInFlight: 1 });
    expect(killed).toEqual([2]);
    expect(notes).toEqual([expect.stringContaining('kill -9 2')]);
    expect(killing.whyNone(copied)).toBeUndefined();
  });

  it('is reported as missing if the object was copied before it, but not if nothing was copied', () => {
    const { killing } = started();
    expect(killing.whyNone(copied)).toMatch(/^No Lambda was killed/);
    const wasThere: TransferView = { ...copied, receipt: undefined };
    for (const end of [failed, wasThere, view({ state: 'aborted' })]) expect(killing.whyNone(end)).toBeUndefined();
  });
});

describe('The sentence about a transfer that an earlier `npm start` has begun', () => {
  const parts = [1, 2, 3].map((partNumber) => ({ partNumber, bytes: 1, etag: 'x', round: 1 }));
  const client = {
    parts: async (_id: string, page: { after?: string | undefined } = {}) =>
      page.after === '3' ? { parts: parts.slice(0, 2) } : { parts, after: 3 },
  };

  it('counts the recorded parts of all pages', async () => {
    expect(await goingOnWith(client, failed)).toBe(`Continuing ${transferId}: 5 of 13 parts are safe.`);
  });

  it('is missing if the transfer is new or has ended', async () => {
    expect(await goingOnWith(client, accepted)).toBeUndefined();
    expect(await goingOnWith(client, copied)).toBeUndefined();
  });
});
