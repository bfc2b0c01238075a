import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { WriteSigner } from '../../functions/engine/ports/clients.ts';
import type { ObjectWrite } from '../../functions/transfer/at-stores.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { type SignedSums, type SignedWrite, URL_SECONDS } from '../../functions/transfer/push.ts';
import type { PartBody, PutOptions, Sent } from '../../tools/client/bytes.ts';
import type { Process } from './process.ts';
import { putPart, putWhole } from './target-port.ts';
import type { World } from './world.ts';

/** The content of a presigned URL, which its signature protects. */
type Signed = {
  readonly uploadId: string | undefined;
  readonly write: ObjectWrite | undefined;
  readonly partNumber: number;
  readonly bytes: number;
  /** The store compares a sum of the bytes, and so refuses others. */
  readonly checked: boolean;
};

export function signerOf({ scheduler }: World): WriteSigner {
  const sign = (signed: Signed): SignedWrite => ({
    url: `sim:${encodeURIComponent(JSON.stringify(signed))}`,
    headers: {},
    expiresAt: new Date(scheduler.nowMs() + URL_SECONDS * 1000).toISOString(),
  });
  const isChecked = ({ crc32: crc, md5 }: SignedSums = {}) => crc !== undefined || md5 !== undefined;
  return {
    part: async ({ uploadId, partNumber, bytes }, sums) =>
      sign({ uploadId, write: undefined, partNumber, bytes, checked: isChecked(sums) }),
    object: async (write, bytes, sums) =>
      sign({ uploadId: undefined, write, partNumber: 1, bytes, checked: isChecked(sums) }),
  };
}

/** Sends a signed write as the client's platform does. The store refuses an expired URL and a wrong length. */
export async function sendAsSigned(
  world: World,
  process: Process,
  { url, expiresAt }: SignedWrite,
  { body, withMd5, signal, onBytes }: PutOptions & { readonly body: PartBody },
): Promise<Sent> {
  const signed = JSON.parse(decodeURIComponent(url.slice('sim:'.length))) as Signed;
  const { uploadId, partNumber, bytes } = signed;
  const write = signed.write && { ...signed.write, storageClass: undefined };
  const pieces: Uint8Array[] = [];
  for await (const piece of body.open(signal)) {
    pieces.push(Buffer.from(piece));
    onBytes(piece.length);
  }
  const content = Buffer.concat(pieces);
  if (world.scheduler.nowMs() > Date.parse(expiresAt)) throw new TransferError('Expired', '403 Request has expired.');
  if (content.length !== bytes) throw new TransferError('Refused', '403 SignatureDoesNotMatch.');
  const sum = crc32(content);
  const attempt = world.model.attemptBegun(process, { uploadId, write, partNumber, bytes, crc32: sum });
  try {
    const { checked } = signed;
    const part = { target: { endpoint: 'b', bucket: 'data', key: '' }, uploadId: uploadId ?? '', partNumber, bytes };
    const { etag, tampered } = write
      ? await putWhole(world, process, write, content, signal)
      : await putPart(world, process, { ...part, checked }, content, signal);
    attempt.answered(etag, world.target.manners.etags === 'md5', tampered);
    const md5 = withMd5 ? createHash('md5').update(content).digest('hex') : undefined;
    return { etag, crc32: sum, md5 };
  } catch (error) {
    attempt.failed();
    throw error;
  }
}
