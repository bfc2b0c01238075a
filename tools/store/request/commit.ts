import { checkWriteConditions } from '../protocol/conditions.ts';
import { StoreError } from '../protocol/errors.ts';
import { inTurn } from '../protocol/turns.ts';
import type { Call, Store } from '../state/call.ts';
import { discardPieces, removeObject, saveObject } from '../state/disk.ts';
import { objectCreated, type Reason } from '../state/notifications.ts';
import type { Bucket, Description, Piece, StoredObject } from '../state/records.ts';
import { sealed } from './description.ts';
import { bucketOf } from './lookup.ts';

/** An object before its moment: the time and the order are given to it when it is committed. */
type Draft = Omit<StoredObject, 'modified' | 'sequencer'>;

/** Makes the object visible, if the request's conditions hold at that moment, and sends word of it. */
export async function commitObject(call: Call, bucket: Bucket, draft: Draft, reason: Reason): Promise<StoredObject> {
  const { store } = call;
  return inTurn(store.turns, turnOf(bucket, draft.key), async () => {
    checkWriteConditions(call.headers, bucket.objects.get(draft.key));
    const object = { ...draft, modified: new Date().toISOString(), sequencer: store.nextSequencer() };
    const event = objectCreated(object, {
      region: store.options.region,
      bucketName: bucket.record.name,
      reason,
      requester: store.options.accessKeyId,
      requestId: call.requestId,
    });
    await store.outbox?.announce(event);
    await saveOrWithdraw(store, bucket, object, event);
    await store.outbox?.release(event);
    return object;
  });
}

/** Commits an object of one new piece, which nobody will ever name if the commit is refused. */
export async function commitPiece(call: Call, draft: Draft, piece: Piece, reason: Reason): Promise<StoredObject> {
  try {
    return await commitObject(call, bucketOf(call), draft, reason);
  } catch (error) {
    discardPieces(call.store.disk, [piece]);
    throw error;
  }
}

/** A failed write, on a full disk say, makes no object; the event that was announced for it must not go out. */
async function saveOrWithdraw(
  store: Store,
  bucket: Bucket,
  object: StoredObject,
  event: ReturnType<typeof objectCreated>,
): Promise<void> {
  try {
    await saveObject(store.disk, bucket, object);
  } catch (error) {
    await store.outbox?.withdraw(event);
    throw error;
  }
}

/** Removes an object, if it is the one that If-Match names. Removing what is not there succeeds. */
export async function commitRemoval(
  call: Call,
  bucket: Bucket,
  key: string,
  ifMatch: string | undefined,
): Promise<void> {
  await inTurn(call.store.turns, turnOf(bucket, key), async () => {
    checkWriteConditions({ 'if-match': ifMatch }, bucket.objects.get(key));
    await removeObject(call.store.disk, bucket, key);
  });
}

/** Changes what is said about an object and leaves its bytes, its time and its ETag alone. */
export async function describeAnew(
  call: Call,
  bucket: Bucket,
  change: (object: StoredObject) => Description,
): Promise<void> {
  await inTurn(call.store.turns, turnOf(bucket, call.key), async () => {
    const object = bucket.objects.get(call.key);
    if (object === undefined) throw new StoreError('NoSuchKey', { elements: { Key: call.key } });
    await saveObject(call.store.disk, bucket, { ...object, description: change(object) });
  });
}

/** The draft of an object whose bytes lie in one piece; its ETag is their MD5. */
export function draftOfPiece(key: string, piece: Piece, description: Description): Draft {
  const part = { ...sealed(piece, description), partNumber: 1, modified: new Date().toISOString() };
  return { key, etag: `"${part.md5}"`, bytes: piece.bytes, description, parts: [part] };
}

/** All that changes a key takes turns under this name, so that a condition still holds when its write happens. */
function turnOf(bucket: Bucket, key: string): string {
  return `object ${bucket.record.name}/${key}`;
}
