import { TransferError } from '../../../functions/transfer/errors.ts';
import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import { failedAs, holds, same, untouched } from '../claims.ts';
import { small, type Trial, trialTo } from '../trial.ts';
import type { Case } from './case.ts';

export const planned: Case = {
  name: 'plan',
  claim: 'gets no writes from a plan, and the plan refuses a request with the same words as the copy',
  run: async (bench, key) => {
    const { partBytesMin } = bench.profile.part;
    const resumeFrom = { uploadId: 'nobody-knows-it', partBytes: partBytesMin };
    await refusedAlike(trialTo(bench, key), { partBytes: undefined, resumeFrom }, 'InvalidRequest');
    const gone = { target: { endpoint: 'b', bucket: 'there-is-none', key } };
    const trial = trialTo(bench, key);
    const { ports } = trial.world;
    const { admit } = ports;
    ports.admit = async () => {};
    await refusedAlike(trial, gone, 'NoSuchBucket').finally(() => {
      ports.admit = admit;
    });
    const client = bench.client({ keys: { secretAccessKey: 'wrong' } });
    await refusedAlike(trialTo(bench, `${key}-keys`, { client }), {}, 'Refused');
    const wordless = { status: 403, code: 'AccessDenied' };
    const heal = bench.proxy.trouble({
      on: ['HeadObject', 'GetObject'],
      refuse: (ask) => (ask.key === `${key}-head` ? wordless : undefined),
    });
    await refusedAlike(trialTo(bench, `${key}-head`), {}, 'Refused');
    heal();
    const there = small();
    await bench.behind.put(`${key}-there`, there);
    await refusedAlike(trialTo(bench, `${key}-there`), { overwrite: 'never' }, 'TargetExists');
    const { atTarget } = await trialTo(bench, `${key}-there`).plan();
    same('found', atTarget, { fate: 'replaced', bytes: there.length, because: 'overwrite is "always"' });
    for (const each of [key, `${key}-keys`, `${key}-head`]) untouched(bench, each);
  },
};

async function refusedAlike(trial: Trial, more: Partial<TransferRequestInput>, name: string): Promise<void> {
  const refusal = await trial.plan(more).catch((error: unknown) => error);
  const end = await trial.copy(more);
  failedAs(end, name);
  holds(`the plan was not refused: ${JSON.stringify(refusal)}`, refusal instanceof TransferError);
  if (!(refusal instanceof TransferError)) return;
  const { errorMessage } = JSON.parse(end.cause ?? '{}') as { errorMessage?: string };
  same('refused by the plan', [refusal.name, refusal.message], [end.error, errorMessage]);
}
