import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { costOf } from './cost.ts';
import type { Range } from './pipe.ts';
import { clientOf } from './sides.ts';
import { PART_BYTES, type Task, type Way } from './way.ts';

/** A program of this folder that copies ranges by signed URLs. We begin and complete its upload. */
export function bySignedUrls(name: string, program: string): Way {
  return {
    name,
    verifies: 'nothing',
    copy: async (task) => {
      const object = { Bucket: task.target.bucket, Key: task.to };
      const writes = clientOf(task.target);
      const { UploadId } = await writes.send(new CreateMultipartUploadCommand(object));
      const ranges = await rangesOf(task, { ...object, UploadId });
      const cost = await costOf([process.execPath, join(import.meta.dirname, program)], {}, ranges);
      const { Parts = [] } = await writes.send(new ListPartsCommand({ ...object, UploadId }));
      const MultipartUpload = { Parts: Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })) };
      await writes.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
      return cost;
    },
  };
}

type Upload = { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined };

function rangesOf({ source, target, from, bytes }: Task, upload: Upload): Promise<Range[]> {
  const [reads, writes] = [clientOf(source), clientOf(target)];
  const count = Math.ceil(bytes / PART_BYTES);
  return Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Range> => {
      const first = index * PART_BYTES;
      const last = Math.min(first + PART_BYTES, bytes) - 1;
      const get = new GetObjectCommand({ Bucket: source.bucket, Key: from });
      const put = new UploadPartCommand({ ...upload, PartNumber: index + 1 });
      return {
        bytes: last - first + 1,
        range: `bytes=${first}-${last}`,
        get: await getSignedUrl(reads, get),
        put: await getSignedUrl(writes, put),
      };
    }),
  );
}
