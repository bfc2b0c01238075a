import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Announcement } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';

export const EVENT_SOURCE = 'partway';

/** EventBridge's default bus. Anybody in the account may listen to it. */
export function eventBus(client = new EventBridgeClient({})): (announcement: Announcement) => Promise<void> {
  return async ({ type, detail }) => {
    const entry = { Source: EVENT_SOURCE, DetailType: type, Detail: JSON.stringify(detail) };
    const { FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: [entry] })).catch((error) => {
      throw notTaken(type, error);
    });
    if (FailedEntryCount) throw new TransferError('Throttled', `EventBridge did not take the event "${type}".`);
  };
}

function notTaken(type: string, error: Error): TransferError {
  const name = /AccessDenied/.test(error.name) ? 'Refused' : /Throttl/.test(error.name) ? 'Throttled' : 'Unreachable';
  return new TransferError(name, `EventBridge did not take the event "${type}": ${error.name}.`, { cause: error });
}
