import {
  type CORSRule,
  DeleteBucketCorsCommand,
  DeleteBucketLifecycleCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { BUCKET, freshStore, put, refusal } from './running-store.ts';

// LocalStack's tests recorded AWS's answers to such requests: tests/aws/services/s3/test_s3_cors.snapshot.json.
const { s3, url } = await freshStore({ buckets: [BUCKET, 'plain'] });
await put(s3, 'x', 'content');
const PAGE = 'https://page.example';
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

const obey = (...CORSRules: CORSRule[]) =>
  s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules } }));
const signed = (method: 'GET' | 'PUT') =>
  getSignedUrl(
    s3,
    method === 'GET'
      ? new GetObjectCommand({ Bucket: BUCKET, Key: 'x' })
      : new PutObjectCommand({ Bucket: BUCKET, Key: 'x' }),
  );

/** fetch sends any Origin that we give it, so it can play a browser. */
function preflight(path: string, headers: Record<string, string>): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'OPTIONS', headers });
}

const cors = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'));
const wants = (method: string, headers?: string) => ({
  origin: PAGE,
  'access-control-request-method': method,
  ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
});

describe("A bucket's CORS rules", () => {
  it('can be set, read and deleted, and neither they nor the lifecycle rules change each other', async () => {
    const there = { Bucket: BUCKET };
    expect(await refusal(s3.send(new GetBucketCorsCommand(there)))).toBe('NoSuchCORSConfiguration 404');
    const rule = { AllowedOrigins: [PAGE], AllowedMethods: ['GET'], AllowedHeaders: ['*'], ExposeHeaders: ['ETag'] };
    await obey({ ...rule, MaxAgeSeconds: 60 });
    const Rules = [{ Status: 'Enabled' as const, Filter: { Prefix: '' }, Expiration: { Days: 1 } }];
    await s3.send(new PutBucketLifecycleConfigurationCommand({ ...there, LifecycleConfiguration: { Rules } }));
    await s3.send(new DeleteBucketLifecycleCommand(there));
    expect(await s3.send(new GetBucketCorsCommand(there))).toMatchObject({
      CORSRules: [{ ...rule, MaxAgeSeconds: 60 }],
    });
    await s3.send(new DeleteBucketCorsCommand(there));
    await s3.send(new DeleteBucketCorsCommand(there));
    expect(await refusal(s3.send(new GetBucketCorsCommand(there)))).toBe('NoSuchCORSConfiguration 404');
  });

  it.each([
    ['no rule', [], 'MalformedXML 400'],
    ['no origin', [{ AllowedOrigins: [], AllowedMethods: ['GET'] }], 'MalformedXML 400'],
    ['an unknown method', [{ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }], 'InvalidRequest 400'],
    ['two stars', [{ AllowedOrigins: ['http://*.x.*'], AllowedMethods: ['GET'] }], 'InvalidRequest 400'],
    ['101 rules', Array(101).fill({ AllowedOrigins: ['*'], AllowedMethods: ['GET'] }), 'InvalidRequest 400'],
  ])('with %s are refused', async (_what, rules: CORSRule[], answer) => {
    expect(await refusal(obey(...rules))).toBe(answer);
  });
});

describe('A preflight', () => {
  it.each([
    ['without an origin', '/plain/x', {}, 400, 'Insufficient information. Origin request header needed.'],
    ['of a bucket that does not exist', '/none/x', wants('GET'), 403, 'CORSResponse: Bucket not found'],
    ['of a bucket without rules', '/plain/x', wants('PUT'), 403, 'CORSResponse: CORS is not enabled for this bucket.'],
  ])('%s is refused', async (_what, path, headers, status, message) => {
    const response = await preflight(path, headers);
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(message)]);
    expect(cors(response)).toEqual({});
  });

  it('is answered with the rule that allows it, and needs no signature', async () => {
    await obey({ AllowedOrigins: [PAGE], AllowedMethods: ['GET', 'PUT'], AllowedHeaders: ['*'], MaxAgeSeconds: 3000 });
    const response = await preflight(`/${BUCKET}/x`, wants('PUT', 'Content-Type, x-amz-acl'));
    expect([response.status, cors(response)]).toEqual([
      200,
      {
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'content-type, x-amz-acl',
        'access-control-allow-methods': 'GET, PUT',
        'access-control-allow-origin': PAGE,
        'access-control-max-age': '3000',
        vary: VARY,
      },
    ]);
  });

  it.each([
    ['another origin', { ...wants('GET'), origin: 'http://page.example' }],
    ['another method', wants('DELETE')],
    ['another header', wants('GET', 'x-amz-acl')],
  ])('for %s is refused', async (_what, headers) => {
    await obey({ AllowedOrigins: [PAGE], AllowedMethods: ['GET'], AllowedHeaders: ['x-amz-meta-*'] });
    expect((await preflight(`/${BUCKET}/x`, wants('GET', 'x-amz-meta-a'))).status).toBe(200);
    const response = await preflight(`/${BUCKET}/x`, headers);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('AccessForbidden')]);
  });

  it('is answered by the first rule that allows all of it, and a star matches a part of the origin', async () => {
    await obey(
      { AllowedOrigins: ['https://*.example'], AllowedMethods: ['GET'], MaxAgeSeconds: 1 },
      { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'PUT'], MaxAgeSeconds: 2 },
    );
    expect(cors(await preflight(`/${BUCKET}/x`, wants('GET')))).toMatchObject({ 'access-control-max-age': '1' });
    const other = cors(await preflight(`/${BUCKET}/x`, wants('PUT')));
    expect(other).toMatchObject({ 'access-control-max-age': '2', 'access-control-allow-origin': '*' });
    expect(other).not.toHaveProperty('access-control-allow-credentials');
  });
});

describe('The request of a page', () => {
  it('gets an answer that the page may read if a rule allows it, even if the answer is an error', async () => {
    await obey({ AllowedOrigins: [PAGE], AllowedMethods: ['GET'], ExposeHeaders: ['ETag'] });
    const response = await fetch(await signed('GET'), { headers: { origin: PAGE } });
    expect([await response.text(), cors(response)]).toEqual([
      'content',
      {
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'GET',
        'access-control-allow-origin': PAGE,
        'access-control-expose-headers': 'ETag',
        vary: VARY,
      },
    ]);
    const refused = await fetch(`${url}/${BUCKET}/x`, { headers: { origin: PAGE } });
    expect([refused.status, cors(refused)]).toMatchObject([403, { 'access-control-allow-origin': PAGE }]);
  });

  it('is done even if no rule allows it, as at AWS, but the page may not read the answer', async () => {
    await obey({ AllowedOrigins: [PAGE], AllowedMethods: ['GET'] });
    const put = await fetch(await signed('PUT'), { method: 'PUT', body: 'content', headers: { origin: PAGE } });
    expect([put.status, cors(put)]).toEqual([200, {}]);
    const other = await fetch(await signed('GET'), { headers: { origin: 'https://evil.example' } });
    expect([other.status, cors(other)]).toEqual([200, {}]);
    const program = await fetch(await signed('GET'));
    expect(cors(program)).toEqual({});
  });

  it('is refused if it asks for the counters', async () => {
    expect((await fetch(`${url}/-/counters`, { headers: { origin: PAGE } })).status).toBe(403);
    expect((await fetch(`${url}/-/counters`)).status).toBe(200);
  });
});
