import { createHash, createHmac } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { type SignedRequest, verifySignature } from '../../tools/signed/signature.ts';
import { BUCKET, bytesOf, clientOf, createUpload, credentials, freshStore, put, refusal } from './running-store.ts';

const { s3, url } = await freshStore();
await put(s3, 'there', 'content');
const there = { Bucket: BUCKET, Key: 'there' };

describe('the store', () => {
  it('refuses a wrong secret', async () => {
    const client = clientOf(url, { credentials: { ...credentials, secretAccessKey: 'wrong' } });
    expect(await refusal(client.send(new GetObjectCommand(there)))).toBe('SignatureDoesNotMatch 403');
  });

  it('refuses an unknown key', async () => {
    const client = clientOf(url, { credentials: { ...credentials, accessKeyId: 'unknown' } });
    expect(await refusal(client.send(new GetObjectCommand(there)))).toBe('InvalidAccessKeyId 403');
  });

  it('refuses another region and says which one it expects', async () => {
    const client = clientOf(url, { region: 'eu-central-1' });
    expect(await refusal(client.send(new GetObjectCommand(there)))).toBe('AuthorizationHeaderMalformed 400');
  });

  it('refuses a request from a clock that is wrong by more than 15 minutes', async () => {
    for (const [offset, answer] of [
      [-16, 'RequestTimeTooSkewed 403'],
      [16, 'RequestTimeTooSkewed 403'],
      [14, 'succeeded'],
    ] as const) {
      const client = clientOf(url, { systemClockOffset: offset * 60_000 });
      expect(await refusal(client.send(new ListBucketsCommand({})))).toBe(answer);
    }
  });

  it('refuses a query that has one name twice, since only one of the values could be verified', async () => {
    const signed = await getSignedUrl(s3, new GetObjectCommand(there));
    expect((await fetch(signed)).status).toBe(200);
    for (const more of ['&x-id=GetObject', '&X-Amz-Expires=900', '&a=1&a=2'])
      expect((await fetch(signed + more)).status).toBe(400);
  });

  it('takes metadata in UTF-8, and returns it in ASCII, as RFC 2047 writes it', async () => {
    const { host, hostname, port } = new URL(url);
    const path = `/${BUCKET}/greeting`;
    const named = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-meta-says': 'Grüße 你好' };
    const signed = await signerFor('s3').sign(new HttpRequest({ method: 'PUT', path, headers: named }));
    const bytes = { ...signed.headers, 'x-amz-meta-says': Buffer.from('Grüße 你好').toString('latin1') };
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest({ hostname, port, path, method: 'PUT', headers: bytes });
      request.once('error', reject).once('response', (response) => resolve(response.resume().statusCode));
      request.end(Buffer.from('hello')); // with a string, Node would encode the headers once more
    });
    expect(status).toBe(200);
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'greeting' }));
    expect(Metadata).toEqual({ says: `=?UTF-8?B?${Buffer.from('Grüße 你好').toString('base64')}?=` });
  });

  it('refuses a request without a signature', async () => {
    const response = await fetch(`${url}/${BUCKET}/there`);
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
  });

  it('shows the reason of a refusal even to a client that first sends its whole body', async () => {
    const { port } = new URL(url);
    const body = bytesOf(8_000_000);
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    socket.pause().write(`PUT /${BUCKET}/refused HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
    await new Promise<unknown>((resolve) => socket.write(body, resolve));
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toContain('403 Forbidden');
    expect(answer).toContain('<Code>AccessDenied</Code>');
  });

  it('refuses bytes that differ from the signed ones', async () => {
    const signer = signerFor('s3');
    const digest = createHash('sha256').update('signed').digest('hex');
    const target = new URL(`${url}/${BUCKET}/other`);
    const headers = { host: target.host, 'x-amz-content-sha256': digest, 'content-length': '6' };
    const signed = await signer.sign(new HttpRequest({ method: 'PUT', path: target.pathname, headers }));
    const response = await fetch(target, { method: 'PUT', headers: signed.headers, body: 'forged' });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('XAmzContentSHA256Mismatch'),
    ]);
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'other' })))).toBe('NotFound 404');
  });

  it('answers virtual-host style requests', async () => {
    const { port } = new URL(url);
    // Not every resolver resolves *.localhost to this machine.
    const httpAgent = new Agent({
      lookup: (_name, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
    });
    const requestHandler = new NodeHttpHandler({ httpAgent });
    const client = clientOf(`http://s3.localhost:${port}`, { forcePathStyle: false, requestHandler });
    const { Body } = await client.send(new GetObjectCommand(there));
    expect(await Body!.transformToString()).toBe('content');
  });

  it('answers malformed paths with an error and keeps running', async () => {
    for (const path of ['/%', '/%ff/x', '/?%', `//${BUCKET}`, '/..%2f..%2fetc/passwd']) {
      expect(await statusOf(path)).toBeGreaterThanOrEqual(400);
    }
    expect(await refusal(s3.send(new HeadObjectCommand(there)))).toBe('succeeded');
  });
});

