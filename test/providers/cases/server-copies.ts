import { explain } from '../../../functions/transfer/views/explain.ts';
import type { Bench } from '../bench.ts';
import { arrived, holds, partsTaken, same, succeeded } from '../claims.ts';
import { type End, sourceOf, trialWithin } from '../trial.ts';
import type { Case } from './case.ts';

const whole = { multipartThresholdBytes: 100 * 1024 * 1024 };

export const serverCopy: Case = {
  name: 'server copy',
  claim:
    'copies by itself between its own objects if its profile says so; otherwise Partway streams the bytes and says so',
  run: async (bench, key) => {
    for (const [name, wishes] of Object.entries({ parts: {}, whole })) {
      const trial = await trialWithin(bench, `${key}-${name}`);
      const end = await trial.copy(wishes);
      succeeded(end);
      await arrived(bench, `${key}-${name}`, trial);
      same('content type', (await bench.behind.head(`${key}-${name}`))?.ContentType, 'video/mp4');
      const { copiesInStore, reasons } = explained(bench, end);
      same('the plan says so', end.transfer.copiesInStore, copiesInStore);
      const decision = copiesInStore ? 'server-side copy' : 'stream';
      holds(
        `the plan does not say "${decision}"`,
        reasons.some((reason) => reason.decision === decision),
      );
      if (copiesInStore && end.transfer.copyRefused === undefined) copied(bench, `${key}-${name}`, end);
      else streamed(bench, `${key}-${name}`, end);
    }
  },
};

function explained({ profile }: Bench, { transfer: { request, source } }: End) {
  if (!source) throw new Error('There is no pinned source.');
  return explain({ request, source, profile });
}

/** Checks that we read no byte of the source, and that each request had the source's pin. */
function copied({ proxy }: Bench, key: string, { transfer }: End): void {
  const asked = [...proxy.asked(key, 'UploadPartCopy'), ...proxy.asked(key, 'CopyObject')];
  same('requests', asked.length, transfer.plan?.partCount);
  const pin = `"${transfer.source?.etag}"`;
  for (const { headers } of asked) same('condition', headers['x-amz-copy-source-if-match'], pin);
  same('reads', proxy.asked(sourceOf(key), 'GetObject').length, 0);
  same('bytes sent', transfer.receipt?.bytesSent, 0);
  same('parts on the receipt', transfer.receipt?.copiedInStore?.parts, transfer.plan?.partCount);
  holds(
    'the receipt does not say it',
    transfer.receipt?.proofs.some((proof) => /^copied by the store/.test(proof)) ?? false,
  );
}

function streamed({ proxy }: Bench, key: string, { transfer }: End): void {
  same('reads', proxy.asked(sourceOf(key), 'GetObject').length, transfer.plan?.partCount);
  const { receipt, copiesInStore, copyRefused } = transfer;
  const parts = copiesInStore ? { parts: 0, bytes: 0, whyNot: copyRefused } : undefined;
  same('the receipt', receipt?.copiedInStore, parts);
}

export const brokenPromise: Case = {
  name: 'copy refused',
  claim: 'may refuse a copy that its profile promises: Partway streams the bytes, and the receipt says why',
  run: async (bench, key) => {
    if (!bench.profile.listsParts) return 'without a list of its parts it is not asked';
    const refusals = [
      { status: 501, code: 'NotImplemented' },
      { status: 403, code: 'AccessDenied' },
      { status: 405, code: 'MethodNotAllowed' },
      { status: 400, code: 'InvalidRequest' },
    ];
    for (const refusal of refusals) {
      const at = `${key}-${refusal.code}`;
      const trial = await trialWithin(bench, at, { copiesParts: true });
      const heal = bench.proxy.trouble({
        on: ['UploadPartCopy'],
        refuse: (ask) => (ask.key === at ? refusal : undefined),
      });
      const end = await trial.copy();
      heal();
      if (end.transfer.source?.etag === undefined) return 'without ETags it is not asked';
      succeeded(end);
      await arrived(bench, at, trial);
      const { lists: lack } = bench.lacks;
      same('copies asked for', bench.proxy.asked(at, 'UploadPartCopy').length, lack ? 0 : 1);
      if (lack) return `${lack}, and without a list of its parts it is not asked`;
      same('parts taken', partsTaken(bench, at), { 1: 1, 2: 1 });
      const why = end.transfer.receipt?.copiedInStore?.whyNot ?? '';
      holds(`the receipt says "${why}"`, why.includes(`${refusal.status}`));
    }
    return undefined;
  },
};
