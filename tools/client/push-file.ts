import { partLength, partRange } from '../../functions/transfer/plan.ts';
import type { ClientSource } from '../../functions/transfer/request.ts';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { Bytes, Whole } from './bytes.ts';
import {
  type NumberedPart,
  type PushApi,
  type PushOptions,
  planOf,
  pushParts,
  recordedParts,
  wholeOf,
} from './push.ts';

/** A file that can be read at any place, and what the service is told of it. */
export type OpenFile = Bytes & { readonly source: ClientSource; close(): Promise<void> };

/**
 * Sends the parts of a file that the service does not have. Where the file may be another one than before, the CRC32 of
 * each confirmed part is compared first, and a part that differs is sent again.
 */
export async function pushFile(
  api: PushApi,
  view: TransferView,
  file: OpenFile,
  options: PushOptions & { readonly verifyParts: boolean },
): Promise<Whole> {
  const plan = planOf(view);
  const recorded = await recordedParts(api, view.transferId);
  const compares = options.verifyParts || !isSameFile(view, file);
  // Nobody but another program has read the bytes of a part that has no CRC32.
  const isSafe = ({ partNumber, bytes, crc32 }: CopiedPart) =>
    !compares && crc32 !== undefined && bytes === partLength(plan, partNumber);
  const safe = [...recorded.values()].filter(isSafe);
  const skipped = new Set(safe.map(({ partNumber }) => partNumber));
  async function* parts(): AsyncIterable<NumberedPart> {
    for (let partNumber = 1; partNumber <= plan.partCount; partNumber += 1) {
      if (skipped.has(partNumber)) continue;
      yield { partNumber, body: file.range(partRange(plan, partNumber)), compare: recorded.has(partNumber) };
    }
  }
  const bytesDone = safe.reduce((sum, { bytes }) => sum + bytes, 0);
  const sent = await pushParts(api, view, parts(), options, { partsDone: safe.length, bytesDone });
  const known = safe.map(({ partNumber, bytes, crc32 }) => [partNumber, { bytes, crc32 }] as const);
  return wholeOf(new Map<number, Partial<Whole> & { bytes: number }>([...known, ...sent]));
}

/** Size, first and last MiB are the same, or another transfer would have been found. */
function isSameFile({ push }: TransferView, { source }: OpenFile): boolean {
  const { name, modifiedMs } = source.client;
  return modifiedMs !== undefined && push?.name === name && push.modifiedMs === modifiedMs;
}
