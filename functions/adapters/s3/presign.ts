import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { WriteSigner } from '../../engine/ports/clients.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { type SignedSums, type SignedWrite, URL_SECONDS } from '../../transfer/push.ts';
import { guarding, withAsked } from './added-headers.ts';
import { attributesOf, bucketAndKey } from './target.ts';

/**
 * Signs writes that a client sends by itself. The length is signed too, so the store refuses a body of another length.
 * The client sends the headers as headers, since not every store reads them from the query of a URL.
 */
export function s3Signer(client: S3Client, profile: ProviderProfile): WriteSigner {
  return {
    part: ({ target, uploadId, partNumber, bytes }, sums) => {
      const part = { ...bucketAndKey(target), UploadId: uploadId, PartNumber: partNumber, ContentLength: bytes };
      return sign(client, new UploadPartCommand({ ...part, ...headersOf(sums) }));
    },
    object: async (write, bytes, sums) => {
      const put = { ...bucketAndKey(write.target), ...attributesOf(write), ContentLength: bytes, ...headersOf(sums) };
      const command = withAsked(write, guarding(profile, write, new PutObjectCommand(put)));
      const { headers, ...signed } = await sign(client, command);
      // AWS's signatures leave this header out, because proxies change it.
      const agent = write.addedHeaders?.['user-agent'];
      return { ...signed, headers: agent === undefined ? headers : { ...headers, 'user-agent': agent } };
    },
  };
}

async function sign(client: S3Client, command: PutObjectCommand | UploadPartCommand): Promise<SignedWrite> {
  const { expiration } = await client.config.credentials();
  const leftSeconds = expiration ? Math.floor((expiration.getTime() - Date.now()) / 1000) : URL_SECONDS;
  const expiresIn = Math.max(1, Math.min(URL_SECONDS, leftSeconds));
  const headers: Record<string, string> = {};
  const signed = new Set(['host', 'content-length']);
  // The presigner reads this set when it signs. This step runs before that.
  (command as PutObjectCommand).middlewareStack.add(
    (next) => (args) => {
      const { headers: all } = args.request as { headers: Record<string, string> };
      for (const [name, value] of Object.entries(all).filter(([each]) => isSentByClient(each))) {
        headers[name] = value;
        signed.add(name);
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'headersOfClient' },
  );
  // The presigner takes either command, but its type takes only one of them.
  const url = await getSignedUrl(client, command as PutObjectCommand, {
    expiresIn,
    unhoistableHeaders: signed,
    signableHeaders: signed,
  });
  return { url, headers, expiresAt: new Date(Date.now() + expiresIn * 1000).toISOString() };
}

/** The client's HTTP library sets host and length. Headers that name the SDK are ours, so the client does not send them. */
function isSentByClient(name: string): boolean {
  return !/^(host|content-length|user-agent|x-amz-user-agent|x-amz-content-sha256|x-amz-date|amz-sdk-.*)$/i.test(name);
}

/** In base64, as S3 writes sums: of a CRC32 four bytes, the highest first. */
function headersOf({ crc32, md5 }: SignedSums = {}) {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32 ?? 0);
  return {
    ...(crc32 === undefined ? {} : { ChecksumCRC32: crc.toString('base64') }),
    ...(md5 === undefined ? {} : { ContentMD5: Buffer.from(md5, 'hex').toString('base64') }),
  };
}
