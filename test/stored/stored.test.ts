import { readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb/checkpoints.ts';
import { headerKey, partKey, reportKey } from '../../functions/adapters/dynamodb/rows.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { finishPush } from '../../functions/engine/push/finish-push.ts';
import { recordParts } from '../../functions/engine/push/record-parts.ts';
import { signParts } from '../../functions/engine/push/sign-parts.ts';
import { objectWrite } from '../../functions/engine/stores/object-write.ts';
import { isErrorName } from '../../functions/transfer/errors.ts';
import { partLength, partRange } from '../../functions/transfer/plan.ts';
import { upgraded } from '../../functions/transfer/schema.ts';
import type { BatchReport } from '../../functions/transfer/tally.ts';
import { type CopiedPart, newTransfer, type Transfer, uploadOf } from '../../functions/transfer/transfer.ts';
import { startDynamodb } from '../conformance/dynamodb.ts';
import { type World, world } from '../workflow/world.ts';

/** A transfer of an earlier version: its rows in the table, and the payloads that the state machine sent to functions. */
type Stored = {
  readonly header: Transfer;
  readonly parts: readonly CopiedPart[];
  readonly reports: readonly BatchReport[];
  readonly payloads: readonly { readonly step: string; readonly payload: unknown }[];
};

const folder = (schema: number) => new URL(`schema-${schema}/`, import.meta.url);
const stored = [1, 2, 3].flatMap((schema) =>
  readdirSync(folder(schema)).map((file) => ({
    schema,
    name: file.replace('.json', ''),
    text: readFileSync(new URL(file, folder(schema)), 'utf8'),
  })),
);
const read = (text: string): Stored => JSON.parse(text);

/** The bytes of the source of the stored transfers. */
const content = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, at) => (at * 7 + (at >> 8)) % 251));

/** Puts the stored transfer into a world that has its source, and its upload with the parts that were copied. */
async function revived(text: string): Promise<{ w: World; transfer: Transfer }> {
  const w = world();
  const { header } = read(text);
  const bytes = header.source?.bytes ?? 4096;
  w.from.put('data', 'x', content(bytes));
  const uploadId = await uploadFor(w, upgraded(header));
  const {
    header: old,
    parts,
    reports,
  } = read(header.uploadId === undefined ? text : text.replaceAll(header.uploadId, uploadId ?? ''));
  const transfer = await w.ports.checkpoints.create(upgraded(old));
  for (const part of parts) {
    const { first, last } = partRange(transfer.plan!, part.partNumber);
    const where = { target: transfer.request.target, uploadId: uploadId ?? '', partNumber: part.partNumber };
    const body = Readable.from([content(bytes).subarray(first, last + 1)], { objectMode: false });
    const write = { ...where, bytes: partLength(transfer.plan!, part.partNumber) };
    if (uploadId) await w.to.writePart(write, body, new AbortController().signal);
    await w.ports.checkpoints.recordPart(transfer.transferId, uploadOf(transfer), part);
  }
  if (transfer.readingBack) await w.to.completeUpload(objectWrite(transfer, w.to.profile), uploadId ?? '', parts);
  for (const report of reports) await w.ports.checkpoints.report(transfer.transferId, report);
  return { w, transfer };
}

async function uploadFor(w: World, transfer: Transfer): Promise<string | undefined> {
  return transfer.uploadId === undefined ? undefined : w.to.beginUpload(objectWrite(transfer, w.to.profile));
}

