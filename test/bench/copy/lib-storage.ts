/**
 * A program: copies an object as AWS's SDK for JavaScript suggests, GetObject into the Upload of lib-storage. Standard input
 * is JSON.
 */
import { json } from 'node:stream/consumers';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Side } from './sides.ts';

type Task = {
  readonly source: Side;
  readonly target: Side;
  readonly from: string;
  readonly to: string;
  readonly partBytes: number;
};

const { source, target, from, to, partBytes } = (await json(process.stdin)) as Task;
const clientOf = ({ url, region, accessKeyId, secretAccessKey }: Side) =>
  new S3Client({
    endpoint: url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
const { Body } = await clientOf(source).send(new GetObjectCommand({ Bucket: source.bucket, Key: from }));
const params = { Bucket: target.bucket, Key: to, Body };
await new Upload({ client: clientOf(target), params, partSize: partBytes, queueSize: 4 }).done();
process.exit();
