import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { s3Source } from '../../../functions/adapters/s3/source.ts';
import { s3Target } from '../../../functions/adapters/s3/target.ts';
import { requestAbort } from '../../../functions/engine/calls/request-abort.ts';
import { sweep } from '../../../functions/engine/sweep/sweep.ts';
import { type Bench, BUCKET } from '../bench.ts';
import { arrived, holds, same, succeeded } from '../claims.ts';
import { small, trialTo } from '../trial.ts';
import { type Case, hangingUp, onceBefore } from './case.ts';

const MINUTE_MS = 60_000;

export const listsParts: Case = {
  name: 'list parts',
  claim: 'lists all its parts with the ETags of its answers',
  run: async (bench, key) => {
    if (!bench.profile.listsParts) return 'the profile relies on the checkpoint alone';
    const { store, target, uploadId } = await begun(bench, key);
    if (bench.lacks.lists) {
      same('parts listed', await store.listParts(target, uploadId), undefined);
      await store.abortUpload(target, uploadId);
      return bench.lacks.lists;
    }
    const sent = [];
    for (const partNumber of [1, 2, 3]) {
      const bytes = bench.profile.part.partBytesMin === bench.profile.part.partBytesMax && partNumber < 3 ? 0 : 10;
      if (bytes === 0) continue; // other cases send whole parts of a fixed size
      const part = { target, uploadId, partNumber, bytes };
      const { etag } = await store.writePart(part, Readable.from([Buffer.alloc(bytes)]), AbortSignal.timeout(30_000));
      sent.push({ partNumber, bytes, etag });
    }
    same('parts listed', await store.listParts(target, uploadId), sent);
    const [asked] = bench.proxy.asked(key, 'ListParts');
    holds('the size of a page was left to the store', asked?.query['max-parts'] === '1000');
    await store.abortUpload(target, uploadId);
    return undefined;
  },
};

async function begun(bench: Bench, key: string) {
  const store = s3Target(bench.client(), bench.profile);
  const target = { endpoint: 'b', bucket: BUCKET, key };
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  return { store, target, write, uploadId: await store.beginUpload(write) };
}

export const listsUploads: Case = {
  name: 'list uploads',
  claim: 'lists orphaned uploads for the sweep, or the sweep says that it cannot see them',
  run: async (bench, key) => {
    const { store, target, uploadId } = await begun(bench, key);
    const { ports } = trialTo(bench, `${key}-other`).world;
    // Some stores round the time of an upload up to the next second.
    const clock = { ...ports.clock, nowMs: () => ports.clock.nowMs() + MINUTE_MS };
    const { orphans, skipped } = await sweep({ ...ports, clock })({ dryRun: true, orphanDays: 0 });
    const isSeen = orphans.some((orphan) => orphan.uploadId === uploadId);
    const listsUploads = bench.lacks.lists ? false : bench.profile.listsUploads;
    same('the sweep sees it', isSeen, listsUploads === true);
    const isSaid = skipped.some(({ what, why }) => what.startsWith('b:') && /cannot list its uploads/.test(why));
    same('the sweep says that it cannot', isSaid, listsUploads !== true);
    if (listsUploads === 'exact-key') {
      same(
        'by its key',
        (await store.listUploads(BUCKET, key))?.map((upload) => upload.uploadId),
        [uploadId],
      );
    }
    await store.abortUpload(target, uploadId);
  },
};

export const abort: Case = {
  name: 'abort',
  claim: 'keeps nothing of a transfer that was aborted in the middle',
  run: async (bench, key) => {
    const trial = trialTo(bench, key);
    const heal = bench.proxy.trouble(hangingUp(key, 'UploadPart'));
    const { transfer } = await trial.copy();
    heal();
    same('open uploads before', (await bench.behind.openUploads(key)).length, 1);
    await requestAbort(trial.world.ports)(transfer.transferId);
    await trial.world.settled(`${transfer.transferId}-2`);
    same('state', (await trial.world.ports.checkpoints.read(transfer.transferId))?.state, 'aborted');
    same('open uploads', await bench.behind.openUploads(key), []);
    same('object', await bench.behind.get(key), undefined);
  },
};

export const lost: Case = {
  name: 'lost upload',
  claim: 'may lose an upload: Partway begins another one',
  run: async (bench, key) => {
    const trial = trialTo(bench, key);
    const { store, target } = await begun(bench, `${key}-other`);
    const forget = async () => {
      const [uploadId = ''] = await bench.behind.openUploads(key);
      await s3Target(bench.behind.client, bench.profile).abortUpload({ ...target, key }, uploadId);
    };
    const heal = bench.proxy.trouble(onceBefore(key, 'UploadPart', forget));
    const end = await trial.copy();
    heal();
    succeeded(end);
    same('uploads begun', end.transfer.uploadsBegun, 2);
    await arrived(bench, key, trial);
    await store.abortUpload({ ...target, key: `${key}-other` }, 'no-such-upload'); // which is success
  },
};

export const lostAnswer: Case = {
  name: 'lost answer',
  claim: 'may lose the answer to Complete: Partway finds the object and sends nothing again',
  run: async (bench, key) => {
    const trial = trialTo(bench, key);
    const heal = bench.proxy.trouble({
      on: ['CompleteMultipartUpload'],
      answer: (reply, ask) => (ask.key === key ? 'hang up' : reply),
    });
    const end = await trial.copy();
    heal();
    succeeded(end);
    await arrived(bench, key, trial);
    same('parts sent', bench.proxy.asked(key, 'UploadPart').length, 1);
  },
};

export const throttled: Case = {
  name: 'throttled',
  claim: 'throttles in its own words, and Partway slows down',
  run: async (bench, key) => {
    const trial = trialTo(bench, key);
    const seen = new Set<string>();
    const heal = bench.proxy.trouble({
      on: ['HeadObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
      refuse: (ask) => {
        if (ask.key !== key || seen.has(ask.operation)) return undefined;
        seen.add(ask.operation);
        return bench.temper.throttle;
      },
    });
    const end = await trial.copy({ retry: { count: 2, intervalSeconds: 0 } });
    heal();
    succeeded(end);
    same('throttled', seen.size, 4);
    await arrived(bench, key, trial);
  },
};

export const readBack: Case = {
  name: 'read back',
  claim: 'returns the bytes that it was sent',
  run: async (bench, key) => {
    const trial = trialTo(bench, key, { content: small() });
    succeeded(await trial.copy());
    const source = s3Source(
      bench.client(),
      { endpoint: 'b', bucket: BUCKET, key },
      { verify: true, profile: bench.profile },
    );
    const facts = await source.inspect();
    if (!facts) throw new Error('it cannot be seen');
    const range = { first: 100, last: 899 };
    const bytes = await buffer(await source.read(range, facts, AbortSignal.timeout(30_000)));
    holds('other bytes came back', bytes.equals(trial.content.subarray(100, 900)));
  },
};
