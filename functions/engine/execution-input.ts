import { transferIdOf, transferIdOfArrival } from '../transfer/identity.ts';
import type { ArrivalTarget, InitiateInput } from '../transfer/messages.ts';
import { arrivalSchema, parse } from '../transfer/request.ts';

/**
 * What an execution was started with: a transfer by its id (the API), an object that arrived (S3's event), or a request
 * as a person types it in the console. Each gives the same transfer whenever it is read, so it may be delivered twice.
 */
export type ExecutionOrder = {
  readonly transferId: string;
  readonly body: unknown;
  readonly sequencer?: string | undefined;
};

/** What the first state is asked, and what all others are. */
export type Asked = { readonly transferId: string } | Pick<InitiateInput, 'input' | 'execution'>;

export function idOf(asked: Asked): string {
  return 'transferId' in asked ? asked.transferId : readOrder(asked.input, asked.execution.arn).transferId;
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
  const into = input.into as ArrivalTarget; // written by infra/ingest.ts, not by a user
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
    transferId: transferIdOfArrival(arrival),
    body: { ...into.options, source, target },
    sequencer: object.sequencer ?? '0',
  };
}
