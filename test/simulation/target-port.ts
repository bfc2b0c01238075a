import type { Readable } from 'node:stream';
import type { TargetStore } from '../../functions/engine/ports/ports.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type {
  ObjectWrite,
  OpenUpload,
  PartAtTarget,
  PartWrite,
  WriteAnswer,
} from '../../functions/transfer/at-stores.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import { copiesOf } from './copies-port.ts';
import type { Sending } from './model-attempts.ts';
import type { Process } from './process.ts';
import { factsOf } from './source-port.ts';
import type { Manners, Store, StoredObject } from './store.ts';
import type { World } from './world.ts';

/** The profile by which the product knows the store. It allows small parts and has the store's manners. */
export function profileOf(manners: Manners): ProviderProfile {
  return {
    ...profiles.aws,
    part: { ...profiles.aws.part, partBytesMin: 1 },
    partEtag: manners.etags,
    objectEtag: manners.etags === 'md5' ? 'md5-of-md5s' : 'opaque',
    // Half of the stores that cannot list parts have a profile that says they can. Only their answer shows it.
    listsParts: manners.listsParts || manners.completesTwice,
    // A store that copies the present object would replace the target at once. So its profile has no CopyObject.
    copyObjectBytesMax: manners.copies === 'whatever' ? 0 : profiles.aws.copyObjectBytesMax,
    overwriteGuard: manners.guardsOverwrite ? 'if-none-match' : 'none',
  };
}

/** The target as one process sees it. The model sees every request and every answer that arrived. */
export function targetPort(world: World, process: Process): TargetStore {
  const { target, model, network } = world;
  const call = <T>(what: string, apply: () => T) => network(process, { place: 'target', what, apply });
  return {
    profile: profileOf(target.manners),
    inspect: ({ key }) => call(`HEAD ${key}`, () => factsOf(world.seen(key))),
    ...writesOf(world, process),
    ...copiesOf(world, process, (key, before, object) => written(world, process, key, { before, object })),
    beginUpload: async (write) => {
      const uploadId = await call(`POST ${write.target.key}?uploads`, () => {
        const opened = target.begin(write);
        model.uploadBegun(process, opened);
        return opened.uploadId;
      });
      model.uploadHeard(uploadId);
      return uploadId;
    },
    listParts: async (_target, uploadId) => {
      const listed = await call(`GET ?uploadId=${uploadId}`, () =>
        target.manners.listsParts ? hidden(world, target.list(uploadId)) : undefined,
      );
      if (listed) model.listed(process, uploadId, listed);
      return listed;
    },
    completeUpload: (write, uploadId, parts) =>
      call(`POST ?uploadId=${uploadId} (complete ${parts.length} parts)`, () => {
        refuseConflict(world, write.onlyIfAbsent);
        const before = target.objects.get(write.target.key);
        const object = target.complete(write, uploadId, parts);
        if (object) written(world, process, write.target.key, { before, object });
      }),
    listUploads: (_bucket, prefix) => call(`GET ?uploads prefix=${prefix}`, () => uploadsBelow(target, prefix)),
    uploadsPage: (_bucket, prefix) =>
      call(`GET ?uploads prefix=${prefix}`, () => ({ uploads: uploadsBelow(target, prefix), next: undefined })),
    abortUpload: (_target, uploadId) =>
      call(`DELETE ?uploadId=${uploadId}`, () => {
        model.uploadAborted(uploadId);
        target.abort(uploadId);
      }),
  };
}

function uploadsBelow({ uploads }: Store, prefix: string): OpenUpload[] {
  return [...uploads.values()]
    .filter(({ write }) => write.target.key.startsWith(prefix))
    .map(({ uploadId, initiatedAtMs, write }) => ({ key: write.target.key, uploadId, initiatedAtMs }));
}

type Writes = Pick<TargetStore, 'putObject' | 'writePart'>;

function writesOf(world: World, process: Process): Writes {
  return {
    putObject: (write, body, bytes, signal) => {
      const sending = { uploadId: undefined, write, partNumber: 1, bytes };
      return sent(world, process, sending, {
        body,
        signal,
        send: (content) => putWhole(world, process, write, content, signal),
      });
    },
    writePart: (part, body, signal) =>
      sent(
        world,
        process,
        { ...part, write: undefined },
        { body, signal, send: (content) => putPart(world, process, part, content, signal) },
      ),
  };
}

type Answered = { readonly etag: string; readonly tampered: boolean };

