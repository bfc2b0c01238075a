import { describe, expect, it } from 'vitest';
import {
  headerKey,
  idempotencyRow,
  keptUrlKey,
  listedKey,
  lockKey,
  NEWEST,
  partKey,
  reportKey,
  sweepKey,
  sweepRowsKey,
} from '../../functions/adapters/dynamodb/rows.ts';
import { SCHEMA } from '../../functions/transfer/schema.ts';
import { shapesOf } from './shapes.ts';

/** Every type that the table stores, and every type that the state machine, EventBridge and the functions exchange. */
const STORED_OR_SENT = {
  'functions/adapters/dynamodb/rows.ts': ['HeaderRow', 'PartRow', 'ReportRow'],
  'functions/transfer/sweep-report.ts': ['SweepSummary', 'SweepRow'],
  'functions/engine/ports/ports.ts': ['Announcement'],
  'functions/transfer/messages.ts': [
    'ArrivalTarget',
    'InitiateInput',
    'InitiateOutput',
    'WaitOutput',
    'PlanInput',
    'PlanOutput',
    'Retried',
    'CopyWholeInput',
    'CopyBatchInput',
    'ReadBackInput',
    'CompleteInput',
    'CompleteOutput',
    'AbortInput',
  ],
} as const;

const keys = {
  header: headerKey('id'),
  listed: listedKey('id'),
  part: partKey('id', 'upload', 7),
  report: reportKey('id', 7),
  lock: lockKey({ endpoint: 'endpoint', bucket: 'bucket', key: 'key' }),
  idempotencyKey: idempotencyRow('key'),
  url: keptUrlKey('id'),
  sweep: sweepKey('id'),
  sweepRows: sweepRowsKey('id', 7),
  index: NEWEST,
};

describe('Every type that is stored or sent', () => {
  it('has the fields of its schema; a new field needs the next number in functions/transfer/schema.ts', async () => {
    const rows = Object.entries(keys).map(([name, key]) => `${name}: ${JSON.stringify(key)}`);
    const lines = [...rows, ...shapesOf(STORED_OR_SENT)];
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`schema-${SCHEMA}.shape.txt`);
  });
});
