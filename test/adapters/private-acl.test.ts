import { PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';

const endpoint = { name: 'x', provider: 'aws', region: 'eu-central-1', allow: ['data'] };
const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };

/** The ACL header that the SDK would send. Without keys of an endpoint, those of the environment sign, as on Lambda. */
async function sentAcl(signer: 'the role' | 'a secret', ACL: PutObjectCommandInput['ACL']): Promise<unknown> {
  const client = s3Client(endpoint, profiles.aws, signer === 'a secret' ? keys : undefined);
  let sent: unknown;
  client.middlewareStack.add(
    () =>
      async ({ request }) => {
        sent = (request as { headers: Record<string, string> }).headers['x-amz-acl'];
        throw new Error('caught');
      },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'k', Body: 'x', ACL })).catch(() => {});
  return sent;
}

it('With the role of the Lambdas, Partway does not send the ACL "private", which AWS uses anyway and which needs a right', async () => {
  expect(await sentAcl('the role', 'private')).toBeUndefined();
  expect(await sentAcl('the role', 'public-read')).toBe('public-read');
  expect(await sentAcl('a secret', 'private')).toBe('private');
});
