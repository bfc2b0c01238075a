import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dynamodbCheckpoints } from '../../../functions/adapters/dynamodb/checkpoints.ts';
import { systemClock } from '../../../functions/adapters/system-clock.ts';
import type { Checkpoints } from '../../../functions/engine/ports/ports.ts';
import { initiateStep } from '../../../functions/engine/steps.ts';
import { uploadOf } from '../../../functions/transfer/transfer.ts';
import { startDynamodb } from '../../conformance/dynamodb.ts';
import { recordedPart, scaleRequest, scaleWorld } from './scale-world.ts';

export type PlanMeasured = {
  readonly rows: number;
  readonly ms: number;
  /** The most memory that the process of Plan had, in bytes, and the same without rows. */
  readonly residentBytes: number;
  readonly residentBytesAtNone: number;
};

const ROUNDS = 5;
const RECORDED_AT_ONCE = 50;
const planner = fileURLToPath(new URL('plan-process.ts', import.meta.url));

/** Runs Plan in processes of its own, against a table in which all parts of a large object but one are recorded. */
export async function measurePlan(objectBytes: number): Promise<PlanMeasured> {
  Object.assign(process.env, { AWS_REGION: 'local', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  const table = await startDynamodb();
  try {
    const checkpoints = dynamodbCheckpoints('checkpoints', systemClock, table.client);
    const { w } = scaleWorld(objectBytes, { checkpoints, clock: systemClock });
    const execution = { arn: 'arn:aws:states:local:123456789012:execution:partway:scale', redriveCount: 0 };
    const { transferId } = await initiateStep(w.ports)({ input: scaleRequest, execution });
    const ask = () => once([table.endpoint, String(objectBytes), transferId, execution.arn]);
    const { residentBytes: residentBytesAtNone } = await ask();
    const rows = await recordAllButOne(checkpoints, transferId);
    const measured: Once[] = [];
    for (let round = 0; round < ROUNDS; round += 1) measured.push(await ask());
    if (measured.some(({ missing }) => missing !== 1))
      throw new Error(`Plan did not see the rows: ${JSON.stringify(measured)}`);
    const of = (field: keyof Once) => medianOf(measured.map((each) => each[field]));
    return { rows, ms: of('ms'), residentBytes: of('residentBytes'), residentBytesAtNone };
  } finally {
    await table.close();
  }
}

async function recordAllButOne(checkpoints: Checkpoints, transferId: string): Promise<number> {
  const transfer = await checkpoints.read(transferId);
  if (!transfer?.plan) throw new Error('The transfer has no plan.');
  const { plan } = transfer;
  const upload = uploadOf(transfer);
  const last = plan.partCount - 1;
  for (let first = 1; first <= last; first += RECORDED_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(RECORDED_AT_ONCE, last + 1 - first) }, (_, index) => first + index);
    await Promise.all(
      numbers.map((partNumber) => checkpoints.recordPart(transferId, upload, recordedPart(plan, partNumber))),
    );
  }
  return last;
}

type Once = { readonly ms: number; readonly missing: number; readonly residentBytes: number };

async function once(given: readonly string[]): Promise<Once> {
  const { stdout } = await promisify(execFile)(process.execPath, [planner, ...given]);
  return JSON.parse(stdout);
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
