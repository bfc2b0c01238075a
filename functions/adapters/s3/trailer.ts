import type { Readable } from 'node:stream';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { isLent, lentStream, pour } from '../../engine/ports/pieces.ts';
import { crcNames, crcOf } from '../../transfer/values/checksums.ts';
import { KiB } from '../../transfer/values/sizes.ts';

type Encode = NonNullable<S3ClientConfig['getAwsChunkedEncodingStream']>;

// AWS answers InvalidChunkSizeError to a smaller frame that is not the last one.
const FRAME_BYTES_MIN = 8 * KiB;

/**
 * A body in the frames of `aws-chunked`, with its checksum behind it. The SDK's own function would copy each piece, and
 * make frames of any size. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export const withTrailer: Encode = (body: Readable, options) => {
  const { base64Encoder, checksumAlgorithmFn: Checksum, checksumLocationName = '' } = options;
  const algorithm = crcNames.find((name) => checksumLocationName === `x-amz-checksum-${name}`);
  return lentStream(async (take) => {
    // Our own sums cost nothing here. The SDK computes a CRC64NVME in JavaScript.
    const ours = () => (algorithm && isLent(body) && body.sums ? crcOf(algorithm, body.sums()) : undefined);
    const sum = ours() === undefined && Checksum ? new Checksum() : undefined;
    let held = Buffer.alloc(0); // bytes that are too few for a frame
    let before = '';
    const frame = async (...pieces: Buffer[]) => {
      const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
      await take(Buffer.from(`${before}${bytes.toString(16)}\r\n`));
      for (const piece of pieces) if (piece.length > 0) await take(piece);
      before = '\r\n';
    };
    await pour(body, async (piece) => {
      sum?.update(piece);
      if (held.length + piece.length < FRAME_BYTES_MIN) {
        held = Buffer.concat([held, piece]);
        return;
      }
      await frame(held, piece);
      held = Buffer.alloc(0);
    });
    if (held.length > 0) await frame(held);
    const bytes = sum ? await sum.digest() : Buffer.from(ours() ?? '', 'hex');
    const trailer = base64Encoder ? `${checksumLocationName}:${base64Encoder(bytes)}\r\n\r\n` : '';
    await take(Buffer.from(`${before}0\r\n${trailer}`));
  });
};
