import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, type StorageClass } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';
import { tempered } from '../temper/tempered.ts';

const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
let server: RunningStore;
let client: ReturnType<typeof s3Client>;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'partway-archived-'));
  server = await startStore({
    directory,
    port: 0,
    ...keys,
    region: 'us-east-1',
    buckets: ['data'],
    around: tempered(),
  });
  const { url } = server;
  const endpoint = { name: 'e', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['data'] };
  client = s3Client(endpoint, profiles.aws, keys);
});
afterEach(() => misbehaving([]));
afterAll(async () => {
  client.destroy();
  await server.close();
});

const misbehaving = (rules: unknown[]) =>
  fetch(`${server.url}/-/temper`, { method: 'PUT', body: JSON.stringify(rules) }).then(({ status }) =>
    expect(status).toBeLessThan(300),
  );
const told = (headers: Record<string, string>) => ({ operation: 'HeadObject', fault: { kind: 'answer', headers } });
const unreadable = (status: number, code: string) => ({
  operation: 'GetObject',
  fault: { kind: 'refuse', moment: 'before', status, code },
});

/** Why an object of this class cannot be read, in the source's words. `undefined`: it can be read. */
async function archived(StorageClass: StorageClass, Body = 'x'): Promise<string | undefined> {
  await client.send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body, StorageClass }));
  const source = s3Source(client, { endpoint: 'e', bucket: 'data', key: 'x' }, { verify: true, profile: profiles.aws });
  return (await source.inspect())?.archived;
}

describe('An object', () => {
  it.each(['GLACIER', 'DEEP_ARCHIVE'] as const)('of the class %s must be restored first', async (storageClass) => {
    expect(await archived(storageClass)).toBe(`it is archived (${storageClass}), and must be restored first`);
  });

  it.each(['STANDARD', 'GLACIER_IR', 'INTELLIGENT_TIERING'] as const)(
    'of the class %s can be read',
    async (storageClass) => {
      expect(await archived(storageClass)).toBeUndefined();
    },
  );

  it('that its store moved to an archive tier must be restored first', async () => {
    await misbehaving([told({ 'x-amz-archive-status': 'DEEP_ARCHIVE_ACCESS' }), unreadable(403, 'InvalidObjectState')]);
    expect(await archived('INTELLIGENT_TIERING')).toMatch(
      /^it is archived \(INTELLIGENT_TIERING, DEEP_ARCHIVE_ACCESS\)/,
    );
  });

  it('whose restore is running cannot be read yet, and the reason says so', async () => {
    await misbehaving([told({ 'x-amz-restore': 'ongoing-request="true"' })]);
    expect(await archived('GLACIER')).toBe('it is archived (GLACIER), and its restore has not ended yet');
  });

  it('that was restored can be read', async () => {
    await misbehaving([
      told({ 'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2040 00:00:00 GMT"' }),
    ]);
    expect(await archived('GLACIER')).toBeUndefined();
  });

  it.each(['ColdArchive', 'COLD', 'ARCHIVE_FR'])(
    'of another provider’s class %s can be read if its first byte can be read',
    async (storageClass) => {
      await misbehaving([told({ 'x-amz-storage-class': storageClass })]);
      expect(await archived('STANDARD')).toBeUndefined();
      await misbehaving([told({ 'x-amz-storage-class': storageClass }), unreadable(403, 'InvalidObjectState')]);
      expect(await archived('STANDARD')).toMatch(`(${storageClass})`);
    },
  );

  it('that cannot be read for another reason fails for that reason', async () => {
    await misbehaving([told({ 'x-amz-storage-class': 'GLACIER' }), unreadable(503, 'SlowDown')]);
    await expect(archived('STANDARD')).rejects.toMatchObject({ name: 'Throttled' });
  });
});
