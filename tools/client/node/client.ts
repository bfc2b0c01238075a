/** `partway/client` in Node. */
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type Uploads, uploadsOn } from '../uploads.ts';
import { openFile } from './file-bytes.ts';
import { nodePlatform } from './platform.ts';

/** A path, a file: URL, an open file (which stays open), or bytes in memory. */
export type FileSource = string | URL | FileHandle | Uint8Array;
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
