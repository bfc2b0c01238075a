import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it, onTestFinished } from 'vitest';
import { startStore } from '../../tools/store/server.ts';
import { commandsOn } from '../e2e/commands.ts';
import { startStackProcess } from '../e2e/stack-process.ts';
import { startSts } from './sts.ts';

const region = 'eu-central-1';
const base = { accessKeyId: 'AKIABASE', secretAccessKey: 'hush-of-base' };

it('A stack on a computer assumes the role that settings.json names, for copies and for pushes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'partway-role-home-'));
  const sts = await startSts({ base, region, externalId: 'partner-7' });
  onTestFinished(() => sts.close());
  const directory = mkdtempSync(join(tmpdir(), 'partway-role-store-'));
  const owner = { accessKeyId: 'owner', secretAccessKey: 'of-the-store' };
  const store = await startStore({ directory, port: 0, ...owner, region, buckets: ['data'], callers: sts.callers });
  onTestFinished(() => store.close());
  const role = { arn: 'arn:aws:iam::123456789012:role/partway', externalId: 'partner-7', stsUrl: sts.url };
  const theirs = { provider: 'aws', url: store.url, region, ...base, allow: ['data'], role };
  const stack = await startStackProcess(home, { endpoints: { theirs } });
  onTestFinished(() => stack.stop());
  await stack.store('a').send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body: 'x'.repeat(100) }));
  const file = join(home, 'file.bin');
  writeFileSync(file, randomBytes(6 * 1024 * 1024));
  const { run } = commandsOn(stack);
  for (const words of [
    ['copy', 'a:data/x', 'theirs:data/copied'],
    ['copy', file, 'theirs:data/pushed', '--part-size', '5MiB'],
    ['copy', 'theirs:data/pushed', 'b:data/back', '--part-size', '5MiB'],
  ])
    expect(await run(words)).toMatchObject({ code: 0 });
  expect(sts.asked.length).toBeGreaterThan(0);
  expect(new Set(sts.asked.map(({ RoleArn, ExternalId }) => `${RoleArn} ${ExternalId}`))).toEqual(
    new Set([`${role.arn} partner-7`]),
  );
});
