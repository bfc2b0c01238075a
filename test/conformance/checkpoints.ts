import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Checkpoints } from '../../functions/engine/ports/ports.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { type CopiedPart, newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';

export const parsedRequest = parseRequest({
  source: { endpoint: 'a', bucket: 'from', key: 'x' },
  target: { endpoint: 'b', bucket: 'to', key: 'x' },
});
const part = (partNumber: number, more: Partial<CopiedPart> = {}): CopiedPart => ({
  partNumber,
  bytes: 5,
  etag: `e${partNumber}`,
  crc32: partNumber,
  round: 1,
  ...more,
});

/** What everything that remembers transfers must do. */
export function conformsAsCheckpoints(name: string, connect: () => Promise<Checkpoints>): void {
  describe(`${name}, as checkpoints (catalogue G)`, () => {
    const fresh = (nowMs = 1000): Transfer => newTransfer(randomUUID(), parsedRequest, nowMs);

    it('keeps a header, and gives the first one back when it is created twice', async () => {
      const checkpoints = await connect();
      const transfer = fresh();
      expect(await checkpoints.create(transfer)).toEqual(transfer);
      expect(await checkpoints.create({ ...transfer, state: 'copying' })).toMatchObject({ state: 'accepted' });
      expect(await checkpoints.read(transfer.transferId)).toMatchObject({
        transferId: transfer.transferId,
        state: 'accepted',
        request: parsedRequest,
      });
      expect(await checkpoints.read('nobody')).toBeUndefined();
    });

    it('loses no change when many change at once', async () => {
      const checkpoints = await connect();
      const { transferId } = await checkpoints.create(fresh());
      const more = (transfer: Transfer) => ({ ...transfer, round: transfer.round + 1 });
      await Promise.all(Array.from({ length: 5 }, () => checkpoints.change(transferId, more)));
      expect((await checkpoints.read(transferId))?.round).toBe(5);
    });

    it('leaves a header alone when the change says so, and knows who is not there', async () => {
      const checkpoints = await connect();
      const { transferId } = await checkpoints.create(fresh());
      expect(await checkpoints.change(transferId, () => undefined)).toMatchObject({ round: 0 });
      await expect(checkpoints.change('nobody', (transfer) => transfer)).rejects.toMatchObject({ name: 'NotFound' });
    });

    it('gives the parts of one upload in order, and those of a range', async () => {
      const checkpoints = await connect();
      const id = randomUUID();
      for (const partNumber of [10_000, 2, 1, 999]) await checkpoints.recordPart(id, 'u1', part(partNumber));
      await checkpoints.recordPart(id, 'lost', part(3));
      expect((await checkpoints.parts(id, 'u1', 1, 10_000)).map((row) => row.partNumber)).toEqual([1, 2, 999, 10_000]);
      expect(await checkpoints.parts(id, 'u1', 2, 999)).toEqual([part(2), part(999)]);
      expect(await checkpoints.parts(id, 'u1', 1, 0)).toEqual([]);
    });

    it('keeps what CRCs are known of a part, and makes none up of a part that somebody else sent', async () => {
      const checkpoints = await connect();
      const [id, crcs] = [randomUUID(), { crc64nvme: '00000000000000ff', crc32c: '0000000b' }];
      await checkpoints.recordPart(id, 'u1', part(1, { crcs }));
      await checkpoints.recordPart(id, 'u1', { partNumber: 2, bytes: 5, etag: 'e2', round: 0 });
      const [known, adopted] = await checkpoints.parts(id, 'u1', 1, 2);
      expect(known).toEqual(part(1, { crcs }));
      expect([adopted?.crc32, adopted?.crcs]).toEqual([undefined, undefined]);
    });

    it('keeps the last of two records of a part, and forgets what it is told to', async () => {
      const checkpoints = await connect();
      const id = randomUUID();
      for (let partNumber = 1; partNumber <= 30; partNumber += 1)
        await checkpoints.recordPart(id, 'u', part(partNumber));
      await checkpoints.recordPart(id, 'u', part(30, { etag: 'later' }));
      await checkpoints.forgetParts(
        id,
        'u',
        Array.from({ length: 29 }, (_, index) => index + 1),
      );
      await checkpoints.forgetParts(id, 'u', [1]);
      expect(await checkpoints.parts(id, 'u', 1, 10_000)).toEqual([part(30, { etag: 'later' })]);
    });

    it('remembers of a part that the store copied it by itself', async () => {
      const checkpoints = await connect();
      const id = randomUUID();
      const copied = { partNumber: 1, bytes: 5, etag: 'e', copiedInStore: true, round: 1 } as const;
      await checkpoints.recordPart(id, 'u', copied);
      expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([copied]);
    });

    it('remembers of which write a part was read back, and forgets it when the part is recorded anew', async () => {
      const checkpoints = await connect();
      const id = randomUUID();
      const readBack = { round: 2, crc32: 1, of: 'v1 e' };
      for (let times = 0; times < 2; times += 1) await checkpoints.recordPart(id, 'u', part(1, { readBack }));
      expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([part(1, { readBack })]);
      await checkpoints.recordPart(id, 'u', part(1, { etag: 'sent again' }));
      expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([part(1, { etag: 'sent again' })]);
    });

    it('keeps one report a batch, the last one', async () => {
      const checkpoints = await connect();
      const id = randomUUID();
      const report = {
        firstPart: 1,
        round: 1,
        partsCopied: 1,
        bytesCopied: 5,
        partsReadBack: 0,
        bytesReadBack: 0,
        bytesInFlight: 0,
        bytesSent: 5,
        retries: 0,
        lambdaMs: 1,
        invocations: 1,
      };
      for (const firstPart of [1, 5]) await checkpoints.report(id, { ...report, firstPart });
      await checkpoints.report(id, { ...report, partsCopied: 4 });
      expect((await checkpoints.reports(id)).toSorted((one, other) => one.firstPart - other.firstPart)).toEqual([
        { ...report, partsCopied: 4 },
        { ...report, firstPart: 5 },
      ]);
      expect(await checkpoints.reportOf(id, 5)).toMatchObject({ firstPart: 5 });
      expect(await checkpoints.reportOf(id, 9)).toBeUndefined();
    });

    it('gives a target key to one of many who want it at once, until that one frees it', async () => {
      const checkpoints = await connect();
      const target = { endpoint: 'b', bucket: 'to', key: `k ${randomUUID()}` };
      const owners = await Promise.all(['one', 'two', 'three'].map((id) => checkpoints.lockTarget(target, id)));
      expect(new Set(owners).size).toBe(1);
      const owner = owners[0]!;
      expect(await checkpoints.lockTarget(target, owner)).toBe(owner);
      expect(await checkpoints.lockOwner(target)).toBe(owner);
      await checkpoints.releaseTarget(target, 'somebody else');
      expect(await checkpoints.lockTarget(target, 'four')).toBe(owner);
      await checkpoints.releaseTarget(target, owner);
      expect(await checkpoints.lockOwner(target)).toBeUndefined();
      expect(await checkpoints.lockTarget(target, 'four')).toBe('four');
    });

    it('gives an idempotency key to one of many who claim it at once, and takes it from an owner that is named only', async () => {
      const checkpoints = await connect();
      const key = randomUUID();
      expect(await checkpoints.keyOwner(key)).toBeUndefined();
      const claim = (transferId: string, instead?: string) => checkpoints.claimKey(key, { transferId, instead });
      const owners = await Promise.all(['one', 'two', 'three'].map((id) => claim(id)));
      expect(new Set(owners).size).toBe(1);
      const owner = owners[0]!;
      expect([await claim(owner), await claim('four'), await claim('four', 'five')]).toEqual([owner, owner, owner]);
      expect(await claim('four', owner)).toBe('four');
      expect(await checkpoints.keyOwner(key)).toBe('four');
    });

    it('lists the newest first, page by page', async () => {
      const checkpoints = await connect();
      const farAhead = 4_000_000_000_000; // so that no other test's transfer is newer
      for (const age of [1, 2, 3]) await checkpoints.create(fresh(farAhead - age));
      const first = await checkpoints.list({ limit: 2, after: undefined });
      const second = await checkpoints.list({ limit: 1, after: first.after });
      expect([...first.transfers, ...second.transfers].map(({ createdAtMs }) => farAhead - createdAtMs)).toEqual([
        1, 2, 3,
      ]);
    });

    it('lists each transfer once, though others are created and changed while somebody pages through', async () => {
      const checkpoints = await connect();
      const farAhead = 5_000_000_000_000;
      const listed: number[] = [];
      for (const age of [1, 2, 3, 4]) await checkpoints.create(fresh(farAhead - age));
      for (let after: string | undefined, pages = 0; pages < 4; pages += 1) {
        const page = await checkpoints.list({ limit: 1, after });
        listed.push(...page.transfers.map(({ createdAtMs }) => farAhead - createdAtMs));
        for (const { transferId } of page.transfers)
          await checkpoints.change(transferId, (transfer) => ({ ...transfer, state: 'copied', updatedAtMs: farAhead }));
        await checkpoints.create(fresh(farAhead + pages));
        after = page.after;
      }
      expect(listed).toEqual([1, 2, 3, 4]);
    });

    it('lists a transfer that was created twice at once one time', async () => {
      const checkpoints = await connect();
      const transfer = fresh(6_000_000_000_000);
      const twin = { ...transfer, createdAtMs: transfer.createdAtMs + 5 };
      const [one, other] = await Promise.all([checkpoints.create(transfer), checkpoints.create(twin)]);
      expect(one.createdAtMs).toBe(other.createdAtMs);
      const { transfers } = await checkpoints.list({ limit: 3, after: undefined });
      expect(transfers.filter(({ transferId }) => transferId === transfer.transferId)).toEqual([one]);
    });

    it.each(['', 'garbage', 'e30', 'bnVsbA'])('refuses to go on after %j, which no list gave', async (after) => {
      const checkpoints = await connect();
      await expect(checkpoints.list({ limit: 2, after })).rejects.toMatchObject({ name: 'InvalidRequest' });
    });
  });
}
