import { TransferError } from '../../functions/transfer/errors.ts';
import { type Plan, partLength } from '../../functions/transfer/plan.ts';
import { partSizesText } from '../../functions/transfer/values/part-sizes.ts';
import { limitText } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { Whole } from './bytes.ts';
import type { PartKeeper } from './part-memory.ts';
import { type NumberedPart, type PushApi, type PushOptions, planOf, pushParts, wholeOf } from './push.ts';
import type { StreamCutter } from './stream-bytes.ts';

/**
 * Sends a stream in the parts of its plan, and gives its length. A stream that is repeated goes on where it was: a part whose
 * CRC32 the service knows is not sent. Throws StreamTooLong where the plan ends.
 */
export async function pushStream(
  api: PushApi,
  view: TransferView,
  { stream, keeper }: { readonly stream: StreamCutter; readonly keeper: PartKeeper },
  options: PushOptions,
): Promise<Whole> {
  const plan = planOf(view);
  async function* parts(): AsyncIterable<NumberedPart> {
    for (let partNumber = 1; partNumber <= plan.partCount; partNumber += 1) {
      const bytes = partLength(plan, partNumber);
      const { body, free } = await keeper.keep(stream, bytes);
      if (body.bytes === 0 && partNumber > 1) return;
      yield { partNumber, body, compare: true, done: free };
      if (body.bytes < bytes) return;
    }
    if ((await stream.fill(new Uint8Array(1))).length > 0) throw tooLong(view.transferId, plan);
  }
  try {
    return wholeOf(await pushParts(api, view, parts(), options));
  } finally {
    await keeper.close();
  }
}

function tooLong(transferId: string, plan: Plan): TransferError {
  return new TransferError(
    'StreamTooLong',
    `The stream is longer than ${limitText(plan.objectBytes)}: transfer ${transferId} has ${plan.partCount} parts of ${partSizesText(plan)}.`,
  );
}
