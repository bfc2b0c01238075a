import { isFinal } from '../../functions/transfer/transfer.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { counted } from '../cli/options/units.ts';
import type { ApiClient } from '../client/api/api.ts';

const PAGES_MAX = 10; // an object has at most 10,000 parts, and a page has 1,000

/** A sentence about a transfer that an earlier start has begun. Undefined for a new one, which has no plan yet. */
export async function goingOnWith(
  client: Pick<ApiClient, 'parts'>,
  { transferId, state, plan }: TransferView,
): Promise<string | undefined> {
  if (!plan || isFinal(state)) return undefined;
  const recorded = await countParts(client, transferId);
  return `Continuing ${transferId}: ${recorded} of ${counted(plan.partCount, 'part')} ${recorded === 1 ? 'is' : 'are'} safe.`;
}

async function countParts(client: Pick<ApiClient, 'parts'>, transferId: string): Promise<number> {
  let count = 0;
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await client.parts(transferId, { after });
    count += answer.parts.length;
    if (answer.after === undefined) break;
    after = String(answer.after);
  }
  return count;
}
