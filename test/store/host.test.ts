import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { Sha256 } from '../local/fixture/sha256.ts';
import { BUCKET, credentials, freshStore, put } from './running-store.ts';

const { s3, url } = await freshStore();
await put(s3, 'x', 'content');
const port = Number(new URL(url).port);

/** Sends a signed GET to 127.0.0.1 with any host name. */
async function get(host: string, path: string): Promise<{ status: number; body: string }> {
  const signer = new SignatureV4({
    credentials,
    region: 'us-east-1',
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signed = await signer.sign(new HttpRequest({ method: 'GET', path, headers: { host } }));
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, headers: signed.headers }, resolve).on('error', reject).end();
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

describe('The store', () => {
  it.each([
    ['127.0.0.1', `/${BUCKET}/x`],
    ['localhost', `/${BUCKET}/x`],
    ['[::1]', `/${BUCKET}/x`],
    ['s3.localhost', `/${BUCKET}/x`],
    [`${BUCKET}.s3.localhost`, '/x'],
  ])('answers to the name %s', async (name, path) => {
    expect(await get(`${name}:${port}`, path)).toEqual({ status: 200, body: 'content' });
  });

  it.each([
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `s3.localhost.evil.example:${port}`,
    `evil-s3.localhost.:${port}`,
    '127.0.0.1',
    '127.0.0.1:1',
  ])('does not answer to %s, even if the request is signed correctly', async (host) => {
    const { status, body } = await get(host, `/${BUCKET}/x`);
    expect([status, body]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
    expect((await get(host, '/-/counters')).status).toBe(403);
  });
});
