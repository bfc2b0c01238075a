import { cancelTransfer } from './engine/cancel-transfer.ts';
import { describeTransfer, listParts, listTransfers } from './engine/describe-transfer.ts';
import { pauseTransfer } from './engine/pause-transfer.ts';
import { resumeTransfer } from './engine/resume-transfer.ts';
import { startTransfer } from './engine/start-transfer.ts';
import { type Handle, http } from './runtime/http.ts';
import { viewOf } from './transfer/view.ts';

/** What people and programs ask for. Without an Idempotency-Key every call is a request of its own. */
const start: Handle = (ports) => async (call) => {
  const idempotencyKey = call.header('idempotency-key');
  const caller = idempotencyKey === undefined ? { requestId: call.requestId } : { idempotencyKey };
  const { transfer, isNew } = await startTransfer(ports)({ body: call.json(), ...caller });
  const headers = { location: `/transfers/${transfer.transferId}`, 'retry-after': '1' };
  return { status: isNew ? 202 : 200, body: viewOf(transfer, []), headers };
};

const ok = (body: unknown) => ({ status: 200, body });

export const handler = http({
  'POST /transfers': start,
  'GET /transfers': (ports) => async (call) => ok(await listTransfers(ports)(call.query)),
  'GET /transfers/{id}': (ports) => async (call) => ok(await describeTransfer(ports)(call.id)),
  'GET /transfers/{id}/parts': (ports) => async (call) => ok(await listParts(ports)(call.id, call.query)),
  'DELETE /transfers/{id}': (ports) => async (call) => ({
    status: 202,
    body: viewOf(await cancelTransfer(ports)(call.id), []),
  }),
  'POST /transfers/{id}/pause': (ports) => async (call) => ({
    status: 202,
    body: viewOf(await pauseTransfer(ports)(call.id), []),
  }),
  'POST /transfers/{id}/resume': (ports) => async (call) => ({
    status: 202,
    body: viewOf(await resumeTransfer(ports)(call.id), []),
  }),
  'GET /endpoints': (ports) => async () => ok({ endpoints: ports.endpoints() }),
});
