import { describeSweep } from './engine/calls/describe-sweep.ts';
import { describeTransfer, listParts, listTransfers } from './engine/calls/describe-transfer.ts';
import { pauseTransfer } from './engine/calls/pause-transfer.ts';
import { requestAbort } from './engine/calls/request-abort.ts';
import { resumeTransfer } from './engine/calls/resume-transfer.ts';
import { startTransfer } from './engine/calls/start-transfer.ts';
import type { Ports } from './engine/ports/ports.ts';
import { type Handle, http } from './runtime/http.ts';
import { viewOf } from './transfer/told/view.ts';
import type { Transfer } from './transfer/transfer.ts';

/** The routes that touch no store. Without an Idempotency-Key, every call is a request of its own. */
const start: Handle = (ports) => async (call) => {
  const idempotencyKey = call.header('idempotency-key');
  const caller = idempotencyKey === undefined ? { requestId: call.requestId } : { idempotencyKey };
  const { transfer, isNew } = await startTransfer(ports)({ body: call.json(), ...caller });
  const headers = { location: `/transfers/${transfer.transferId}`, 'retry-after': '1' };
  return { status: isNew ? 202 : 200, body: viewOf(transfer, []), headers };
};

/** When the answer comes, the work is written down and has begun. It is not done. */
const asking =
  (act: (ports: Ports) => (transferId: string) => Promise<Transfer>): Handle =>
  (ports) =>
  async (call) => ({ status: 202, body: viewOf(await act(ports)(call.id), []) });

const ok = (body: unknown) => ({ status: 200, body });

export const handler = http<'api'>({
  start,
  list: (ports) => async (call) => ok(await listTransfers(ports)(call.query)),
  describe: (ports) => async (call) => ok(await describeTransfer(ports)(call.id)),
  parts: (ports) => async (call) => ok(await listParts(ports)(call.id, call.query)),
  abort: asking(requestAbort),
  pause: asking(pauseTransfer),
  resume: asking(resumeTransfer),
  sweep: (ports) => async (call) => ok(await describeSweep(ports)(call.id, call.query)),
  endpoints: (ports) => async () => ok({ endpoints: await ports.endpoints() }),
});
