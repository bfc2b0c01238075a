import { setTimeout as after } from 'node:timers/promises';
import type { TransferView } from '../../functions/transfer/told/view.ts';
import type { Order } from './orders.ts';
import { type RecordedParts, watchRecordedParts } from './recorded.ts';
import type { MortalStack } from './stack.ts';
import type { Store } from './stores.ts';

/** A transfer that came to its end, and what a person had to do for it. */
export type Driven = {
  readonly order: Order;
  readonly view: TransferView;
  readonly resumed: number;
  /** Sentences about laws that did not hold. */
  readonly broken: readonly string[];
};

const LOOK_EVERY_MS = 150;
// Each resume takes a dozen unlucky kills, so a transfer that asks for more of them is broken.
const RESUMES_MAX = 10;
// The slowest way takes seconds when nobody is killed, and kills at most repeat it.
const TRANSFER_MS_MAX = 300_000;

/** Asks for a transfer as a person would, and resumes it when it says that it needs one. */
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
      // It reads as failed until the redriven state has begun: the same failure is not counted twice.
      failures.add(view.updatedAt);
      await stack.ask((api) => api.resume(transferId));
    }
    await after(LOOK_EVERY_MS);
  }
}

/** Abort must get its chance to be killed too. Afterwards the same request starts anew, as the docs promise. */
async function cancelInTheMiddle(stack: MortalStack, target: Store, order: Order): Promise<void> {
  const { transferId } = await start(stack, order, `${order.idempotencyKey}-cancelled`);
  const recorded = watchRecordedParts(stack, transferId, target, order.request.target.key);
  const isOver = async () => {
    const { state } = await stack.ask((api) => api.describe(transferId));
    return state === 'copied' || state === 'aborted';
  };
  while ((await recorded.look()) === 0 && !(await isOver())) await after(LOOK_EVERY_MS);
  for (const deadlineMs = Date.now() + TRANSFER_MS_MAX; !(await isOver()); await after(LOOK_EVERY_MS)) {
    // A second request finds the first at work, or takes up what died with it.
    await stack.ask((api) => api.abort(transferId));
    if (Date.now() > deadlineMs) throw new Error(`${transferId} was to be aborted, and does not end.`);
  }
}
