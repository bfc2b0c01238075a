import { describeSweep } from './engine/calls/describe-sweep.ts';
import { describeTransfer, listParts, listTransfers } from './engine/calls/describe-transfer.ts';
import { pauseAndDescribe } from './engine/calls/pause-transfer.ts';
import { requestAbort } from './engine/calls/request-abort.ts';
import { resumeTransfer } from './engine/calls/resume-transfer.ts';
import { startTransfer } from './engine/calls/start-transfer.ts';
import { finishPush } from './engine/push/finish-push.ts';
import { recordParts } from './engine/push/record-parts.ts';
import { endpointPorts, executionPorts, filePorts, sweepPorts } from './runtime/connect.ts';
import { accepting, type Handle, http, ok } from './runtime/http.ts';
import { viewOf } from './transfer/views/view.ts';

/** Without an Idempotency-Key, every call is a request of its own. */
const start: Handle = (ports) => async (call) => {
  const idempotencyKey = call.header('idempotency-key');
  const caller = idempotencyKey === undefined ? { requestId: call.requestId } : { idempotencyKey };
  const { transfer, isNew } = await startTransfer(ports)({ body: call.json(), ...caller });
  const headers = { location: `/transfers/${transfer.transferId}`, 'retry-after': '1' };
  return { status: isNew ? 202 : 200, body: viewOf(transfer, []), headers };
};

/** The routes that call no store. */
export const handler = http<'api'>(
  {
    start,
    list: (ports) => async (call) => ok(await listTransfers(ports)(call.query)),
    describe: (ports) => async (call) => ok(await describeTransfer(ports)(call.id)),
    parts: (ports) => async (call) => ok(await listParts(ports)(call.id, call.query)),
    recordParts: (ports) => async (call) => ok(await recordParts(ports)(call.id, call.json())),
    finish: accepting((ports) => (id, json) => finishPush(ports)(id, json())),
    abort: accepting(requestAbort),
    pause: (ports) => async (call) => ({ status: 202, body: await pauseAndDescribe(ports)(call.id) }),
    resume: accepting((ports) => (id, json) => resumeTransfer(ports)(id, json({ mayBeLeftOut: true }))),
    sweep: (ports) => async (call) => ok(await describeSweep(ports)(call.id, call.query)),
    endpoints: (ports) => async () => ok({ endpoints: await ports.endpoints() }),
  },
  [endpointPorts, executionPorts, sweepPorts, filePorts],
);
