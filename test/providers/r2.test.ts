import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Credentials, s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { type Bench, BUCKET, openBench } from './bench.ts';
import { r2 as temper } from './tempers/r2.ts';
import { MiB } from './tempers/temper.ts';

const real = inject('realServers').servers.find(({ name }) => name === 'r2');

/** One of two stores: the embedded store with R2's temper, or Cloudflare's own simulator. */
type Side = { readonly bucket: string; client(keys?: Partial<Credentials>): S3Client };

const part = randomBytes(5 * MiB);
const longer = randomBytes(5 * MiB + 1);
const other = randomBytes(5 * MiB);

/** The result of a call in one line: the code and the status of an error, or what the probe says about the answer. */
async function outcome(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    (said) => (typeof said === 'string' ? said : 'taken'),
    (error) => [error.name, error.$metadata?.httpStatusCode].filter(Boolean).join(' '),
  );
}

async function begun({ bucket, client }: Side, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const name = { Bucket: bucket, Key: `probe ${randomBytes(4).toString('hex')}` };
  const { UploadId } = await client().send(new CreateMultipartUploadCommand({ ...name, ...more }));
  const upload = { ...name, UploadId };
  return {
    upload,
    put: async (PartNumber: number, Body: Buffer) => {
      const { ETag } = await client().send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      return { PartNumber, ETag };
    },
    complete: (Parts: { PartNumber: number; ETag: string | undefined }[], IfNoneMatch?: string) =>
      client().send(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch, MultipartUpload: { Parts } })),
  };
}

const put = ({ bucket, client }: Side, more: object, keys?: Partial<Credentials>) =>
  client(keys).send(new PutObjectCommand({ Bucket: bucket, Key: 'put', Body: 'x', ...more }));

const unequal = async (side: Side, sizes: number[]) => {
  const { put: putPart, complete } = await begun(side);
  const parts = [];
  for (const [index, bytes] of sizes.entries()) parts.push(await putPart(index + 1, longer.subarray(0, bytes)));
  return complete(parts);
};

