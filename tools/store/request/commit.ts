import { checkWriteConditions } from '../protocol/conditions.ts';
import { StoreError } from '../protocol/errors.ts';
import { inTurn } from '../protocol/turns.ts';
import type { Call, Store } from '../state/call.ts';
import { discardPieces, removeObject, saveObject } from '../state/disk.ts';
import { objectCreated, type Reason } from '../state/notifications.ts';
import type { Bucket, Description, Piece, StoredObject } from '../state/records.ts';
import { sealed } from './description.ts';
import { bucketOf } from './lookup.ts';

/** An object before it is committed. The commit gives it its time and its sequencer. */
type Draft = Omit<StoredObject, 'modified' | 'sequencer'>;

/** Makes the object visible if the request's conditions hold at that moment, and sends the event. */
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

/** Commits an object of one new piece. If the commit is refused, it removes the piece, because no record names it. */
export async function commitPiece(call: Call, draft: Draft, piece: Piece, reason: Reason): Promise<StoredObject> {
  try {
    return await commitObject(call, bucketOf(call), draft, reason);
  } catch (error) {
    discardPieces(call.store.disk, [piece]);
    throw error;
  }
}

/** If the write fails (for example on a full disk), there is no object, so it withdraws the announced event. */
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

/** Removes an object, if it is the one that If-Match names. Without If-Match, removing a missing object succeeds. */
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

/** Changes the description of an object, but not its bytes, its time or its ETag. */
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

/** The draft of an object that has one piece. Its ETag is the piece's MD5. */
export function draftOfPiece(key: string, piece: Piece, description: Description): Draft {
  const part = { ...sealed(piece, description), partNumber: 1, modified: new Date().toISOString() };
  return { key, etag: `"${part.md5}"`, bytes: piece.bytes, description, parts: [part] };
}

/** All changes of one key take turns under this name, so that a condition is still true when the write happens. */
function turnOf(bucket: Bucket, key: string): string {
  return `object ${bucket.record.name}/${key}`;
}
