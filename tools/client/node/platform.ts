import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Platform } from '../bytes.ts';
import { wallClock } from '../waiting.ts';
import { partFolder } from './part-folder.ts';
import { put } from './put.ts';

/** What is quickest in Node: zlib, node:crypto, and node:http, which sends pieces without copying them. */
export const nodePlatform: Platform = { crc32, md5: () => createHash('md5'), put, clock: wallClock, partFolder };
