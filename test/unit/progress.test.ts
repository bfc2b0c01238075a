import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../functions/transfer/request.ts';
import { nothingYet } from '../../functions/transfer/tally.ts';
import { newTransfer, type TransferState } from '../../functions/transfer/transfer.ts';
import { progressOf } from '../../functions/transfer/views/progress.ts';

const request = parseRequest({
  source: { endpoint: 'a', bucket: 'data', key: 'x' },
  target: { endpoint: 'b', bucket: 'data', key: 'y' },
});

/** The bytes in flight of a transfer whose only batch last reported 7 of them. */
function bytesInFlight(state: TransferState): number {
  const report = { ...nothingYet, round: 0, firstPart: 1, bytesInFlight: 7 };
  return progressOf({ ...newTransfer('id', request, 0), state }, [report]).bytesInFlight;
}

describe('Progress', () => {
  it('counts bytes in flight only while the transfer is running', () => {
    expect((['accepted', 'copying'] as const).map(bytesInFlight)).toEqual([7, 7]);
    expect((['paused', 'failed', 'aborted', 'copied'] as const).map(bytesInFlight)).toEqual([0, 0, 0, 0]);
  });
});
