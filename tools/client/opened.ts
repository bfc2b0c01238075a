import { TransferError } from '../../functions/transfer/errors.ts';
import type { ClientSource } from '../../functions/transfer/request.ts';
import { GiB, MiB, sizeText } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { type Bytes, crc32Of, type Platform } from './bytes.ts';
import type { Opened } from './client.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { FileOptions, StreamOptions } from './library.ts';
import { type PartKeeper, partMemory } from './part-memory.ts';
import { planOf } from './push.ts';
import { type OpenFile, pushFile } from './push-file.ts';
import { pushStream } from './push-stream.ts';
import { inMemory, readToItsEnd, type StreamCutter } from './stream-bytes.ts';

// With two parts of 68 MiB the command takes less than 300 MB in all: docs/benchmarks.md, "A push".
const PARTS_IN_MEMORY = 2;
const MEMORY_BYTES = 300e6;
// If the caller has chosen sizes, Partway takes more, but not so much that the computer might not have it.
const MEMORY_BYTES_MAX = 2 * GiB;
const HEAD_BYTES = 8 * MiB;

export function openedFile(
  { crc32 }: Platform,
  file: OpenFile,
  { verifyParts = false }: Pick<FileOptions, 'verifyParts'>,
): Opened {
  const { bytes, source } = file;
  const all = () => file.range({ first: 0, last: bytes - 1 });
  return {
    source,
    pushed: {
      send: (api, view, options) => pushFile(api, view, file, { ...options, verifyParts }),
      read: async (signal) => ({ bytes, crc32: await crc32Of(crc32, all(), signal) }),
      mayRepeat: true,
    },
  };
}

type StreamWishes = Pick<StreamOptions, 'partBytes' | 'partsAtOnce' | 'expectBytes' | 'spool'> & {
  readonly name: string;
};

/** A very short stream is like a small file: its length is known before anything is sent. */
export async function openedStream(platform: Platform, stream: StreamCutter, wishes: StreamWishes): Promise<Opened> {
  const { crc32 } = platform;
  const { name, partBytes = HEAD_BYTES, expectBytes, spool } = wishes;
  const folder = spool === undefined ? undefined : await folderOf(platform, spool);
  const headBytes = Math.min(partBytes, HEAD_BYTES);
  const head = await stream.fill(new Uint8Array(headBytes));
  if (head.length < headBytes) return openedFile(platform, await memoryFile(platform, head, name), {});
  stream.giveBack(head);
  return {
    source: { client: { name, expectBytes, ...(folder && { spools: true }) } },
    pushed: {
      send: (api, view, options) =>
        pushStream(api, view, { stream, keeper: folder ?? memoryFor(view, wishes) }, options),
      read: () => readToItsEnd(crc32, stream),
      mayRepeat: false,
    },
  };
}

function folderOf({ partFolder }: Platform, spool: string): Promise<PartKeeper> {
  if (partFolder) return partFolder(spool);
  throw new TransferError('InvalidRequest', 'There is no folder here in which parts could wait: leave out `spool`.');
}

/** As many parts of the largest size as go at once, or two. Of smaller ones more fit in. */
function memoryFor(view: TransferView, { partBytes, partsAtOnce, expectBytes }: StreamWishes): PartKeeper {
  const bytes = planOf(view).partBytes * (partsAtOnce ?? PARTS_IN_MEMORY);
  const isChosen = partBytes !== undefined || partsAtOnce !== undefined || expectBytes !== undefined;
  const bytesMax = isChosen ? MEMORY_BYTES_MAX : MEMORY_BYTES;
  if (bytes <= bytesMax) return partMemory(bytes);
  throw new TransferError(
    'InvalidRequest',
    `The parts of transfer ${view.transferId} need ${sizeText(bytes)} of memory, more than ${sizeText(bytesMax)}. Let them wait on a disk instead: \`source.client.spools\`.`,
  );
}

/** Bytes in memory, as a file. */
export async function memoryFile({ crc32 }: Platform, content: Uint8Array, name: string): Promise<OpenFile> {
  const range: Bytes['range'] = ({ first, last }) => inMemory(content.subarray(first, last + 1));
  const bytes = content.length;
  const source: ClientSource = { client: { name, bytes, fingerprint: await fingerprintOf(crc32, { bytes, range }) } };
  return { bytes, range, source, close: async () => {} };
}
