import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import type { Ports } from '../../functions/engine/ports/ports.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { Endpoint } from '../../functions/transfer/endpoint.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { type Bench, BUCKET, keys, openBench } from '../providers/bench.ts';
import { aws } from '../providers/tempers/aws.ts';
import { connectedTo } from './connected.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(aws);
});
afterAll(() => bench.close());

const signal = new AbortController().signal;
const bytesOf = (text: string) => Readable.from([Buffer.from(text)], { objectMode: false });
const at = (key: string, endpoint = 'b') => ({ endpoint, bucket: BUCKET, key });

/** The ports of one Lambda, at a store that notes what it is asked. */
function lambda(more: Partial<Endpoint>): Ports {
  vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', keys.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  const url = `http://127.0.0.1:${bench.proxy.port}`;
  const one = { provider: 'aws', url, region: aws.region, secretArn: undefined, allow: [BUCKET] };
  return connectedTo({ name: 'b', ...one, ...more }, { name: 'other', ...one });
}

/** Asks for everything that Partway asks of a store. */
async function askAll(ports: Ports, key: string, more: Partial<TransferRequestInput> = {}) {
  const request = parseRequest({ source: at(`${key}-from`), target: at(key), ...more });
  const write = { target: at(key), headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const target = await ports.target({ request });
  await target.putObject({ ...write, target: at(`${key}-from`) }, bytesOf('bytes'), 5, signal);
  const source = await ports.source({ request });
  const pin = await source.inspect();
  (await source.read({ first: 0, last: 4 }, pin!, signal)).destroy();
  await target.copyObject(write, { bucket: BUCKET, key: `${key}-from`, etag: pin?.etag }, signal);
  const uploadId = await target.beginUpload(write);
  const part = { target: at(key), uploadId, partNumber: 1, bytes: 5 };
  await target.copyPart(part, { bucket: BUCKET, key: `${key}-from`, etag: pin?.etag }, undefined, signal);
  const { etag } = await target.writePart(part, bytesOf('bytes'), signal);
  await target.listParts(at(key), uploadId);
  await target.completeUpload(write, uploadId, [{ ...part, etag }]);
  await target.abortUpload(at(key), await target.beginUpload(write));
}

const asked = (key: string) => [...bench.proxy.asked(key), ...bench.proxy.asked(`${key}-from`)];
const having = (key: string, header: string) =>
  new Set(asked(key).flatMap(({ operation, headers }) => (headers[header] === undefined ? [] : operation)));
const operations = (key: string) => new Set(asked(key).map(({ operation }) => operation));

describe('Every request to an endpoint', () => {
  it('says that whoever signs pays, if the endpoint says so', async () => {
    await askAll(lambda({ requesterPays: true }), 'payer');
    expect(operations('payer').size).toBeGreaterThan(9);
    expect(having('payer', 'x-amz-request-payer')).toEqual(operations('payer'));
    expect(asked('payer').every(({ headers }) => headers['x-amz-request-payer'] === 'requester')).toBe(true);
  });

  it('names the owner of the bucket, and of the bucket that is copied from, if the endpoint names one', async () => {
    await askAll(lambda({ expectedBucketOwner: '123456789012' }), 'owned');
    expect(having('owned', 'x-amz-expected-bucket-owner')).toEqual(operations('owned'));
    expect(having('owned', 'x-amz-source-expected-bucket-owner')).toEqual(new Set(['CopyObject', 'UploadPartCopy']));
  });

  it('says neither if the endpoint says nothing', async () => {
    await askAll(lambda({}), 'plain');
    for (const header of ['x-amz-request-payer', 'x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner'])
      expect([...having('plain', header)]).toEqual([]);
  });
});

describe('A request that says who pays', () => {
  it('says so at the endpoint of its source, and at no other', async () => {
    const ports = lambda({});
    await askAll(ports, 'one-store', { requesterPays: true });
    expect(having('one-store', 'x-amz-request-payer')).toEqual(operations('one-store'));
    const request = parseRequest({ source: at('from-b'), target: at('to-other', 'other'), requesterPays: true });
    await (await ports.source({ request })).inspect();
    await (await ports.target({ request })).inspect(at('to-other', 'other'));
    expect([...having('from-b', 'x-amz-request-payer')]).toContain('HeadObject');
    expect([...having('to-other', 'x-amz-request-payer')]).toEqual([]);
    expect(operations('to-other').size).toBe(1);
  });

  it('is refused if the source is in no store', () => {
    const source = { client: { name: 'x', bytes: 1 } };
    expect(() => parseRequest({ source, target: at('k'), requesterPays: true })).toThrow(
      /`requesterPays` works only for a source in a store/,
    );
  });
});

it('A presigned URL has what the endpoint says as signed headers', async () => {
  const facts = { name: 'b', provider: 'aws', url: 'http://10.0.0.7:9000', region: 'x', allow: [BUCKET] };
  const client = s3Client({ ...facts, requesterPays: true, expectedBucketOwner: '123456789012' }, profiles.aws, keys);
  onTestFinished(() => client.destroy());
  const part = { target: at('k'), uploadId: 'u', partNumber: 1, bytes: 1 };
  const { url, headers } = await s3Signer(client, profiles.aws).part(part);
  expect(headers).toMatchObject({
    'x-amz-request-payer': 'requester',
    'x-amz-expected-bucket-owner': '123456789012',
  });
  const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
  expect(signed).toEqual(expect.arrayContaining(['x-amz-request-payer', 'x-amz-expected-bucket-owner']));
});
