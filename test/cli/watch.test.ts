import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { Meter } from '../../tools/cli/text/bar.ts';
import type { Display } from '../../tools/cli/text/display.ts';
import { watchTransfer } from '../../tools/cli/text/watch.ts';
import { type ApiClient, apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { type ApiServer, startApiServer } from './fixture/api-server.ts';
import { accepted, copied, failed, progressAt, transferId, view } from './fixture/views.ts';

let server: ApiServer;
let client: ApiClient;
beforeAll(async () => {
  server = await startApiServer();
  client = { ...apiClient(localApi(server.home)), pollMs: 1 };
});
afterAll(() => server.close());

const route = `GET /transfers/${transferId}`;
const answers = (...views: TransferView[]) => ({ [route]: views.map((body) => ({ body })) });

function recorder() {
  const seen: { meters: Meter[]; notes: string[]; closed: number } = { meters: [], notes: [], closed: 0 };
  const display: Display = {
    show: (_view, meter) => seen.meters.push(meter),
    note: (sentence) => seen.notes.push(sentence),
    close: () => {
      seen.closed++;
    },
  };
  return { seen, display };
}

describe('a watch', () => {
  it('shows every poll and ends with the transfer', async () => {
    server.play(answers(accepted, view({ progress: progressAt(5) }), copied));
    const { seen, display } = recorder();
    expect(await watchTransfer(client, transferId, display)).toEqual(JSON.parse(JSON.stringify(copied)));
    expect(seen.meters.map(({ partsCopied }) => partsCopied)).toEqual([0, 5, 13]);
    expect(seen.closed).toBe(1);
  });

  it('measures only new bytes', async () => {
    server.play(answers(view({ progress: progressAt(12) }), view({ progress: progressAt(12) }), copied));
    const { seen, display } = recorder();
    await watchTransfer(client, transferId, display);
    expect(seen.meters.slice(0, 2).map(({ bytesPerSecond }) => bytesPerSecond)).toEqual([undefined, 0]);
  });

  it('shows an error of the running transfer once', async () => {
    const troubled = view({ lastError: 'Throttled: part 3 was put off.' });
    server.play(answers(troubled, troubled, copied));
    const { seen, display } = recorder();
    await watchTransfer(client, transferId, display);
    expect(seen.notes).toEqual(['Throttled: part 3 was put off. Partway tries again.']);
  });

  it.each([
    ['UploadLost', 'Partway begins again.'],
    ['SourceChanged', 'The transfer ends.'],
    ['NotAllowed', 'The transfer stops.'],
    ['Refused', 'The transfer stops.'],
    ['SomethingNew', 'The transfer stops.'],
  ])('does not say that Partway tries again after %s', async (name, follows) => {
    server.play(answers(view({ lastError: `${name}: it went wrong.` }), copied));
    const { seen, display } = recorder();
    await watchTransfer(client, transferId, display);
    expect(seen.notes).toEqual([`${name}: it went wrong. ${follows}`]);
  });

  it('survives an outage of the API and reports it once', async () => {
    const away = { hangUp: true } as const;
    server.play({ [route]: [away, { status: 503, body: { message: 'x' } }, { body: copied }] });
    const { seen, display } = recorder();
    expect((await watchTransfer(client, transferId, display)).state).toBe('copied');
    expect(seen.notes).toEqual([expect.stringContaining('The transfer continues by itself')]);
  });

  it('fails if the outage lasts, and says how to watch again', async () => {
    server.play({ [route]: [{ hangUp: true }] });
    const { seen, display } = recorder();
    await expect(watchTransfer(client, transferId, display, { outageMsMax: 600 })).rejects.toMatchObject({
      name: 'Unreachable',
      reached: false,
      next: expect.stringContaining(`partway status ${transferId} --watch`),
    });
    expect(seen.closed).toBe(1);
  });

  it('does not wait after a refusal', async () => {
    server.play({ [route]: [{ status: 403, body: { message: 'Forbidden' } }] });
    await expect(watchTransfer(client, transferId, recorder().display)).rejects.toMatchObject({ name: 'NotAllowed' });
    expect(server.heard).toHaveLength(1);
  });

  it('does not take the old failure of a resumed transfer for a new one', async () => {
    const again = { ...failed, updatedAt: '2026-11-20T11:00:00.000Z' };
    server.play(answers(failed, failed, view(), again));
    const options = { isOld: ({ updatedAt }: TransferView) => updatedAt === failed.updatedAt };
    expect((await watchTransfer(client, transferId, recorder().display, options)).updatedAt).toBe(again.updatedAt);
  });

  it('ends at once when it is interrupted', async () => {
    server.play(answers(view()));
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 200);
    const watching = watchTransfer(client, transferId, recorder().display, { signal: interrupt.signal });
    await expect(watching).rejects.toMatchObject({ name: 'AbortError' });
  });
});
