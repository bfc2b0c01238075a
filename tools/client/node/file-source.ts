import type { FileHandle } from 'node:fs/promises';

/** A path, a file: URL, an open file (which stays open), or bytes in memory. */
export type FileSource = string | URL | FileHandle | Blob | Uint8Array;
