import type { TargetStore } from '../../engine/ports/ports.ts';
import type { CopySource } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import { answerTo, type Contents, etagOf, keepObject, objectAt } from './contents.ts';
import { uploadAt } from './uploads.ts';

/** A store that copies its own objects, as AWS does. */
export function copiesOf(contents: Contents): Pick<TargetStore, 'copyPart' | 'copyObject'> {
  return {
    copyPart: async ({ target, uploadId, partNumber }, source, range, signal) => {
      signal.throwIfAborted();
      const bytes = originalOf(contents, source);
      if (range && range.last >= bytes.length)
        throw new TransferError('InvalidRequest', 'The range ends past the end.');
      const content = range ? bytes.subarray(range.first, range.last + 1) : bytes;
      const { parts, write } = uploadAt(contents, target, uploadId);
      parts.set(partNumber, content);
      return answerTo(write, content);
    },
    copyObject: async (write, source, signal) => {
      signal.throwIfAborted();
      const content = originalOf(contents, source);
      keepObject(contents, { ...write, onlyIfAbsent: false }, content, etagOf(write, content));
      return answerTo(write, content);
    },
  };
}

/** Throws SourceMissing, SourceChanged. */
function originalOf(contents: Contents, source: CopySource): Buffer {
  const { bucket, key, etag } = source;
  const object = objectAt(contents, source);
  if (!object) throw new TransferError('SourceMissing', `NoSuchKey: ${bucket}/${key}.`);
  if (etag !== undefined && object.facts.etag !== etag)
    throw new TransferError('SourceChanged', `PreconditionFailed: ${bucket}/${key}.`);
  return object.bytes;
}
