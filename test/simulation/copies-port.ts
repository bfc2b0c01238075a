import type { TargetStore } from '../../functions/engine/ports/ports.ts';
import type { CopySource, WriteAnswer } from '../../functions/transfer/at-stores.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { ByteRange } from '../../functions/transfer/plan.ts';
import type { Sending } from './model-attempts.ts';
import type { Process } from './process.ts';
import type { StoredObject } from './store.ts';
import type { World } from './world.ts';

export type Copies = Pick<TargetStore, 'copyPart' | 'copyObject'>;

/** The copies that the target makes by itself. Such a request has no bytes, and the store reads its own object. */
export function copiesOf(
  world: World,
  process: Process,
  written: (key: string, before: StoredObject | undefined, object: StoredObject) => void,
): Copies {
  const { target } = world;
  return {
    copyPart: (part, source, range, signal) => {
      const { uploadId, partNumber } = part;
      const upload = target.uploads.get(uploadId);
      const arriving = (by: number) => () => {
        if (upload) upload.arriving += by;
      };
      return asked(world, process, { ...part, write: undefined }, () =>
        world.network(process, {
          place: 'target',
          what: `PUT part ${partNumber} of ${uploadId} (copy)`,
          signal,
          travels: { begin: arriving(1), end: arriving(-1) },
          apply: () => target.putPart(uploadId, partNumber, original(world, source, range)).etag,
        }),
      );
    },
    copyObject: (write, source, signal) =>
      asked(world, process, { uploadId: undefined, write, partNumber: 1, bytes: 0 }, () =>
        world.network(process, {
          place: 'target',
          what: `PUT ${write.target.key} (copy)`,
          signal,
          apply: () => {
            const content = original(world, source, undefined);
            const before = target.objects.get(write.target.key);
            const object = target.put({ ...write, onlyIfAbsent: false }, content);
            written(write.target.key, before, object);
            return object.etag;
          },
        }),
      ),
  };
}

async function asked(
  world: World,
  process: Process,
  sending: Sending,
  ask: () => Promise<string>,
): Promise<WriteAnswer> {
  const attempt = world.model.attemptBegun(process, sending);
  try {
    return attempt.answered(await ask(), world.target.manners.etags === 'md5', false);
  } catch (error) {
    attempt.failed();
    throw error;
  }
}

/** The bytes that the store copies. One that copies any object takes any range and does not report missing bytes. */
function original({ source, target }: World, { key, etag }: CopySource, range: ByteRange | undefined): Buffer {
  const { copies } = target.manners;
  if (copies === 'refuses') throw new TransferError('InvalidRequest', '501 NotImplemented.');
  const object = source.objects.get(key);
  if (!object) throw new TransferError('SourceMissing', `404 NoSuchKey ${key}.`);
  if (copies === 'pinned' && etag !== undefined && object.etag !== etag)
    throw new TransferError('SourceChanged', `412: the ETag is ${object.etag}.`);
  return range ? object.bytes.subarray(range.first, range.last + 1) : object.bytes;
}
