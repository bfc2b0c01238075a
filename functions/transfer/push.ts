import * as z from 'zod';
import { crc32, type Source } from './request.ts';

/** A presigned URL lives so long, in seconds, and never longer than the credentials that signed it. */
export const URL_SECONDS = 900;

/** The most parts that one call may name. Their URLs stay well below API Gateway's 10 MB. */
export const PARTS_A_CALL = 100;

const partNumber = z.int().min(1).max(10_000);
const bytes = z.int().min(0);
const md5 = z
  .string()
  .regex(/^[0-9a-f]{32}$/i, 'it takes an MD5 as 32 hexadecimal digits')
  .toLowerCase();

/** The parts that a client is about to send. */
export const wantedParts = z.strictObject({
  /** The store answered the client that it does not know this upload. If that is so, another one is begun. */
  lostUploadId: z.string().min(1).max(1024).optional(),
  parts: z
    .array(z.strictObject({ partNumber, bytes, crc32: crc32.optional(), md5: md5.optional() }))
    .min(1)
    .max(PARTS_A_CALL),
});
export type WantedPart = z.infer<typeof wantedParts>['parts'][number];

/** What may be signed with a part, so that the store refuses other bytes. `md5` has 32 hexadecimal digits. */
export type SignedSums = Pick<WantedPart, 'crc32' | 'md5'>;

/** The parts that a client has sent, with the ETags that the store answered. `uploadId` came with the URLs. */
export const sentParts = z.strictObject({
  uploadId: z.string().min(1).max(1024),
  parts: z
    .array(z.strictObject({ partNumber, bytes, etag: z.string().min(1).max(256), crc32: crc32.optional() }))
    .min(1)
    .max(PARTS_A_CALL),
});

export type SentPart = z.infer<typeof sentParts>['parts'][number];

/**
 * `bytes` is the length of a stream, which nobody knew before. `crc32` is that of all bytes as the client has read them:
 * if two clients have pushed different bytes, the object is not completed.
 */
export const finishedPush = z.strictObject({ bytes: bytes.optional(), crc32: crc32.optional() });

/** What a client must know of the target: it goes with the header of a push. */
export type PushRules = {
  /** The CRC32 of a part is signed with its URL, so that the store checks it. */
  readonly signsCrc32: boolean;
  /** So is the MD5 of a part, if the client gives it. Headers of older code do not have it. */
  readonly signsMd5?: boolean;
  /** The store answers with the MD5 of a part, so that the client can compare it. */
  readonly etagIsMd5: boolean;
};

/** One PUT that a client may send until then. The client sends the headers as they are. */
export type SignedWrite = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
};

export type SignedParts = {
  /** Which upload they belong to. It comes back with the parts that were sent. */
  readonly uploadId: string;
  readonly urls: readonly (SignedWrite & { readonly partNumber: number })[];
  /** The parts among those asked for that the checkpoint has, and that need not be sent again. */
  readonly present: readonly number[];
};

/** Whether a client has the bytes, and sends them to the target itself. */
export function isPush({ request }: { readonly request: { readonly source: Source } }): boolean {
  return 'client' in request.source;
}
