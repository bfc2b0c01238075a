import { TransferError } from '../../transfer/errors.ts';
import type { ArrivalTarget, InitiateInput } from '../../transfer/messages.ts';
import { arrivalSchema, parse } from '../../transfer/request.ts';
import { type ObjectAddress, type Transfer, targetName } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { formerIdOfArrival, transferIdOf, transferIdOfArrival } from './identity.ts';

/**
 * What started an execution: the id of a transfer (from the API), an object that arrived (from an S3 event), or a
 * request that a person typed in the console. The same input always gives the same transfer, so it may come twice.
 */
export type ExecutionOrder = {
  readonly transferId: string;
  readonly body: unknown;
  readonly sequencer?: string | undefined;
  readonly former?: Former | undefined;
};

/** Earlier versions gave this arrival another id, which was the same for all its targets. */
type Former = { readonly transferId: string; readonly target: ObjectAddress };

/**
 * The input of a state, as far as it says which transfer is meant. Only the first state gets what started the
 * execution.
 */
export type StateInput = { readonly transferId: string } | Pick<InitiateInput, 'input' | 'execution'>;

/**
 * The transfer that the input of a state means. `undefined`: the checkpoint does not have it. Throws InvalidRequest for
 * a malformed S3 event.
 */
export async function findTransfer(
  ports: Pick<Ports, 'checkpoints'>,
  input: StateInput,
): Promise<Transfer | undefined> {
  if ('transferId' in input) return ports.checkpoints.read(input.transferId);
  return findOrdered(ports, readOrder(input.input, input.execution.arn));
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

/**
 * Throws InvalidRequest for a malformed S3 event. `body` is undefined if the input is only the id of a transfer that
 * must exist already.
 */
export function readOrder(input: unknown, executionArn: string): ExecutionOrder {
  const fields = typeof input === 'object' && input !== null ? input : {};
  if ('transferId' in fields) return { transferId: String(fields.transferId), body: undefined };
  if ('arrived' in fields) return orderOfArrival(fields);
  return { transferId: transferIdOf('execution', executionArn), body: input };
}

function orderOfArrival(input: { arrived?: unknown; into?: unknown }): ExecutionOrder {
  const arrival = parse(arrivalSchema, input.arrived, 'The S3 event');
  const into = intoOf(input.into);
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

/** infra/ingest/ingest.ts writes it. In the console a person may have left it out. */
function intoOf(into: unknown): ArrivalTarget {
  const fields = (typeof into === 'object' && into !== null ? into : {}) as Readonly<Record<string, unknown>>;
  const missing = ['sourceEndpoint', 'endpoint', 'bucket', 'keyPrefix'].filter(
    (name) => typeof fields[name] !== 'string',
  );
  if (missing.length === 0) return into as ArrivalTarget;
  const names = missing.map((name) => `\`into.${name}\``).join(', ');
  throw new TransferError('InvalidRequest', `The input of the execution has \`arrived\`, so it needs ${names} too.`);
}
