import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { partRow, range } from '../transfers.ts';
import type { CheckpointsUnderTest } from './checkpoints.ts';

export function keepsParts(under: CheckpointsUnderTest): void {
  recordsParts(under);
  forgetsParts(under);
}

function recordsParts({ connect, losesAnswers = false }: CheckpointsUnderTest): void {
  it('gives the parts of one upload in order, and those of a range', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    for (const partNumber of [10_000, 2, 1, 999]) await checkpoints.recordPart(id, 'u1', partRow(partNumber));
    await checkpoints.recordPart(id, 'lost', partRow(3));
    expect((await checkpoints.parts(id, 'u1', 1, 10_000)).map((row) => row.partNumber)).toEqual([1, 2, 999, 10_000]);
    expect(await checkpoints.parts(id, 'u1', 2, 999)).toEqual([partRow(2), partRow(999)]);
    expect(await checkpoints.parts(id, 'u1', 1, 0)).toEqual([]);
    expect(await checkpoints.parts(id, 'never begun', 1, 10_000)).toEqual([]);
  });

  it.skipIf(losesAnswers)('gives every part of many, also where one answer cannot hold them all', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    // DynamoDB gives 1 MB in an answer. ETags are as long as a store makes them.
    const rows = range(1, 600).map((partNumber) => partRow(partNumber, { etag: `${partNumber}`.padStart(4000, 'e') }));
    for (let first = 0; first < rows.length; first += 50)
      await Promise.all(rows.slice(first, first + 50).map((row) => checkpoints.recordPart(id, 'u', row)));
    expect(await checkpoints.parts(id, 'u', 1, 10_000)).toEqual(rows);
    expect(await checkpoints.parts(id, 'u', 2, 599)).toEqual(rows.slice(1, 599));
  });

  it('keeps what CRCs are known of a part, and makes none up of a part that somebody else sent', async () => {
    const checkpoints = await connect();
    const [id, crcs] = [randomUUID(), { crc64nvme: '00000000000000ff', crc32c: '0000000b' }];
    await checkpoints.recordPart(id, 'u1', partRow(1, { crcs }));
    await checkpoints.recordPart(id, 'u1', { partNumber: 2, bytes: 5, etag: 'e2', round: 0 });
    const [known, adopted] = await checkpoints.parts(id, 'u1', 1, 2);
    expect(known).toEqual(partRow(1, { crcs }));
    expect([adopted?.crc32, adopted?.crcs]).toEqual([undefined, undefined]);
  });

  it('replaces the row of a part as a whole', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    await checkpoints.recordPart(id, 'u', partRow(1, { crcs: { crc32c: '0000000b' }, copiedInStore: true }));
    const later = { partNumber: 1, bytes: 5, etag: 'later', round: 2 };
    for (let times = 0; times < 2; times += 1) await checkpoints.recordPart(id, 'u', later);
    expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([later]);
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
    for (let times = 0; times < 2; times += 1) await checkpoints.recordPart(id, 'u', partRow(1, { readBack }));
    expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([partRow(1, { readBack })]);
    await checkpoints.recordPart(id, 'u', partRow(1, { etag: 'sent again' }));
    expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([partRow(1, { etag: 'sent again' })]);
  });
}

function forgetsParts({ connect }: CheckpointsUnderTest): void {
  it('forgets the parts that it is told to, of one upload of one transfer, and no others', async () => {
    const checkpoints = await connect();
    const [id, other] = [randomUUID(), randomUUID()];
    // DynamoDB takes 25 deletes at once.
    for (const partNumber of range(1, 60)) await checkpoints.recordPart(id, 'u', partRow(partNumber));
    await checkpoints.recordPart(id, 'earlier', partRow(1));
    await checkpoints.recordPart(other, 'u', partRow(1));
    await checkpoints.forgetParts(id, 'u', range(1, 59));
    expect(await checkpoints.parts(id, 'u', 1, 10_000)).toEqual([partRow(60)]);
    expect(await checkpoints.parts(id, 'earlier', 1, 10_000)).toEqual([partRow(1)]);
    expect(await checkpoints.parts(other, 'u', 1, 10_000)).toEqual([partRow(1)]);
  });

  it('forgets parts twice, those that have no row, and none at all', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    for (const partNumber of [1, 2]) await checkpoints.recordPart(id, 'u', partRow(partNumber));
    for (let times = 0; times < 2; times += 1) await checkpoints.forgetParts(id, 'u', [1, 7]);
    await checkpoints.forgetParts(id, 'u', []);
    expect(await checkpoints.parts(id, 'u', 1, 10_000)).toEqual([partRow(2)]);
  });

  it('forgets a part that is named twice', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    for (const partNumber of [1, 2]) await checkpoints.recordPart(id, 'u', partRow(partNumber));
    await checkpoints.forgetParts(id, 'u', [1, 1]);
    expect(await checkpoints.parts(id, 'u', 1, 10_000)).toEqual([partRow(2)]);
  });

  it('remembers a part that is recorded again after it was forgotten', async () => {
    const checkpoints = await connect();
    const id = randomUUID();
    await checkpoints.recordPart(id, 'u', partRow(1));
    await checkpoints.forgetParts(id, 'u', [1]);
    await checkpoints.recordPart(id, 'u', partRow(1, { etag: 'again' }));
    expect(await checkpoints.parts(id, 'u', 1, 1)).toEqual([partRow(1, { etag: 'again' })]);
  });
}