describe('a presigned URL', () => {
  it('uploads a part by plain HTTP', async () => {
    const upload = await createUpload(s3, 'presigned');
    const signed = await getSignedUrl(s3, new UploadPartCommand({ ...upload, PartNumber: 1 }), { expiresIn: 60 });
    const response = await fetch(signed, { method: 'PUT', body: bytesOf(2000) });
    expect(response.status).toBe(200);
    const { Parts } = await s3.send(new ListPartsCommand(upload));
    expect(Parts![0]).toMatchObject({ Size: 2000, ETag: response.headers.get('etag') });
  });

  it('works for keys with any characters', async () => {
    const Key = 'a b+c?d&é漢"\'%20//e=f;g,!()*~/';
    await put(s3, Key, 'odd');
    const response = await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket: BUCKET, Key })));
    expect(await response.text()).toBe('odd');
  });

  it('is refused if it was changed', async () => {
    const signed = await getSignedUrl(s3, new GetObjectCommand(there));
    for (const changed of [
      signed.replace('/there', '/other'),
      signed.replace('X-Amz-Expires=900', 'X-Amz-Expires=901'),
      `${signed}&response-content-type=text%2Fhtml`,
    ]) {
      expect(changed).not.toBe(signed);
      expect((await fetch(changed)).status).toBe(403);
    }
    expect((await fetch(signed, { method: 'DELETE' })).status).toBe(403);
  });

  it('is refused once it has expired', async () => {
    const signingDate = new Date(Date.now() - 61_000);
    const signed = await getSignedUrl(s3, new GetObjectCommand(there), { expiresIn: 60, signingDate });
    const response = await fetch(signed);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('Request has expired')]);
  });

  it('does not let its user add headers', async () => {
    const signed = await getSignedUrl(s3, new PutObjectCommand({ Bucket: BUCKET, Key: 'new' }));
    const response = await fetch(signed, { method: 'PUT', body: 'x', headers: { 'x-amz-tagging': 'a=b' } });
    expect(response.status).toBe(403);
  });
});

describe('verifySignature', () => {
  it('also verifies requests to other services, which sign the body and encode the path twice', async () => {
    const body = Buffer.from('{"a":1}');
    const headers = { host: 'api.localhost', 'content-type': 'application/json' };
    const path = '/transfers/a%20b';
    const unsigned = new HttpRequest({ method: 'POST', path, query: { q: 'x y' }, headers, body });
    const signed = await signerFor('execute-api').sign(unsigned);
    const request: SignedRequest = { method: 'POST', url: `${path}?q=x%20y`, headers: signed.headers, body };
    const rules = { credentials, region: 'us-east-1', service: 'execute-api' };
    await expect(verifySignature(request, rules)).resolves.toMatchObject({ presigned: false });
    const forged = { ...request, body: Buffer.from('{"a":2}') };
    await expect(verifySignature(forged, rules)).rejects.toMatchObject({ code: 'XAmzContentSHA256Mismatch' });
    const digest = createHash('sha256').update(forged.body).digest('hex');
    const resigned = { ...forged, headers: { ...forged.headers, 'x-amz-content-sha256': digest } };
    await expect(verifySignature(resigned, rules)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    await expect(verifySignature(request, { ...rules, service: 's3' })).rejects.toMatchObject({
      code: 'AuthorizationHeaderMalformed',
    });
  });
});

function signerFor(service: string): SignatureV4 {
  const sha256 = nodeSha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'];
  return new SignatureV4({ credentials, region: 'us-east-1', service, sha256, uriEscapePath: service !== 's3' });
}

/** The signer calls it with `new`, which an arrow function does not allow. */
function nodeSha256(secret?: string | Uint8Array) {
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return { update: (chunk: Uint8Array) => hash.update(chunk), digest: async () => hash.digest() };
}

function statusOf(path: string): Promise<number> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
}
