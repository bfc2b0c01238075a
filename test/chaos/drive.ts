import { setTimeout as after } from 'node:timers/promises';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { Order } from './orders.ts';
import { type RecordedParts, watchRecordedParts } from './recorded.ts';
import type { MortalStack } from './stack.ts';
import type { Store } from './stores.ts';

/** A transfer that has ended, and what a person had to do for it. */
export type Driven = {
  readonly order: Order;
  readonly view: TransferView;
  readonly resumed: number;
  /** Sentences about broken laws. */
  readonly broken: readonly string[];
};

const LOOK_EVERY_MS = 150;
// A transfer needs a resume only after about a dozen unlucky kills. If it needs more resumes than this, it is broken.
const RESUMES_MAX = 10;
// Without kills, the slowest transfer takes seconds. A kill can only repeat some of its work.
const TRANSFER_MS_MAX = 300_000;

/** Starts a transfer as a person would, and resumes it if its failure says that a person must do so. */
export async function drive(stack: MortalStack, target: Store, order: Order): Promise<Driven> {
  if (order.kind === 'cancelled first') await cancelInTheMiddle(stack, target, order);
  const { transferId } = await start(stack, order, order.idempotencyKey);
  const recorded = watchRecordedParts(stack, transferId, target, order.request.target.key);
  const { view, resumed } = await untilEnded(stack, transferId, recorded);
  const broken = [...recorded.broken];
  if (view.state !== 'copied') broken.push(`${transferId}: ended as ${view.state}: ${view.failure?.message}`);
  if ((view.receipt?.uploads ?? 0) > 1) broken.push(`${transferId}: needed ${view.receipt?.uploads} uploads.`);
  return { order, view, resumed, broken };
}

const start = (stack: MortalStack, { request }: Order, idempotencyKey: string): Promise<TransferView> =>
  stack.ask((api) => api.start(request, { idempotencyKey }));

async function untilEnded(stack: MortalStack, transferId: string, recorded: RecordedParts) {
  const deadlineMs = Date.now() + TRANSFER_MS_MAX;
  const failures = new Set<string>();
  for (;;) {
    const view = await stack.ask((api) => api.describe(transferId));
    await recorded.look();
    const isOver = view.state === 'copied' || view.state === 'aborted';
    if (isOver || Date.now() > deadlineMs || failures.size > RESUMES_MAX) return { view, resumed: failures.size };
    if (view.state === 'failed') {
      // The transfer looks failed until the redriven state has begun. We do not count the same failure twice.
      failures.add(view.updatedAt);
      await stack.ask((api) => api.resume(transferId));
    }
    await after(LOOK_EVERY_MS);
  }
}

/** Aborts the transfer, so that Abort can be killed too. After that, the same request starts anew, as the docs promise. */
async function cancelInTheMiddle(stack: MortalStack, target: Store, order: Order): Promise<void> {
  const { transferId } = await start(stack, order, `${order.idempotencyKey}-cancelled`);
  const recorded = watchRecordedParts(stack, transferId, target, order.request.target.key);
  const isOver = async () => {
    const { state } = await stack.ask((api) => api.describe(transferId));
    return state === 'copied' || state === 'aborted';
  };
  while ((await recorded.look()) === 0 && !(await isOver())) await after(LOOK_EVERY_MS);
  for (const deadlineMs = Date.now() + TRANSFER_MS_MAX; !(await isOver()); await after(LOOK_EVERY_MS)) {
    // A second abort finds the first at work, or continues it if it was killed.
    await stack.ask((api) => api.abort(transferId));
    if (Date.now() > deadlineMs) throw new Error(`The abort of ${transferId} does not end.`);
  }
}
