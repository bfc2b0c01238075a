import type { ClientSource } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type Bytes, crc32Of, type Platform } from './bytes.ts';
import type { Opened } from './client.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { FileOptions, StreamOptions } from './library.ts';
import { type OpenFile, pushFile } from './push-file.ts';
import { pushStream } from './push-stream.ts';
import { inMemory, readToItsEnd, type StreamCutter } from './stream-bytes.ts';

// With two parts of 64 MiB the command takes 269 MiB in all: docs/benchmarks.md, "A push".
const STREAM_PARTS_AT_ONCE = 2;
const STREAM_PART_BYTES = 64 * MiB;
const PARTS_MAX = 10_000;

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

type StreamWishes = Pick<StreamOptions, 'partBytes' | 'partsAtOnce' | 'expectBytes'> & { readonly name: string };

/** A stream that is shorter than its first part is like a small file: its length is known before anything is sent. */
export async function openedStream(platform: Platform, rest: StreamCutter, wishes: StreamWishes): Promise<Opened> {
  const { crc32 } = platform;
  const { name, partsAtOnce = STREAM_PARTS_AT_ONCE } = wishes;
  const partBytes = partBytesOf(wishes);
  const asked = { partsAtOnce, ...(partBytes === undefined ? {} : { partBytes }) };
  const headBytes = partBytes ?? STREAM_PART_BYTES;
  const head = await rest.fill(new Uint8Array(headBytes));
  if (head.length < headBytes) return { ...openedFile(platform, await memoryFile(platform, head, name), {}), asked };
  return {
    source: { client: { name } },
    pushed: {
      send: (api, view, options) => pushStream(api, view, { head, rest }, options),
      read: () => readToItsEnd(crc32, head, rest),
      mayRepeat: false,
    },
    asked,
  };
}

/** Equal parts, as large as the expected length needs. */
function partBytesOf({ partBytes, expectBytes }: StreamWishes): number | undefined {
  if (partBytes !== undefined || expectBytes === undefined) return partBytes;
  const needed = Math.ceil(expectBytes / PARTS_MAX / MiB) * MiB;
  return needed > STREAM_PART_BYTES ? needed : undefined;
}

/** Bytes in memory, as a file. */
export async function memoryFile({ crc32 }: Platform, content: Uint8Array, name: string): Promise<OpenFile> {
  const range: Bytes['range'] = ({ first, last }) => inMemory(content.subarray(first, last + 1));
  const bytes = content.length;
  const source: ClientSource = { client: { name, bytes, fingerprint: await fingerprintOf(crc32, { bytes, range }) } };
  return { bytes, range, source, close: async () => {} };
}
