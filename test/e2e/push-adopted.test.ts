import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CreateMultipartUploadCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type Commands, commandsOn, sha256, streamed } from './commands.ts';
import { type StackProcess, startStackProcess } from './stack-process.ts';

const PART = 5 * MiB;
const PARTS = 6;
const folder = mkdtempSync(join(tmpdir(), 'partway-push-adopted-'));
const file = join(folder, 'disk.img');
const content = randomBytes(PARTS * PART - 17);
let stack: StackProcess;
let commands: Commands;

beforeAll(async () => {
  writeFileSync(file, content);
  stack = await startStackProcess(join(folder, 'home'));
  commands = commandsOn(stack);
});
afterAll(() => stack?.stop());

/** Begins an upload as another program leaves it. Its part 3 has other bytes than the file. */
async function begunElsewhere(Key: string): Promise<string> {
  const place = { Bucket: 'data', Key };
  const { UploadId } = await stack.store('b').send(new CreateMultipartUploadCommand(place));
  for (const PartNumber of [1, 2, 3]) {
    const Body = PartNumber === 3 ? randomBytes(PART) : content.subarray((PartNumber - 1) * PART, PartNumber * PART);
    await stack.store('b').send(new UploadPartCommand({ ...place, UploadId, PartNumber, Body }));
  }
  return UploadId ?? '';
}

const adopting = (key: string, uploadId: string, partSize = '5MiB') => [
  ...['copy', file, `b:data/${key}`, '--adopt', uploadId, '--part-size', partSize],
];

describe('partway copy of a file into an upload that another program began', () => {
  it('sends what is missing and what has other bytes, and then knows the bytes of all parts', async () => {
    const uploadId = await begunElsewhere('adopted');
    const before = await commands.partsAtStore();
    const { code, stderr } = await commands.run(adopting('adopted', uploadId));
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect((await commands.partsAtStore()) - before).toBe(PARTS - 2);
    expect(await commands.arrived('adopted')).toBe(sha256(content));
    const { receipt } = await commands.newest();
    expect(receipt?.crc32).toBe(crc32(content).toString(16).padStart(8, '0'));
    expect(receipt?.unproven.join()).not.toContain('another program');
  });

  it('goes on after a kill, without sending a part that was compared', async () => {
    const uploadId = await begunElsewhere('killed');
    const before = await commands.killedWhenSent([...adopting('killed', uploadId), '--parts-at-once', '1'], 2);
    expect((await commands.run(adopting('killed', uploadId))).code).toBe(0);
    expect(await commands.arrived('killed')).toBe(sha256(content));
    expect((await commands.partsAtStore()) - before).toBeLessThanOrEqual(PARTS - 2 + 1);
  });

  it('takes no object for its own that was there before and has the same length', async () => {
    const Body = randomBytes(content.length);
    await stack.store('b').send(new PutObjectCommand({ Bucket: 'data', Key: 'there', Body }));
    const uploadId = await begunElsewhere('there');
    expect((await commands.run(adopting('there', uploadId))).code).toBe(0);
    expect(await commands.arrived('there')).toBe(sha256(content));
  });

  it('is refused before anything is sent if there is no such upload, or it was cut in another way; the key stays free', async () => {
    const uploadId = await begunElsewhere('refused');
    const before = await commands.partsAtStore();
    const unknown = await commands.run(adopting('refused', 'nobody'));
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/--adopt: b:data\/refused has no upload/),
    ]);
    const other = await commands.run(adopting('refused', uploadId, '6MiB'));
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--part-size 5 MiB would fit them all')]);
    const stream = await commands.run(['copy', '-', ...adopting('refused', uploadId).slice(2)], streamed(content));
    expect([stream.code, stream.stderr]).toEqual([2, expect.stringContaining('--adopt works only for')]);
    expect(await commands.partsAtStore()).toBe(before);
    expect((await commands.run(adopting('refused', uploadId))).code).toBe(0);
  });
});
