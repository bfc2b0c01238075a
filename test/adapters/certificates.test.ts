import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { listeningInTest } from '../serving.ts';
import { expired, key, ofElsewhere, ofPrivateAuthority, privateAuthority, selfSigned } from './certificates.ts';

/** What a check says about its first call to a server with this certificate. Without a certificate it uses plain HTTP. */
async function checked(cert: string | undefined): Promise<{ failure?: string; advice?: string } | undefined> {
  const server = cert ? createServer({ key, cert }) : createHttpServer();
  server.on('request', (request, response) => {
    request.resume();
    response.writeHead(404).end();
  });
  const { port } = await listeningInTest(server);
  const url = `https://127.0.0.1:${port}`;
  const facts = { name: 'e', provider: 'ceph', url, region: 'us-east-1', secretArn: undefined, allow: ['data'] };
  const client = s3Client(facts, profiles.ceph, { accessKeyId: 'key', secretAccessKey: 'secret' });
  onTestFinished(() => client.destroy());
  const ports = { endpoint: async () => facts, store: async () => s3Target(client, profiles.ceph), clock: systemClock };
  const { checks } = await checkEndpoint({ ...ports, deadlineMs: () => Date.now() + 29_000 })('e');
  return checks.find(({ call }) => call === 'HeadObject');
}

/** Does what NODE_EXTRA_CA_CERTS does when Node starts. */
function trusting(...authorities: string[]): void {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, ...authorities]);
  onTestFinished(() => setDefaultCACertificates(before));
}

describe('A check of a store behind TLS', () => {
  beforeEach(() => expect(process.env.NODE_TLS_REJECT_UNAUTHORIZED).toBeUndefined());

  it.each([
    ['nobody else signed', selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['a private authority signed', ofPrivateAuthority, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    [
      'a private authority signed, which is sent too',
      ofPrivateAuthority + privateAuthority,
      'SELF_SIGNED_CERT_IN_CHAIN',
    ],
  ])('advises NODE_EXTRA_CA_CERTS for a certificate that %s', async (_, cert, code) => {
    expect(await checked(cert)).toMatchObject({
      failure: expect.stringContaining(code),
      advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  it('reaches the store if Node trusts the private authority', async () => {
    trusting(privateAuthority);
    expect(await checked(ofPrivateAuthority)).toMatchObject({ failure: expect.stringMatching(/^NoSuchBucket/) });
  });

  it('recognises a certificate for another host name', async () => {
    trusting(ofElsewhere);
    expect(await checked(ofElsewhere)).toMatchObject({ advice: expect.stringContaining('another host name') });
  });

  it('recognises an expired certificate', async () => {
    trusting(expired);
    expect(await checked(expired)).toMatchObject({ advice: expect.stringContaining('has expired') });
  });

  it('recognises a port that does not use TLS', async () => {
    expect(await checked(undefined)).toMatchObject({ advice: expect.stringContaining('does not speak TLS') });
  });
});
