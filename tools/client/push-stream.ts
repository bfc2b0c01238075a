import { TransferError } from '../../functions/transfer/errors.ts';
import { sizeText } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { Whole } from './bytes.ts';
import { type NumberedPart, type PushApi, type PushOptions, planOf, pushParts, wholeOf } from './push.ts';
import { inMemory, type StreamCutter } from './stream-bytes.ts';

/**
 * Sends a stream in the parts of its plan, and gives its length. `head` was read from it before. As many parts are in memory
 * as are sent at once. A stream that is repeated goes on where it was: a part whose CRC32 the service knows is not sent.
 * Throws TooLarge where the plan ends.
 */
export async function pushStream(
  api: PushApi,
  view: TransferView,
  { head, rest }: { readonly head: Uint8Array; readonly rest: StreamCutter },
  options: PushOptions,
): Promise<Whole> {
  const plan = planOf(view);
  const isFirstPart = head.length === plan.partBytes;
  if (!isFirstPart) rest.giveBack(head);
  const buffers = reused(options.partsAtOnce, plan.partBytes, isFirstPart ? head : undefined);
  async function* parts(): AsyncIterable<NumberedPart> {
    for (let partNumber = 1; ; partNumber += 1) {
      const buffer = await buffers.take();
      const part = partNumber === 1 && isFirstPart ? head : await rest.fill(buffer);
      if (part.length === 0 && partNumber > 1) return;
      if (partNumber > plan.partCount)
        throw new TransferError(
          'TooLarge',
          `The stream is longer than ${sizeText(plan.objectBytes)}, which are ${plan.partCount} parts of ${sizeText(plan.partBytes)}.`,
        );
      const done = () => buffers.give(buffer);
      yield { partNumber, body: inMemory(part), compare: true, done };
      if (part.length < plan.partBytes) return;
    }
  }
  return wholeOf(await pushParts(api, view, parts(), options));
}

type Buffers = { take(): Promise<Uint8Array>; give(buffer: Uint8Array): void };

/** Makes at most `count` buffers and uses them again, because new ones would be collected too late. `first` is the first of them. */
function reused(count: number, bytes: number, first: Uint8Array | undefined): Buffers {
  const free = first ? [first] : [];
  const waiting: ((buffer: Uint8Array) => void)[] = [];
  let made = free.length;
  return {
    take: async () => {
      const buffer = free.pop();
      if (buffer) return buffer;
      if (made === count) return new Promise((resolve) => waiting.push(resolve));
      made += 1;
      return new Uint8Array(bytes);
    },
    give: (buffer) => {
      const next = waiting.shift();
      if (next) next(buffer);
      else free.push(buffer);
    },
  };
}
