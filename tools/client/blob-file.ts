import { TransferError } from '../../functions/transfer/errors.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Bytes, Crc32, PartBody } from './bytes.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { OpenFile } from './push-file.ts';

/** Few enough that a page stays quick while it sums them, and enough that the disk is asked rarely. */
const PIECE_BYTES = 4 * MiB;

/**
 * A Blob, or a File that a person has chosen in a page. The browser refuses to read a File that was written to after it was
 * chosen: that is SourceChanged.
 */
export async function blobFile(crc32: Crc32, blob: Blob, name: string): Promise<OpenFile> {
  const bytes = blob.size;
  const range: Bytes['range'] = ({ first, last }) => partOf(blob.slice(first, last + 1), name);
  const modifiedMs = 'lastModified' in blob ? Number(blob.lastModified) : undefined;
  const client = { name, bytes, modifiedMs, fingerprint: await fingerprintOf(crc32, { bytes, range }) };
  return { bytes, range, source: { client }, close: async () => {} };
}

function partOf(content: Blob, name: string): PartBody {
  return {
    bytes: content.size,
    content,
    open: async function* (signal) {
      for (let at = 0; at < content.size; at += PIECE_BYTES) {
        signal.throwIfAborted();
        yield new Uint8Array(await read(content.slice(at, at + PIECE_BYTES), name));
      }
    },
  };
}

async function read(piece: Blob, name: string): Promise<ArrayBuffer> {
  try {
    return await piece.arrayBuffer();
  } catch (cause) {
    throw new TransferError('SourceChanged', `${name} cannot be read as it was when it was chosen.`, { cause });
  }
}
