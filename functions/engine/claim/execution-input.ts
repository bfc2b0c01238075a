import type { ArrivalTarget, InitiateInput } from '../../transfer/messages.ts';
import { arrivalSchema, parse } from '../../transfer/request.ts';
import { type ObjectAddress, type Transfer, targetName } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { formerIdOfArrival, transferIdOf, transferIdOfArrival } from './identity.ts';

/**
 * What an execution was started with: a transfer by its id (the API), an object that arrived (S3's event), or a request
 * as a person types it in the console. Each gives the same transfer whenever it is read, so it may be delivered twice.
 */
export type ExecutionOrder = {
  readonly transferId: string;
  readonly body: unknown;
  readonly sequencer?: string | undefined;
  readonly former?: Former | undefined;
};

/** An earlier version gave another id to this arrival, and did not tell its targets apart. */
type Former = { readonly transferId: string; readonly target: ObjectAddress };

/** What the first state is asked, and what all others are. */
export type Asked = { readonly transferId: string } | Pick<InitiateInput, 'input' | 'execution'>;

/** The transfer that a state is asked about, where it is written down. Throws InvalidRequest for an event that is none. */
export async function findTransfer(ports: Pick<Ports, 'checkpoints'>, asked: Asked): Promise<Transfer | undefined> {
  if ('transferId' in asked) return ports.checkpoints.read(asked.transferId);
  return findOrdered(ports, readOrder(asked.input, asked.execution.arn));
}

export async function findOrdered(
  { checkpoints }: Pick<Ports, 'checkpoints'>,
  { transferId, former }: ExecutionOrder,
): Promise<Transfer | undefined> {
  const transfer = await checkpoints.read(transferId);
  if (transfer || !former) return transfer;
  const older = await checkpoints.read(former.transferId);
  return older && targetName(older.request.target) === targetName(former.target) ? older : undefined;
}

/** Throws InvalidRequest for an event that is none. `body` is undefined when the transfer must be known already. */
export function readOrder(input: unknown, executionArn: string): ExecutionOrder {
  const fields = typeof input === 'object' && input !== null ? input : {};
  if ('transferId' in fields) return { transferId: String(fields.transferId), body: undefined };
  if ('arrived' in fields) return orderOfArrival(fields);
  return { transferId: transferIdOf('execution', executionArn), body: input };
}

function orderOfArrival(input: { arrived?: unknown; into?: unknown }): ExecutionOrder {
  const arrival = parse(arrivalSchema, input.arrived, 'The S3 event');
  const into = input.into as ArrivalTarget; // written by infra/ingest/ingest.ts, not by a user
  const { bucket, object } = arrival;
  const versionId = object['version-id'];
  const source = {
    endpoint: into.sourceEndpoint,
    bucket: bucket.name,
    key: object.key,
    ...(versionId ? { versionId } : {}),
  };
  const target = { endpoint: into.endpoint, bucket: into.bucket, key: into.keyPrefix + object.key };
  return {
    transferId: transferIdOfArrival(arrival, target),
    body: { ...into.options, source, target },
    sequencer: object.sequencer ?? '0',
    former: { transferId: formerIdOfArrival(arrival), target },
  };
}
