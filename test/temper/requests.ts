import { turnOfUpload } from '../../tools/store/operations/uploads.ts';
import { HungUpError, StoreError } from '../../tools/store/protocol/errors.ts';
import { inTurn } from '../../tools/store/protocol/turns.ts';
import { writePiece } from '../../tools/store/request/body.ts';
import { commitPiece, commitRemoval, draftOfPiece } from '../../tools/store/request/commit.ts';
import { bucketOf } from '../../tools/store/request/lookup.ts';
import type { Call, Operation, Reply } from '../../tools/store/state/call.ts';
import { removeUpload } from '../../tools/store/state/disk.ts';
import { asContent, changedReply } from './answers.ts';
import { type Act, isAct, paced, perform, withStops } from './moments.ts';
import type { RunningTemper } from './rules.ts';
import type { Fault, FaultOf } from './temper.ts';

type Suffering = { readonly temper: RunningTemper; readonly call: Call; readonly faults: readonly Fault[] };

/** Runs an operation with the faults that the temper has for this request. */
export async function runTempered(temper: RunningTemper, call: Call, run: Operation): Promise<Reply> {
  const { request, faults } = temper.begin(call);
  const suffering = { temper, call, faults };
  try {
    await strike(suffering);
    await performAt(suffering, hasBody(call) ? ['before'] : ['before', 'received']);
    const pretended = faults.find((fault) => fault.kind === 'pretend');
    if (pretended) return await pretend(call, pretended, () => temper.end(request, 'pretended'));
    const reply = await run(asked(suffering));
    temper.end(request, 'done');
    return await answered(suffering, reply);
  } catch (error) {
    if (request.outcome === 'under way') temper.end(request, outcomeOf(error));
    throw error;
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof StoreError) return error.code;
  return error instanceof HungUpError ? 'hung up' : 'failed';
}

function hasBody({ request }: Call): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Changes the store itself just before it looks at the request. */
async function strike({ call, faults }: Suffering): Promise<void> {
  for (const fault of faults) {
    if (fault.kind === 'expire') await expireUpload(call);
    if (fault.kind === 'rewrite') await rewriteObject(call, fault);
    if (fault.kind === 'remove') await commitRemoval(call, bucketOf(call), call.key, undefined);
  }
}

async function expireUpload(call: Call): Promise<void> {
  const bucket = bucketOf(call);
  await inTurn(call.store.turns, turnOfUpload(call), async () => {
    const upload = bucket.uploads.get(call.query.uploadId ?? '');
    if (upload) await removeUpload(call.store.disk, bucket, upload, []);
  });
}

/** Replaces the object, as if another client wrote it: other bytes, of the same number if `bytes` is not given. */
async function rewriteObject(call: Call, { bytes }: FaultOf<'rewrite'>): Promise<void> {
  const before = bucketOf(call).objects.get(call.key);
  if (before === undefined) throw new StoreError('NoSuchKey');
  const content = Buffer.alloc(bytes ?? before.bytes, `another generation ${before.sequencer} `);
  const chunks = async function* () {
    yield content;
  };
  const piece = await writePiece(call.store.disk, chunks(), []);
  const draft = draftOfPiece(call.key, piece, before.description);
  await commitPiece({ ...call, headers: {} }, draft, piece, 'PutObject');
}

async function performAt({ temper, call, faults }: Suffering, moments: readonly Act['moment'][]): Promise<void> {
  for (const fault of faults) if (isAct(fault) && moments.includes(fault.moment)) await perform(fault, call, temper);
}

/** Reads the body, does nothing, and tells the client that it was done. */
async function pretend(call: Call, { status, text }: FaultOf<'pretend'>, over: () => void): Promise<Reply> {
  for await (const _ of call.request.iterator({ destroyOnReturn: false }));
  over();
  return { status, ...(text === undefined ? {} : { text }) };
}

/** The request that the operation gets, after the faults have changed it. */
function asked({ temper, call, faults }: Suffering): Call {
  const ignored = faults.flatMap((fault) => (fault.kind === 'ignore' ? fault.headers : []));
  const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => !ignored.includes(name)));
  const rowsMax = faults.find((fault) => fault.kind === 'list')?.rowsMax;
  const query = rowsMax === undefined ? call.query : { ...call.query, 'max-parts': String(rowsMax) };
  const stops = faults.filter(isAct).flatMap((act) => {
    const bytes = act.moment === 'received' ? Number.POSITIVE_INFINITY : bytesAt(act.moment, 'bytesIn');
    return bytes === undefined ? [] : [{ bytes, act: () => perform(act, call, temper) }];
  });
  return { ...call, headers, query, flow: (chunks) => withStops(slowed(faults, 'in', chunks), stops) };
}

async function answered(suffering: Suffering, done: Reply): Promise<Reply> {
  const { temper, call, faults } = suffering;
  try {
    await performAt(suffering, ['applied']);
  } catch (error) {
    done.content?.release();
    throw error;
  }
  let reply = done;
  for (const fault of faults) reply = await changedReply(fault, reply);
  const stops = faults.filter(isAct).flatMap((act) => {
    const bytes = bytesAt(act.moment, 'bytesOut');
    return bytes === undefined ? [] : [{ bytes, act: () => perform(act, call, temper) }];
  });
  if (stops.length === 0 && !faults.some((fault) => fault.kind === 'slow' && fault.direction === 'out')) return reply;
  const sent = asContent(reply);
  const chunks = () => withStops(slowed(faults, 'out', sent.content.chunks()), stops);
  return { ...sent, content: { ...sent.content, chunks } };
}

function slowed(faults: readonly Fault[], direction: 'in' | 'out', chunks: AsyncIterable<Buffer>) {
  const slow = faults.find((fault) => fault.kind === 'slow' && fault.direction === direction);
  return slow?.kind === 'slow' ? paced(chunks, slow) : chunks;
}

function bytesAt(moment: Act['moment'], direction: 'bytesIn' | 'bytesOut'): number | undefined {
  return typeof moment === 'object' && direction in moment ? Object.values(moment)[0] : undefined;
}