describe.each(stored)('A transfer of schema $schema: $name', ({ schema, text }) => {
  it('has every field that the present code knows, after it was read', () => {
    const { header } = read(text);
    const known = Object.keys(newTransfer('x', header.request, 0));
    expect(Object.keys(upgraded(header, schema))).toEqual(expect.arrayContaining(known));
  });

  it('can be read and listed from the table, with its parts and reports', async () => {
    const server = await startDynamodb();
    const { header, parts, reports } = read(text);
    const { transferId, createdAtMs } = header;
    const ttl = Math.floor(Date.now() / 1000) + 3600;
    const documents = DynamoDBDocumentClient.from(server.client, { marshallOptions: { removeUndefinedValues: true } });
    const put = (row: object) =>
      documents.send(new PutCommand({ TableName: 'checkpoints', Item: { ...row, ttl } as Record<string, unknown> }));
    await put({ ...headerKey(transferId), kind: 'TRANSFER', createdAtMs, revision: 3, transfer: header });
    for (const part of parts) await put({ ...partKey(transferId, uploadOf(header), part.partNumber), ...part });
    for (const report of reports) await put({ ...reportKey(transferId, report.firstPart), ...report });
    const checkpoints = dynamodbCheckpoints('checkpoints', systemClock, server.client);
    expect(await checkpoints.read(transferId)).toEqual(upgraded(header, schema));
    expect((await checkpoints.list({ limit: 5, after: undefined })).transfers).toEqual([upgraded(header, schema)]);
    expect(await checkpoints.parts(transferId, uploadOf(header), 1, 10_000)).toEqual(parts);
    // Reports of older code do not say what was lost.
    const known = reports.map((report: object) => ({ bytesLost: 0, ...report }));
    expect(await checkpoints.reports(transferId)).toEqual(known);
    await server.close();
  });

  it('has payloads that every step still accepts', async () => {
    for (const { step, payload } of read(text).payloads) {
      const { w } = await revived(text);
      const outcome = await w.invoke(step, payload);
      const name = 'functionError' in outcome ? outcome.functionError.errorType : undefined;
      expect([step, name === undefined || (isErrorName(name) && name !== 'InternalError')]).toEqual([step, true]);
    }
  });

  it('is found again by the same request', async () => {
    const { w, transfer } = await revived(text);
    const again = await startTransfer(w.ports)({ body: read(text).header.request, idempotencyKey: 'stored' });
    if (!text.includes('"sequencer"')) expect(again.transfer.transferId).toBe(transfer.transferId);
  });
});

describe('A stream that was begun before parts grew', () => {
  it('goes on in equal parts, as its plan says', async () => {
    const { text } = stored.find(({ name }) => name === 'pushing-a-stream')!;
    const { w } = await revived(text);
    const { transfer } = await startTransfer(w.ports)({ body: read(text).header.request, idempotencyKey: 'stored' });
    const { transferId, plan } = transfer;
    const whole = content(4 * 1024 - 7);
    for (const partNumber of [3, 4]) {
      const { first } = partRange(plan!, partNumber);
      const bytes = whole.subarray(first, first + 1024);
      const part = { partNumber, bytes: bytes.length, crc32: crc32(bytes) };
      const { uploadId, urls } = await signParts(w.ports)(transferId, { parts: [part] });
      expect(urls).toHaveLength(1);
      const where = { target: transfer.request.target, uploadId, ...part };
      const { etag } = await w.to.writePart(where, Readable.from([bytes]), new AbortController().signal);
      await recordParts(w.ports)(transferId, { uploadId, parts: [{ ...part, etag }] });
    }
    await finishPush(w.ports)(transferId, { bytes: whole.length, crc32: crc32(whole) });
    expect(await w.settled(`${transferId}-1`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(whole);
  });
});

describe.each(stored.filter(({ name }) => /^(failed|paused|accepted)/.test(name)))(
  'A transfer of schema $schema: $name',
  ({ text }) => {
    it('resumes and copies only the parts that are missing', async () => {
      const { w, transfer } = await revived(text);
      const copied = read(text).parts.length;
      const sent: number[] = [];
      w.faults.target = (store) => ({
        ...store,
        writePart: async (part, body, signal) => {
          sent.push(part.partNumber);
          return store.writePart(part, body, signal);
        },
      });
      await resumeTransfer(w.ports)(transfer.transferId);
      const { executionsBegun } = transfer;
      expect(await w.settled(`${transfer.transferId}-${executionsBegun + 1}`)).toMatchObject({ status: 'SUCCEEDED' });
      const { bucket, key } = transfer.request.target;
      const bytes = transfer.source?.bytes ?? 4096;
      expect(w.to.get(bucket, key)).toEqual(content(bytes));
      expect(sent).toHaveLength(Math.ceil(bytes / 1024) - copied);
    });
  },
);
