import { crc32 } from 'node:zlib';
import type { ObjectWrite } from '../../functions/transfer/at-stores.ts';
import type { ByteRange } from '../../functions/transfer/plan.ts';
import { isPush } from '../../functions/transfer/push.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { crc32Hex } from '../../functions/transfer/values/checksums.ts';
import { generationOf, type Memory, overSinceMs, ownerOf } from './model-memory.ts';
import type { Process } from './process.ts';
import type { OpenUpload, StoredObject } from './store.ts';

export type ObjectChange = {
  readonly key: string;
  readonly before: StoredObject | undefined;
  readonly object: StoredObject;
};

/** Watches the uploads and objects at the target. */
export type Objects = {
  uploadBegun(process: Process, upload: OpenUpload): void;
  uploadHeard(uploadId: string): void;
  uploadAborted(uploadId: string): void;
  /** Whether the product was asked to compare each part's MD5. */
  checksMd5(uploadId: string): boolean;
  tampered(uploadId: string): void;
  objectWritten(process: Process, change: ObjectChange): void;
  /** Called when a range of the target's object was read to its end. */
  readFromTarget(key: string, etag: string | undefined, range: ByteRange): void;
  /** Whether reading back can find damage of this object: it is new, and all of it will be read. */
  mayRot(change: ObjectChange): boolean;
  rotted(object: StoredObject): void;
  /** Called when the header says copied. The target then has the pinned generation, perhaps since before. */
  calledCopied(transfer: Transfer): void;
  /** Called when a client that has read these bytes hears that its push is copied. */
  pushed(process: Process, transferId: string, bytes: Buffer): void;
};

export function openObjects(memory: Memory): Objects {
  const { uploads, table, target, known, ownerOfUpload } = memory;
  return {
    uploadBegun: (process, { uploadId, write }) => {
      const transferId = ownerOf(write.metadata);
      uploads.set(uploadId, { transferId, beganBy: process, heard: false, aborted: false, writtenDown: false });
      refuseOtherOwner(memory, transferId, write.target.key, `${process.name} begins an upload`);
      refuseNeedless(memory, process, write);
    },
    uploadHeard: (uploadId) => {
      const upload = uploads.get(uploadId);
      if (upload) upload.heard = true;
    },
    uploadAborted: (uploadId) => {
      const upload = uploads.get(uploadId);
      if (upload) upload.aborted = true;
    },
    checksMd5: (uploadId) => table.headers.get(ownerOfUpload(uploadId))?.transfer.request.checksum === 'md5',
    tampered: (uploadId) => {
      memory.tamperedTransfers.add(ownerOfUpload(uploadId));
    },
    objectWritten: (process, change) => {
      const id = ownerOf(change.object.metadata);
      const header = table.headers.get(id)?.transfer;
      if (header) judgeObject(memory, process, header, change);
      else memory.violated(1, `Nobody's object is written at ${change.key}.`);
      refuseOtherOwner(memory, id, change.key, `${process.name} writes the object`);
      known(id).writes.push({ by: process, whole: header?.method === 'whole', atMs: memory.nowMs() });
    },
    readFromTarget: (key, etag, range) => {
      const name = `${key} ${etag}`;
      memory.readRanges.set(name, [...(memory.readRanges.get(name) ?? []), range]);
    },
    mayRot: (change) => mayRot(memory, change),
    rotted: ({ metadata }) => {
      memory.tamperedTransfers.add(ownerOf(metadata));
    },
    calledCopied: (transfer) => {
      judgeCopy(memory, transfer);
      known(transfer.transferId).copied = target.objects.get(transfer.request.target.key)?.bytes;
    },
    pushed: (process, transferId, bytes) => {
      if (!known(transferId).copied?.equals(bytes))
        memory.violated(15, `${process.name} heard that transfer ${transferId} is copied, and had read other bytes.`);
    },
  };
}

function mayRot({ table }: Memory, { before, object }: ObjectChange): boolean {
  const id = ownerOf(object.metadata);
  const isAgain = before !== undefined && ownerOf(before.metadata) === id;
  const asked = table.headers.get(id)?.transfer.request.verify === 'read-back';
  return asked && !isAgain && object.bytes.length > 0;
}

