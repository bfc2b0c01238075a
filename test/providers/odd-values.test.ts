import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { ensureBucket } from '../e2e/objects.ts';
import type { RealServerAddress } from '../servers/servers.ts';

/** What real servers do with values that S3 allows, and that Partway therefore refuses or leaves behind. */
const servers = inject('realServers').servers.filter(({ name }) => name !== 'r2');

/** A client for a bucket that no other test uses, because a test here may harm it. */
async function clientAt({ name, url, region, buckets: _, ...keys }: RealServerAddress, bucket: string) {
  const facts = { name: 'e', provider: name, url, region, secretArn: undefined, allow: [bucket] };
  const client = s3Client(facts, profiles[name], keys);
  onTestFinished(() => client.destroy());
  await ensureBucket(client, bucket);
  return client;
}

/** The status and the code of a refusal. */
const answerOf = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'taken',
    (error) => `${error.$metadata?.httpStatusCode} ${error.name}`,
  );

const listed = (client: S3Client, Bucket: string) => answerOf(client.send(new ListMultipartUploadsCommand({ Bucket })));

describe.each(servers)('The real $name', (server) => {
  it.each([
    ['U+0001', '\u0001'],
    ['U+000B', '\u000b'],
    ['U+001F', '\u001f'],
    ['U+FFFE', '\ufffe'],
  ])('begins an upload of a key with %s, which XML cannot write, as its profile says', async (name, character) => {
    const Bucket = `odd-keys-${server.name}-${name.slice(2).toLowerCase()}`;
    const client = await clientAt(server, Bucket);
    const before = await listed(client, Bucket);
    const begun = await answerOf(client.send(new CreateMultipartUploadCommand({ Bucket, Key: `a${character}b` })));
    const takes = profiles[server.name].takesKeysBeyondXml !== false;
    // From then on Swift cannot list the uploads of the bucket, since the one that it has begun is there.
    const broken = '500 InternalError';
    expect([before, begun, await listed(client, Bucket)]).toEqual(
      takes ? ['taken', 'taken', 'taken'] : ['taken', broken, broken],
    );
  });

  it('takes a tab in metadata or refuses its signature, so Partway leaves it behind', async () => {
    const Bucket = `odd-metadata-${server.name}`;
    const client = await clientAt(server, Bucket);
    const put = (text: string) =>
      answerOf(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Metadata: { text } })));
    const ofTab = { ceph: '403 SignatureDoesNotMatch', swift: 'taken' }[server.name as 'ceph' | 'swift'];
    expect([await put('a\tb'), await put('a  b'), await put('a b')]).toEqual([ofTab, 'taken', 'taken']);
  });
});
