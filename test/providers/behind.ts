import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

type More = Partial<PutObjectCommandInput>;

/** Reaches the store directly, without the proxy, in one bucket. */
export type Behind = {
  readonly client: S3Client;
  head(key: string): Promise<HeadObjectCommandOutput | undefined>;
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, bytes: Buffer): Promise<void>;
  /** Puts an object by a multipart upload with one part. */
  putInParts(key: string, bytes: Buffer, more?: More): Promise<void>;
  openUploads(key: string): Promise<string[]>;
  /** Alters one byte of an object on the disk. The store does not notice, and its HEAD stays the same. */
  rot(key: string, offset: number): Promise<void>;
};

export function behindOf(client: S3Client, Bucket: string, own: Pick<Behind, 'rot'> & Partial<Behind>): Behind {
  const unlessMissing = <T>(answer: Promise<T>): Promise<T | undefined> =>
    answer.catch((error) => {
      if (error?.$metadata?.httpStatusCode === 404) return undefined;
      throw error;
    });
  return {
    client,
    head: (Key) => unlessMissing(client.send(new HeadObjectCommand({ Bucket, Key }))),
    get: async (Key) => {
      const answer = await unlessMissing(client.send(new GetObjectCommand({ Bucket, Key })));
      return answer && Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    },
    put: async (Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
    putInParts: (Key, bytes, more = {}) => putInParts(client, { ...more, Bucket, Key }, bytes),
    openUploads: async (key) => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.flatMap(({ Key, UploadId }) => (Key === key && UploadId ? [UploadId] : []));
    },
    ...own,
  };
}

async function putInParts(client: S3Client, name: More & { Bucket: string; Key: string }, Body: Buffer): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const upload = { Bucket: name.Bucket, Key: name.Key, UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
  await client.send(
    new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
  );
}
