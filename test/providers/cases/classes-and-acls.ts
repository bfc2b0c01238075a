import { s3Target } from '../../../functions/adapters/s3/target.ts';
import { TransferError } from '../../../functions/transfer/errors.ts';
import { cannedAcls } from '../../../functions/transfer/values/canned-acls.ts';
import { BUCKET } from '../bench.ts';
import { failedAs, holds, same, untouched } from '../claims.ts';
import { trialTo } from '../trial.ts';
import type { Case } from './case.ts';

export const classes: Case = {
  name: 'class',
  claim:
    'takes every storage class of its profile; Partway refuses others, and archive classes with reading back, before a byte moves',
  run: async (bench, key) => {
    const { storageClasses } = bench.profile;
    failedAs(await trialTo(bench, key).copy({ storageClass: 'NO_SUCH_CLASS' }), 'InvalidRequest');
    if (storageClasses === 'none')
      failedAs(await trialTo(bench, key).copy({ storageClass: 'STANDARD' }), 'InvalidRequest');
    for (const storageClass of bench.profile.archiveClasses)
      failedAs(await trialTo(bench, key).copy({ storageClass, verify: 'read-back' }), 'InvalidRequest');
    untouched(bench, key);
    const store = s3Target(bench.client(), bench.profile);
    const target = { endpoint: 'b', bucket: BUCKET, key };
    const { 'storage classes': lack } = bench.lacks;
    for (const storageClass of storageClasses === 'none' ? [] : storageClasses) {
      const write = { target, headers: {}, metadata: {}, storageClass, onlyIfAbsent: false };
      const taken = store.beginUpload(write).then((uploadId) => store.abortUpload(target, uploadId));
      if (lack && storageClass !== 'STANDARD') same(storageClass, await nameOf(taken), 'InvalidRequest');
      else await taken;
    }
    const named = bench.proxy.asked(key, 'CreateMultipartUpload').map(({ headers }) => headers['x-amz-storage-class']);
    same('classes asked for', named, storageClasses === 'none' ? [] : [...storageClasses]);
    return lack;
  },
};

export const acls: Case = {
  name: 'acl',
  claim:
    'takes every canned ACL of its profile; Partway refuses others before a byte moves, and names those that it takes',
  run: async (bench, key) => {
    const known = bench.profile.cannedAcls;
    for (const acl of cannedAcls.filter((each) => !known.includes(each))) {
      const end = await trialTo(bench, key).copy({ acl });
      failedAs(end, 'InvalidRequest');
      holds(
        `it does not say which are taken: ${end.cause}`,
        end.cause?.includes(known.join(', ') || 'takes none') ?? false,
      );
    }
    untouched(bench, key);
    const store = s3Target(bench.client(), bench.profile);
    const target = { endpoint: 'b', bucket: BUCKET, key };
    for (const acl of known) {
      const write = { target, headers: {}, metadata: {}, storageClass: undefined, acl, onlyIfAbsent: false };
      await store.abortUpload(target, await store.beginUpload(write));
    }
    const named = bench.proxy.asked(key, 'CreateMultipartUpload').map(({ headers }) => headers['x-amz-acl']);
    same('ACLs asked for', named, [...known]);
  },
};

/** The name of the failure. Undefined if there is none. */
async function nameOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error instanceof TransferError && error.name,
  );
}
