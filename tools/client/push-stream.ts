import { TransferError } from '../../functions/transfer/errors.ts';
import type { TransferView } from '../../functions/transfer/told/view.ts';
import { sizeText } from '../../functions/transfer/values/sizes.ts';
import {
  type NumberedPart,
  type PushApi,
  type PushOptions,
  type PushProgress,
  planOf,
  pushParts,
  recordedParts,
} from './push.ts';
import { inMemory, type StreamCutter } from './stream-bytes.ts';

/**
 * Sends a stream in the parts of its plan, and gives its length. As many parts are in memory as are sent at once. A stream
 * that is repeated goes on where it was: a part whose CRC32 the service knows is not sent. Throws TooLarge where the plan ends.
 */
export async function pushStream(
  api: PushApi,
  view: TransferView,
  stream: StreamCutter,
  options: PushOptions,
): Promise<PushProgress & { readonly bytes: number }> {
  const plan = planOf(view);
  const recorded = await recordedParts(api, view.transferId);
  const places = freePlaces(options.partsAtOnce);
  let bytes = 0;
  async function* parts(): AsyncIterable<NumberedPart> {
    for (let partNumber = 1; ; partNumber += 1) {
      const done = await places.take();
      const part = await stream.take(plan.partBytes);
      if (part.length === 0 && partNumber > 1) return;
      if (partNumber > plan.partCount)
        throw new TransferError(
          'TooLarge',
          `The stream is longer than ${sizeText(plan.objectBytes)}, which are ${plan.partCount} parts of ${sizeText(plan.partBytes)}.`,
        );
      bytes += part.length;
      yield { partNumber, body: inMemory(part), compare: recorded.has(partNumber), done };
      if (part.length < plan.partBytes) return;
    }
  }
  const progress = await pushParts(api, view, parts(), options);
  return { ...progress, bytes };
}

/** So many parts may be in memory; whoever wants to read one more waits for a place. */
function freePlaces(count: number): { take(): Promise<() => void> } {
  const waiting: (() => void)[] = [];
  let free = count;
  const give = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return {
    take: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return give;
    },
  };
}
