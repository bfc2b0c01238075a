import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { until } from '../e2e/stack-process.ts';
import type { Scene } from './scene.ts';

/** What people do with a stack. */
export type Asking = {
  /** Waits until a transfer has ended or is paused, and returns its state. */
  ended(transferId: string): Promise<string>;
  run(request: TransferRequestInput): Promise<string>;
  /** Waits for this state. The old state may last for a moment after a person asked for the new one. */
  becomes(transferId: string, state: 'copied' | 'aborted'): Promise<void>;
  resumed(transferId: string): Promise<void>;
  /** Lets the next such call of a batch wait until it is released. */
  hold(call: string, about: string): { reached: Promise<void>; release(): void };
  /** Starts a transfer in parts, which waits at this call of its first batch until it is released. */
  held(request: TransferRequestInput, call?: string): Promise<{ transferId: string; release(): void }>;
};

export const inParts = { partBytes: 5 * MiB, multipartThresholdBytes: 0 };
export const streamed = { serverSideCopy: 'never' } as const;
const oneByOne = { partsAtOnce: 1, batchesAtOnce: 1 };
const OVER = ['copied', 'failed', 'aborted', 'paused'];

export function askingOf({ api, tricks }: Scene): Asking {
  const inState = async (transferId: string, states: readonly string[]) => {
    const view = await until(async () => {
      const seen = await api.describe(transferId);
      return states.includes(seen.state) && seen;
    });
    return view.state;
  };
  const hold: Asking['hold'] = (call, about) => {
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const play = async (serve: () => Promise<unknown>) => {
      reached.resolve();
      return released.promise.then(serve);
    };
    tricks.push({ by: 'copy-batch', call, about, play });
    return { reached: reached.promise, release: released.resolve };
  };
  const becomes: Asking['becomes'] = async (transferId, state) => void (await inState(transferId, [state]));
  return {
    becomes,
    ended: (transferId) => inState(transferId, OVER),
    run: async (request) => inState((await api.start(request)).transferId, OVER),
    resumed: async (transferId) => {
      await api.resume(transferId);
      await becomes(transferId, 'copied');
    },
    hold,
    held: async (request, call = 's3:UploadPart') => {
      const { reached, release } = hold(call, call.startsWith('s3:') ? `"Key":"${request.target.key}"` : '');
      const { transferId } = await api.start({ ...request, ...inParts, ...streamed, ...oneByOne });
      await reached;
      return { transferId, release };
    },
  };
}
