import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { ensureBucket } from '../e2e/objects.ts';
import type { RealServerAddress } from '../servers/servers.ts';

/** What real servers do with values that S3 allows, and that Partway does not send. The comments in `functions` refer to it. */
const { servers } = inject('realServers');

/** A client for a bucket that no other test uses, because a test here may harm it. */
async function clientAt({ name, url, region, buckets, ...keys }: RealServerAddress, bucket: string) {
  const profile = profiles[name];
  const facts = { name: 'e', provider: name, url, region, secretArn: undefined, allow: [bucket] };
  const client = s3Client(facts, profile, keys);
  onTestFinished(() => client.destroy());
  await ensureBucket(client, bucket);
  return client;
}

/** The status and the code of an answer, or 200. */
const answerOf = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => '200',
    (error) => `${error.$metadata?.httpStatusCode} ${error.name}`,
  );

const own = servers.filter(({ name }) => name !== 'r2');

describe.each(own)('The real $name', (server) => {
  it('takes an upload of a key that XML cannot write, unless its profile says otherwise', async () => {
    const Bucket = `odd-keys-${server.name}`;
    const client = await clientAt(server, Bucket);
    const begun = await answerOf(client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a\u0001b' })));
    const listed = await answerOf(client.send(new ListMultipartUploadsCommand({ Bucket })));
    console.log('MEASURED', server.name, begun, listed);
    const takes = profiles[server.name].takesKeysBeyondXml !== false;
    expect([begun.slice(0, 3), listed.slice(0, 3)]).toEqual(takes ? ['200', '200'] : ['500', '500']);
  });

  it('signs a tab in metadata in its own way', async () => {
    const Bucket = `odd-metadata-${server.name}`;
    const client = await clientAt(server, Bucket);
    const put = (Metadata: Record<string, string>) =>
      answerOf(client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Metadata })));
    const answers = [await put({ tab: 'a\tb' }), await put({ spaces: 'a  b' }), await put({ plain: 'a b' })];
    console.log('MEASURED', server.name, answers);
  });
});