/** An object that is complete at the target is not copied again, even if the answer to Complete was lost. */
function refuseNeedless({ target, known, violated }: Memory, process: Process, write: ObjectWrite): void {
  const present = target.objects.get(write.target.key);
  const id = ownerOf(write.metadata);
  if (!present || ownerOf(present.metadata) !== id) return;
  if (generationOf(present.metadata) !== generationOf(write.metadata)) return;
  if (known(id).writes.some(({ atMs }) => atMs < process.startedMs))
    violated(3, `${process.name} begins an upload of transfer ${id}, whose object is complete.`);
}

/** Only the transfer that has the lock of a key writes there. A late call of a transfer that has ended is allowed. */
function refuseOtherOwner({ table, known, violated }: Memory, id: string, key: string, what: string): void {
  const owner = table.locks.get(`data/${key}`);
  if (owner === undefined || owner === id || overSinceMs(known(id)) !== Number.POSITIVE_INFINITY) return;
  violated(9, `${what} of transfer ${id}, while ${key} is locked for ${owner}.`);
}

function judgeObject(memory: Memory, process: Process, header: Transfer, { key, before, object }: ObjectChange): void {
  const { known, violated, target } = memory;
  const { transferId, request } = header;
  if (!isOfSource(memory, header, generationOf(object.metadata), object.bytes))
    violated(1, `${process.name} writes ${object.bytes.length} bytes at ${key} that are not the source's.`);
  const isStrangers = before !== undefined && ownerOf(before.metadata) !== transferId;
  if (request.overwrite === 'never' && isStrangers && target.manners.guardsOverwrite)
    violated(8, `${process.name} overwrites what was at ${key}, and was asked never to.`);
  if (overSinceMs(known(transferId)) < process.startedMs && !before?.bytes.equals(object.bytes))
    violated(8, `${process.name} began after transfer ${transferId} was over, and writes its object.`);
}

function judgeCopy(memory: Memory, transfer: Transfer): void {
  const { target, violated } = memory;
  const { transferId, request, source, receipt } = transfer;
  const object = target.objects.get(request.target.key);
  if (!object || !isOfSource(memory, transfer, source?.etag ?? '', object.bytes))
    violated(1, `Transfer ${transferId} is copied, and the target holds ${object ? 'other bytes' : 'nothing'}.`);
  if (object && ownerOf(object.metadata) !== transferId && request.overwrite !== 'if-different')
    violated(1, `Transfer ${transferId} is copied, and the object is that of ${ownerOf(object.metadata)}.`);
  if (receipt && request.verify === 'read-back' && !isReadWhole(memory, request.target.key, object))
    violated(13, `Transfer ${transferId} is copied, and not all of its object was read back.`);
  if (receipt && receipt.bytes !== object?.bytes.length) violated(1, `The receipt says ${receipt.bytes} bytes.`);
  if (receipt && isPush(transfer) && receipt.crc32 !== crc32Hex(crc32(object?.bytes ?? Buffer.alloc(0))))
    violated(1, `The receipt of ${transferId} says CRC32 ${receipt.crc32}, which is another object's.`);
}

function isReadWhole({ readRanges }: Memory, key: string, object: StoredObject | undefined): boolean {
  const ranges = readRanges.get(`${key} ${object?.etag}`) ?? [];
  let next = 0;
  for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first))
    if (first <= next) next = Math.max(next, last + 1);
  return ranges.length > 0 && next === object?.bytes.length;
}

/** Whether these bytes are a whole generation of the source: the pinned one, or any one that a client may have read. */
function isOfSource(memory: Memory, transfer: Transfer, etag: string, bytes: Buffer): boolean {
  const { source } = transfer.request;
  if (!('client' in source)) return bytesOf(memory, transfer, etag)?.equals(bytes) ?? false;
  return [...(memory.generations.get(source.client.name)?.values() ?? [])].some((each) => each.equals(bytes));
}

/** The bytes of one generation of a transfer's source. */
export function bytesOf({ generations }: Memory, { request }: Transfer, etag: string): Buffer | undefined {
  return 'endpoint' in request.source ? generations.get(request.source.key)?.get(etag) : undefined;
}
