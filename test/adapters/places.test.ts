import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../functions/transfer/request.ts';
import { connectedTo } from './connected.ts';

const at = (bucket: string) => ({ endpoint: 'b', bucket, key: 'k' });
const request = (from: string, to: string, more: object = {}) =>
  parseRequest({ source: at(from), target: at(to), ...more });

describe('A Lambda of a stack whose endpoint reads one bucket and writes another', () => {
  const allow = { read: ['in'], write: ['out'] };
  const ports = connectedTo({ name: 'b', provider: 'aws', region: 'eu-central-1', allow });
  const notAllowed = (message: string) => expect.objectContaining({ name: 'NotAllowed', message });

  it('accepts a copy from the first into the second, and refuses the opposite direction', async () => {
    await expect(ports.admit(request('in', 'out'))).resolves.toBeUndefined();
    await expect(ports.admit(request('out', 'in'))).rejects.toThrow(
      notAllowed('Endpoint "b" may not read out/k. It may read: in.'),
    );
  });

  it('opens no place outside the allowed ones, even after it has accepted a request', async () => {
    await expect(ports.source({ request: request('out', 'in') })).rejects.toThrow(/may not read out/);
    await expect(ports.target({ request: request('out', 'in') })).rejects.toThrow(/may not write in/);
  });

  it('may read back at places where it may write', async () => {
    const present = { bytes: 1, etag: 'x', headers: {}, metadata: {} } as never;
    await expect(ports.written({ request: request('in', 'out') }, present)).resolves.toMatchObject({});
    await expect(ports.written({ request: request('out', 'in') }, present)).rejects.toThrow(/may not write in/);
  });

  it('lets nobody make an object public, because the endpoint allows no such ACL', async () => {
    await expect(ports.admit(request('in', 'out', { acl: 'public-read' }))).rejects.toThrow(/`acl` is "public-read"/);
    await expect(ports.admit(request('in', 'out', { acl: 'private' }))).resolves.toBeUndefined();
  });

  it('refuses an endpoint that the stack does not have', async () => {
    const other = parseRequest({ source: at('in'), target: { ...at('out'), endpoint: 'c' } });
    await expect(ports.admit(other)).rejects.toThrow(/There is no endpoint "c" in this stack/);
  });
});
