import { asFailure, type Failure, TransferError } from '../../transfer/errors.ts';
import { parseRequest, type TransferRequest } from '../../transfer/request.ts';
import { newTransfer, type Transfer } from '../../transfer/transfer.ts';
import { foreignText } from '../../transfer/values/foreign-text.ts';
import { readOrder } from '../claim/execution-input.ts';
import { transferIdOf } from '../claim/identity.ts';

// A key has at most 1,024 bytes. This one may be longer: perhaps that is why it was refused.
const SHOWN_CHARACTERS = 1500;

/**
 * A transfer for the list, made of an object that arrived and makes no request. It has ended, holds no key, and cannot be
 * resumed. It has an id of its own, so the same event may come again when its rule is corrected. `undefined`: nothing
 * arrived.
 */
export function refusedArrival(input: unknown, arn: string, nowMs: number): Transfer | undefined {
  const { arrived, into } = fieldsOf(input);
  const failure = arrived === undefined ? undefined : refusalOf(input, arn);
  if (!failure) return undefined;
  const { bucket, object } = fieldsOf(arrived);
  const place = fieldsOf(into);
  const key = textOf(fieldsOf(object).key);
  const source = { endpoint: textOf(place.sourceEndpoint), bucket: textOf(fieldsOf(bucket).name), key };
  const prefix = typeof place.keyPrefix === 'string' ? place.keyPrefix : '';
  const target = { endpoint: textOf(place.endpoint), bucket: textOf(place.bucket), key: textOf(prefix + key) };
  const transfer = newTransfer(transferIdOf('execution', arn), { ...defaults(), source, target }, nowMs);
  return { ...transfer, state: 'aborted', execution: { arn, redriveCount: 0 }, executionsBegun: 1, failure };
}

/** Why the input makes no request. The execution may have failed for another reason, before Initiate could say so. */
function refusalOf(input: unknown, arn: string): Failure | undefined {
  try {
    parseRequest(readOrder(input, arn).body);
    return undefined;
  } catch (error) {
    if (error instanceof TransferError) return asFailure(error.name, error.message);
    throw error;
  }
}

/** What a request has if it says nothing else. */
function defaults(): TransferRequest {
  const object = { endpoint: 'a', bucket: 'bucket', key: 'key' };
  return parseRequest({ source: object, target: { ...object, endpoint: 'b' } });
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? foreignText(value, SHOWN_CHARACTERS) : '?';
}
