import { describe, expect, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import {
  lambdasAtOnce,
  lanesWithin,
  partsPerBatchWithin,
  refuseTooNarrow,
  shareOf,
} from '../../functions/transfer/budgets/bandwidth.ts';
import { planParts } from '../../functions/transfer/plan.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { newTransfer } from '../../functions/transfer/transfer.ts';
import { GiB, KiB, MiB } from '../../functions/transfer/values/sizes.ts';

const source = { endpoint: 'a', bucket: 'from', key: 'x' };
const target = { endpoint: 'b', bucket: 'to', key: 'x' };
const request = (more: Partial<TransferRequestInput> = {}) => parseRequest({ source, target, ...more });
const limited = (bandwidthBytesPerSecond: number, more: Partial<TransferRequestInput> = {}) =>
  request({ bandwidthBytesPerSecond, ...more });
const plan = planParts(100 * GiB, profiles.aws.part, { partBytes: undefined, multipartThresholdBytes: undefined });

describe('The Lambdas of a transfer with a limit', () => {
  it('are as few as can send so much, and all of them without a limit', () => {
    const lambdas = [MiB, 40 * MiB, 50 * MiB, GiB, 100 * GiB].map((rate) => lambdasAtOnce(limited(rate)));
    expect([...lambdas, lambdasAtOnce(request())]).toEqual([1, 1, 2, 26, 40, 40]);
    expect(lambdasAtOnce(limited(GiB, { batchesAtOnce: 3 }))).toBe(3);
  });

  it('share it equally among those that Plan has handed out', () => {
    const transfer = newTransfer('id', limited(60 * MiB), 0);
    const handedOut = { next: 'copy-parts', atMs: 0, waitMs: 0, lambdas: 2 };
    expect(shareOf({ ...transfer, handedOut })).toBe(30 * MiB);
    expect(shareOf({ ...transfer, handedOut: { ...handedOut, lambdas: undefined } })).toBe(1.5 * MiB);
    expect(shareOf({ ...newTransfer('id', request(), 0), handedOut })).toBeUndefined();
  });

  it('get batches that end at about the same time, after five minutes at most', () => {
    const size = (rate: number, missing: number) => partsPerBatchWithin(plan, limited(rate), { missing, usual: 14 });
    expect(size(50 * MiB, 1600)).toBe(115); // of two Lambdas, in seven waves
    expect(size(2 * MiB, 1600)).toBe(9); // 64 MiB take 32 s
    expect(size(120 * MiB, 16)).toBe(6); // three Lambdas, one wave
    expect(size(200 * KiB, 1600)).toBe(1);
    expect(partsPerBatchWithin(plan, request(), { missing: 1600, usual: 14 })).toBe(14);
  });

  it('have as few parts in flight as the share has room for', () => {
    expect(lanesWithin(25 * MiB, 64 * MiB, 4)).toBe(4);
    expect(lanesWithin(2.5 * MiB, 64 * MiB, 4)).toBe(2);
    expect(lanesWithin(100 * KiB, 64 * MiB, 4)).toBe(1);
    expect(lanesWithin(undefined, 64 * MiB, 4)).toBe(4);
  });
});

describe('A limit under which no part could finish', () => {
  it('is refused, and the message says what would be enough', () => {
    const refused = expect.objectContaining({
      name: 'InvalidRequest',
      message: expect.stringMatching(
        /^`bandwidthBytesPerSecond` is 10000\. A part of 64 MiB would need 112 minutes; a Lambda has 15 minutes.* at least 111849 bytes a second, or for a smaller `partBytes`\.$/,
      ),
    });
    expect(() => refuseTooNarrow(limited(10_000), plan)).toThrow(refused);
    expect(() => refuseTooNarrow(limited(111_849), plan)).not.toThrow();
  });

  it('is refused for a push if a part would need more than an hour', () => {
    const client = { client: { name: 'x', bytes: GiB } };
    expect(() => refuseTooNarrow(limited(18_642, { source: client }), plan)).not.toThrow();
    expect(() => refuseTooNarrow(limited(18_641, { source: client }), plan)).toThrow(
      /would need 61 minutes; at most an hour/,
    );
  });

  it.each([0, -1, 1.5, Number.POSITIVE_INFINITY, '50MiB'])('is refused by name if it is %j', (value) => {
    expect(() => parseRequest({ source, target, bandwidthBytesPerSecond: value })).toThrow(/bandwidthBytesPerSecond/);
  });
});
