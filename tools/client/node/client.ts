/** `partway/client` in Node. */
import { Readable } from 'node:stream';
import type { Uploads } from '../library.ts';
import { uploadsOn } from '../uploads.ts';
import { openFile } from './file-bytes.ts';
import type { FileSource } from './file-source.ts';
import { nodePlatform } from './platform.ts';

export type { FileSource };
export type StreamSource = Readable | AsyncIterable<Uint8Array>;

const uploads: Uploads<FileSource, StreamSource> = uploadsOn(nodePlatform, {
  openFile,
  openStream: (source) => {
    if (!(source instanceof Readable)) return { chunks: source, close: () => {} };
    return { chunks: source.iterator({ destroyOnReturn: false }), close: () => void source.destroy() };
  },
  isStream: (source) => typeof source === 'object' && Symbol.asyncIterator in source,
});

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
export { localApi } from './local-api.ts';