/** Sends a part or an object, and tells the model how it ends. */
async function sent(
  world: World,
  process: Process,
  sending: Sending,
  { body, signal, send }: { body: Readable; signal: AbortSignal; send(content: Buffer): Promise<Answered> },
): Promise<WriteAnswer> {
  const attempt = world.model.attemptBegun(process, sending);
  try {
    const { etag, tampered } = await send(await collected(body, sending.bytes, signal));
    return attempt.answered(etag, world.target.manners.etags === 'md5', tampered);
  } catch (error) {
    attempt.failed();
    throw error;
  }
}

export async function putWhole(
  world: World,
  process: Process,
  write: ObjectWrite,
  content: Buffer,
  signal: AbortSignal,
): Promise<Answered> {
  const apply = () => {
    refuseConflict(world, write.onlyIfAbsent);
    const before = world.target.objects.get(write.target.key);
    const object = world.target.put(write, content);
    written(world, process, write.target.key, { before, object });
    return object.etag;
  };
  const etag = await world.network(process, { place: 'target', what: `PUT ${write.target.key}`, signal, apply });
  return { etag, tampered: false };
}

export async function putPart(
  world: World,
  process: Process,
  {
    uploadId,
    partNumber,
    checked = false,
  }: PartWrite & { /** The store compares the part with a signed CRC32. */ readonly checked?: boolean },
  content: Buffer,
  signal: AbortSignal,
): Promise<Answered> {
  const { target, model, weather } = world;
  const upload = target.uploads.get(uploadId);
  // Damage on the way can be noticed only if the target answers with the MD5 of the bytes that it got.
  const mayTamper = content.length > 0 && target.manners.etags === 'md5' && model.checksMd5(uploadId);
  const damaged = mayTamper && weather.byteFault('target', 'damaged');
  const wrongEtag = mayTamper && !damaged && weather.byteFault('target', 'wrongEtag');
  if (damaged || wrongEtag) model.tampered(uploadId);
  const etag = await world.network(process, {
    place: 'target',
    what: `PUT part ${partNumber} of ${uploadId}${damaged ? ' (damaged)' : ''}${wrongEtag ? ' (wrong ETag)' : ''}`,
    signal,
    travels: {
      begin: () => {
        if (upload) upload.arriving += 1;
      },
      end: () => {
        if (upload) upload.arriving -= 1;
      },
    },
    apply: () => {
      if (damaged && checked) throw new TransferError('Unreachable', '400 BadDigest.');
      return target.putPart(uploadId, partNumber, damaged ? flipped(content) : content).etag;
    },
  });
  return wrongEtag ? { etag: otherEtag(etag), tampered: true } : { etag, tampered: damaged };
}

function otherEtag(etag: string): string {
  return etag.replace(/^./, (digit) => (digit === 'f' ? '0' : 'f'));
}

/** AWS answers 409 if a conditional request meets another request for the key. The adapter calls that UploadLost. */
function refuseConflict(world: World, onlyIfAbsent: boolean): void {
  if (onlyIfAbsent && world.target.manners.guardsOverwrite && world.weather.byteFault('target', 'conflict'))
    throw new TransferError('UploadLost', '409 ConditionalRequestConflict.');
}

/** Records a new object. On a slow store others see the object before it for a while. */
function written(
  world: World,
  process: Process,
  key: string,
  { before, object }: { before: StoredObject | undefined; object: StoredObject },
): void {
  world.showLate(key, before);
  world.model.objectWritten(process, { key, before, object });
  if (!world.model.mayRot({ key, before, object }) || !world.weather.byteFault('target', 'rots')) return;
  const at = world.chance.whole(0, object.bytes.length - 1);
  object.bytes[at]! ^= 1;
  world.trace.note('target', `byte ${at} of the object at ${key} rots`);
  world.model.rotted(object);
}

function hidden(world: World, parts: PartAtTarget[]): PartAtTarget[] {
  if (parts.length === 0 || !world.weather.listHidesParts()) return parts;
  const from = world.chance.whole(0, parts.length - 1);
  return parts.filter((_, index) => index < from);
}

/** Collects all bytes, or fails as a server does that gets fewer bytes than announced. */
function collected(body: Readable, bytes: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const refuse = () => reject(new TransferError('Unreachable', `The body ended before its ${bytes} bytes.`));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.on('error', reject);
    body.on('close', refuse);
    body.on('end', () => {
      const content = Buffer.concat(chunks);
      if (content.length === bytes) resolve(content);
      else refuse();
    });
  });
}

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[0] = copy[0]! ^ 1;
  return copy;
}