const probes: Readonly<Record<string, (side: Side) => Promise<unknown>>> = {
  'an ETag of a part': async (side) => {
    const { put: putPart } = await begun(side);
    return /^"[0-9a-f]{32}"$/.test((await putPart(1, part)).ETag ?? '') ? 'MD5' : 'opaque';
  },
  'the ETags of two writings of one part': async (side) => {
    const { put: putPart } = await begun(side);
    const [first, second] = [await putPart(1, part), await putPart(1, part)];
    return first.ETag === second.ETag ? 'the same' : 'different';
  },
  'the ETag of an object of parts': async (side) => {
    const { upload, put: putPart, complete } = await begun(side);
    await complete([await putPart(1, part), await putPart(2, other)]);
    const { ETag } = await side.client().send(new HeadObjectCommand({ Bucket: upload.Bucket, Key: upload.Key }));
    const md5s = [part, other].map((bytes) => createHash('md5').update(bytes).digest());
    return ETag === `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-2"` ? 'MD5 of MD5s' : `${ETag}`;
  },
  'a last part that is smaller': (side) => unequal(side, [5 * MiB, 5 * MiB, 10]),
  'a part under 5 MiB that is not the last': (side) => unequal(side, [10, 10]),
  'a part in the middle that is larger': (side) => unequal(side, [5 * MiB, 5 * MiB + 1, 5 * MiB]),
  'a last part that is larger': (side) => unequal(side, [5 * MiB, 5 * MiB + 1]),
  'a part that is left out of Complete': async (side) => {
    const { put: putPart, complete } = await begun(side);
    const first = await putPart(1, part);
    await putPart(2, part);
    return complete([first]);
  },
  'parts out of order': async (side) => {
    const { put: putPart, complete } = await begun(side);
    const [first, second] = [await putPart(1, part), await putPart(2, part)];
    return complete([second, first]);
  },
  'numbers with gaps': async (side) => {
    const { put: putPart, complete } = await begun(side);
    return complete([await putPart(3, part), await putPart(7, part)]);
  },
  'part number 10,001': async (side) => (await begun(side)).put(10_001, part),
  'a part with another ETag': async (side) => {
    const { put: putPart, complete } = await begun(side);
    await putPart(1, part);
    return complete([{ PartNumber: 1, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' }]);
  },
  'a part that was never sent': async (side) => (await begun(side)).complete([{ PartNumber: 1, ETag: '"x"' }]),
  'no parts': async (side) => (await begun(side)).complete([]),
  'a second Complete': async (side) => {
    const { put: putPart, complete } = await begun(side);
    const parts = [await putPart(1, part)];
    await complete(parts);
    return complete(parts);
  },
  'a second abort': async (side) => {
    const { upload } = await begun(side);
    await side.client().send(new AbortMultipartUploadCommand(upload));
    return side.client().send(new AbortMultipartUploadCommand(upload));
  },
  'a part of an aborted upload': async (side) => {
    const { upload, put: putPart } = await begun(side);
    await side.client().send(new AbortMultipartUploadCommand(upload));
    return putPart(1, part.subarray(0, 1000));
  },
  'a Complete that is to overwrite nothing': async (side) => {
    const { upload, put: putPart, complete } = await begun(side);
    await side.client().send(new PutObjectCommand({ Bucket: upload.Bucket, Key: upload.Key, Body: 'x' }));
    return complete([await putPart(1, part)], '*');
  },
  'a PutObject that is to overwrite nothing': async (side) => {
    await put(side, {});
    return put(side, { IfNoneMatch: '*' });
  },
  'storage class STANDARD': (side) => put(side, { StorageClass: 'STANDARD' }),
  'storage class STANDARD_IA': (side) => put(side, { StorageClass: 'STANDARD_IA' }),
  'a storage class that R2 has not': (side) => put(side, { StorageClass: 'GLACIER' }),
  'a canned ACL': (side) => put(side, { ACL: 'private' }),
  'a grant': (side) => put(side, { GrantRead: 'id=1' }),
  tags: (side) => put(side, { Tagging: 'a=1' }),
  'encryption AES256': (side) => put(side, { ServerSideEncryption: 'AES256' }),
  'encryption aws:kms': (side) => put(side, { ServerSideEncryption: 'aws:kms' }),
  'a session token': (side) => put(side, {}, { sessionToken: 'token' }),
  'an unknown key': (side) => put(side, {}, { accessKeyId: 'B'.repeat(32) }),
  'a wrong secret': (side) => put(side, {}, { secretAccessKey: 'wrong' }),
  'a wrong MD5': (side) => put(side, { ContentMD5: createHash('md5').update('y').digest('base64') }),
  'a wrong CRC32': (side) => put(side, { ChecksumCRC32: 'AAAAAA==' }),
  metadata: async (side) => {
    await put(side, { Metadata: { colour: 'blue' }, CacheControl: 'max-age=60', ContentEncoding: 'identity' });
    const head = await side.client().send(new HeadObjectCommand({ Bucket: side.bucket, Key: 'put' }));
    return JSON.stringify([head.Metadata, head.CacheControl, head.ContentEncoding]);
  },
  'a range': async (side) => {
    await put(side, { Body: 'abcdef' });
    const name = { Bucket: side.bucket, Key: 'put', Range: 'bytes=1-3' };
    const { ContentRange, Body } = await side.client().send(new GetObjectCommand(name));
    return `${ContentRange} ${await Body?.transformToString()}`;
  },
  'a range past the end': async (side) => {
    await put(side, {});
    return side.client().send(new GetObjectCommand({ Bucket: side.bucket, Key: 'put', Range: 'bytes=9-10' }));
  },
  'a stale If-Match': async (side) => {
    await put(side, {});
    return side.client().send(new GetObjectCommand({ Bucket: side.bucket, Key: 'put', IfMatch: '"stale"' }));
  },
  'a copied part with a condition': async (side) => {
    await put(side, {});
    const { upload } = await begun(side);
    const source = { CopySource: `${side.bucket}/put`, CopySourceIfMatch: '"stale"' };
    return side.client().send(new UploadPartCopyCommand({ ...upload, PartNumber: 1, ...source }));
  },
  ListParts: async (side) => side.client().send(new ListPartsCommand((await begun(side)).upload)),
  ListMultipartUploads: (side) => side.client().send(new ListMultipartUploadsCommand({ Bucket: side.bucket })),
};

/** If the simulator differs from Cloudflare's documents, the temper follows the documents. */
const documented: Readonly<Record<string, readonly [temper: string, simulator: string]>> = {
  // Only unequal parts get this answer, and Partway's parts are equal.
  'a part in the middle that is larger': ['InvalidPart 400', 'NoSuchUpload 404'],
  'a last part that is larger': ['InvalidPart 400', 'NoSuchUpload 404'],
  ListParts: ['taken', 'NotImplemented 501'],
  ListMultipartUploads: ['taken', 'NotImplemented 501'],
  'storage class STANDARD_IA': ['taken', 'NotImplemented 501'],
  'a session token': ['taken', 'InvalidArgument 400'],
  'a wrong CRC32': ['BadDigest 400', 'taken'],
  // No document says that the order of parts is free. Partway always sends them in order.
  'parts out of order': ['InvalidPartOrder 400', 'taken'],
};

describe.skipIf(!real)('The temper of R2 and Cloudflare’s own simulator', () => {
  let bench: Bench;
  const clients: S3Client[] = [];
  beforeAll(async () => {
    bench = await openBench(temper);
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    await bench.close();
  });
  const tempered = (): Side => ({ bucket: BUCKET, client: (keys = {}) => bench.client({ keys }) });
  const simulated = (): Side => ({
    bucket: 'faults',
    client: (keys = {}) => {
      const { name, url, region, accessKeyId, secretAccessKey } = real!;
      const endpoint = { name, provider: name, url, region, secretArn: undefined, allow: ['faults'] };
      const client = s3Client(endpoint, profiles.r2, { accessKeyId, secretAccessKey, ...keys });
      clients.push(client);
      return client;
    },
  });

  it.each(Object.entries(probes))('give the same answer about %s, or differ as the list says', async (what, probe) => {
    const answers = [await outcome(probe(tempered())), await outcome(probe(simulated()))];
    expect(answers).toEqual(documented[what] ?? [answers[1], answers[1]]);
  });
});
