/** `partway/client` in a browser: in a page, or in a dedicated worker. */
import { createMD5 } from 'hash-wasm';
import { blobFile } from '../blob-file.ts';
import type { Platform } from '../bytes.ts';
import type { Uploads } from '../library.ts';
import { memoryFile } from '../opened.ts';
import { uploadsOn } from '../uploads.ts';
import { wallClock } from '../waiting.ts';
import { crc32 } from './crc32.ts';
import { put } from './put.ts';

/** What a person has chosen or dropped, or bytes in memory. */
export type FileSource = Blob | Uint8Array;
export type StreamSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

const browserPlatform: Platform = { crc32, md5: createMD5, put, clock: wallClock };
const UNNAMED = 'file';

const uploads: Uploads<FileSource, StreamSource> = uploadsOn(browserPlatform, {
  openFile: async (source, name) =>
    source instanceof Blob
      ? blobFile(crc32, source, name ?? ('name' in source ? String(source.name) : UNNAMED))
      : memoryFile(browserPlatform, source, name ?? UNNAMED),
  openStream: (source) => {
    if (!('getReader' in source)) return { chunks: source, close: () => {} };
    const reader = source.getReader();
    return { chunks: chunksOf(reader), close: () => void reader.cancel().catch(() => {}) };
  },
  isStream: (source): source is StreamSource => !(source instanceof Blob) && !(source instanceof Uint8Array),
});

/** Safari cannot iterate over a stream. */
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncIterable<Uint8Array> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

export const { uploadFile, uploadStream, resume } = uploads;
export { type Api, type Auth, bearer, type Credentials, iam, type PlainRequest } from '../api/auth.ts';
export { PartwayError } from '../api/partway-error.ts';
export type {
  FileOptions,
  ResumeOptions,
  SafePart,
  StreamOptions,
  Target,
  TransferView,
  UploadOptions,
  UploadProgress,
} from '../library.ts';
export { abort, describe, listParts, pause } from '../one-transfer.ts';
