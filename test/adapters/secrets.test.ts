import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, it, onTestFinished } from 'vitest';
import { secretsManager } from '../../functions/adapters/aws/secrets.ts';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { servingInTest } from '../serving.ts';

const keys = { accessKeyId: 'AKID', secretAccessKey: 'very secret' };

/** What reading a secret with this value gives, or the error. */
async function readingOf(value: unknown) {
  const { url } = await servingInTest((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: typeof value === 'string' ? value : JSON.stringify(value) }));
  });
  const client = new SecretsManagerClient({ endpoint: url, region: 'us-east-1' });
  onTestFinished(() => client.destroy());
  return secretsManager(client)('arn:of:the:secret').catch((error) => error);
}

it('A secret gives its keys, and its expiry as a time', async () => {
  expect(await readingOf(keys)).toEqual(keys);
  const expiration = '2026-11-26T10:00:00Z';
  expect(await readingOf({ ...keys, expiration })).toEqual({ ...keys, expiration: new Date(expiration) });
});

it.each([
  ['a line break after the key', { ...keys, accessKeyId: 'AKID\n' }, /`accessKeyId`: white space is at its beginning/],
  ['a space before the secret key', { ...keys, secretAccessKey: ' x' }, /`secretAccessKey`: white space is at its/],
  ['a tab after the token', { ...keys, sessionToken: 't\t' }, /`sessionToken`: white space is at its beginning/],
  ['a letter that cannot be sent', { ...keys, accessKeyId: 'schlüssel' }, /`accessKeyId`: it has a character that no/],
  ['an empty key', { ...keys, accessKeyId: '' }, /`accessKeyId`: it takes what the store gave out/],
  ['no secret key', { accessKeyId: 'AKID' }, /`secretAccessKey` is missing/],
  ['a time that is none', { ...keys, expiration: 'soon' }, /`expiration`: it takes a time such as/],
  ['no JSON', 'AKID:very secret', /is not JSON with accessKeyId and secretAccessKey/],
])('A secret with %s is refused, which names the field and shows no value', async (_, value, message) => {
  const error = await readingOf(value);
  expect(error).toMatchObject({ name: 'Refused', message: expect.stringMatching(message) });
  expect(error.message).not.toMatch(/AKID|very|schl|soon/);
});

it('What Node cannot send is no fault of the network', async () => {
  const facts = { name: 'b', provider: 'aws', url: 'http://127.0.0.1:1', region: 'us-east-1', secretArn: undefined };
  const client = s3Client({ ...facts, allow: ['b'] }, profiles.aws, { ...keys, accessKeyId: 'AK\nID' });
  onTestFinished(() => client.destroy());
  const listing = s3Target(client, profiles.aws).listUploads('b', '');
  await expect(listing).rejects.toMatchObject({
    name: 'InvalidRequest',
    message: expect.stringMatching(/INVALID_CHAR/),
  });
});
