import { randomBytes } from 'node:crypto';
import { GetObjectTaggingCommand, PutObjectTaggingCommand } from '@aws-sdk/client-s3';
import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import { type Bench, BUCKET } from '../bench.ts';
import { arrived, failedAs, holds, same, succeeded, untouched } from '../claims.ts';
import { type End, trialFrom, trialTo } from '../trial.ts';
import type { Case } from './case.ts';

const ways = [
  ['PutObject', { multipartThresholdBytes: 1024 * 1024 }],
  ['CreateMultipartUpload', {}],
] as const;

const facts = { tags: { project: 'p 1' }, tagCount: 1, encryption: 'AES256' };

/** An attribute is either sent, or it is on the receipt as not carried. */
function eitherSentOrSaid(what: string, end: End, { isSent, isTaken }: { isSent: boolean; isTaken: boolean }): void {
  const isSaid = leftOf(end).some((line) => line.startsWith(what));
  same(`${what}: sent, said`, [isSent, isSaid], [isTaken, !isTaken]);
}

function leftOf({ transfer }: End): string[] {
  return (transfer.receipt?.notCarried ?? []).map(({ what, why }) => `${what}: ${why}`);
}

async function tagsOf({ behind, lacks }: Bench, key: string): Promise<Record<string, string>> {
  const asked = behind.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: key }));
  const TagSet = await asked.then(
    (answer) => answer.TagSet ?? [],
    (error) => {
      if (lacks.tags && error.$metadata?.httpStatusCode === 501) return [];
      throw error;
    },
  );
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}

export const carried: Case = {
  name: 'carried',
  claim:
    "gets the source's tags and class if its profile takes them, and encrypts by its own settings; the receipt lists what stays behind",
  run: async (bench, prefix) => {
    const { takesTags, storageClasses } = bench.profile;
    const { 'storage classes': lack } = bench.lacks;
    const storageClass = lack ? undefined : 'STANDARD_IA';
    for (const [operation, wishes] of ways) {
      const key = `${prefix}-${operation}`;
      const trial = trialTo(bench, key, { facts: { ...facts, storageClass } });
      const end = await trial.copy(wishes);
      succeeded(end);
      await arrived(bench, key, trial);
      const [{ headers } = { headers: {} as Record<string, string> }] = bench.proxy.asked(key, operation);
      const sent = (name: string, value: string) => headers[`x-amz-${name}`] === value;
      const isKnown = storageClasses !== 'none' && storageClasses.includes('STANDARD_IA');
      eitherSentOrSaid('tags project', end, { isSent: sent('tagging', 'project=p%201'), isTaken: takesTags });
      if (!lack)
        eitherSentOrSaid('storage class', end, { isSent: sent('storage-class', 'STANDARD_IA'), isTaken: isKnown });
      const isSealed = headers['x-amz-server-side-encryption'] !== undefined;
      eitherSentOrSaid('encryption AES256', end, { isSent: isSealed, isTaken: false });
      eitherSentOrSaid('ACL', end, { isSent: headers['x-amz-acl'] !== undefined, isTaken: false });
      same('tags', await tagsOf(bench, key), takesTags ? facts.tags : {});
    }
  },
};

type Wish = {
  readonly asked: Partial<TransferRequestInput>;
  readonly isTaken: boolean;
  readonly headers: Readonly<Record<string, string>>;
};

const wishesOf = ({ profile: { takesTags, cannedAcls, takesEncryption } }: Bench): Readonly<Record<string, Wish>> => ({
  tags: { asked: { tags: { team: 'ops' } }, isTaken: takesTags, headers: { 'x-amz-tagging': 'team=ops' } },
  acl: { asked: { acl: 'private' }, isTaken: cannedAcls.includes('private'), headers: { 'x-amz-acl': 'private' } },
  AES256: {
    asked: { encryption: { type: 'AES256' } },
    isTaken: takesEncryption.includes('AES256'),
    headers: { 'x-amz-server-side-encryption': 'AES256' },
  },
  'aws:kms': {
    asked: { encryption: { type: 'aws:kms', keyId: 'key-1' } },
    isTaken: takesEncryption.includes('aws:kms'),
    headers: { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'key-1' },
  },
});

export const requestedAttributes: Case = {
  name: 'requested attributes',
  claim: 'takes requested tags, ACL and encryption if its profile says so; otherwise Partway refuses them by name',
  run: async (bench, prefix) => {
    for (const [name, { asked, isTaken, headers }] of Object.entries(wishesOf(bench))) {
      for (const [operation, wishes] of ways) {
        const key = `${prefix}-${operation}-${name.replaceAll(/\W/g, '')}`;
        const trial = trialTo(bench, key);
        const end = await trial.copy({ ...wishes, ...asked });
        if (isTaken) {
          succeeded(end);
          await arrived(bench, key, trial);
          const sent = bench.proxy.asked(key, operation)[0]?.headers ?? {};
          same(name, Object.fromEntries(Object.keys(headers).map((header) => [header, sent[header]])), headers);
          if (name.includes('kms')) provesNoMd5(end);
        } else {
          failedAs(end, 'InvalidRequest');
          holds(`the refusal does not name it: ${end.cause}`, end.cause?.includes(name) ?? false);
          untouched(bench, key);
        }
      }
    }
  },
};

/** With encryption by KMS, ETags look like MD5s but are none, so the receipt must not claim a proof by them. */
function provesNoMd5({ transfer }: End): void {
  const proofs = transfer.receipt?.proofs ?? [];
  holds(`it claims too much: ${proofs}`, !proofs.some((proof) => /MD5|ETag/.test(proof)));
}

export const taggedSource: Case = {
  name: 'tagged source',
  claim: 'gives its tags as a source if its profile says so; the receipt lists tags that cannot be read',
  run: async (bench, key) => {
    const bytes = randomBytes(3000);
    await bench.behind.putInParts(key, bytes);
    const { tags: lack } = bench.lacks;
    const TagSet = [{ Key: 'project', Value: 'p-1' }];
    const tagged = bench.behind.client.send(
      new PutObjectTaggingCommand({ Bucket: BUCKET, Key: key, Tagging: { TagSet } }),
    );
    if (lack) {
      same('status', await tagged.catch(({ $metadata }) => $metadata?.httpStatusCode), 501);
      return lack;
    }
    await tagged;
    const trial = trialFrom(bench, key, { content: bytes });
    const end = await trial.copy();
    succeeded(end);
    const { takesTags } = bench.profile;
    same('tags', trial.world.to.written(BUCKET, key)?.tags, takesTags ? { project: 'p-1' } : undefined);
    same('asked for its tags', bench.proxy.asked(key, 'GetObjectTagging').length, takesTags ? 1 : 0);
    eitherSentOrSaid('1 tag', end, { isSent: takesTags, isTaken: takesTags });
    if (takesTags) await withoutPermission(bench, key);
    return undefined;
  },
};

async function withoutPermission(bench: Bench, key: string): Promise<void> {
  const refusal = { status: 403, code: 'AccessDenied' };
  const heal = bench.proxy.trouble({
    on: ['GetObjectTagging'],
    refuse: (ask) => (ask.key === key ? refusal : undefined),
  });
  const end = await trialFrom(bench, key).copy({ target: { endpoint: 'b', bucket: BUCKET, key: `${key}-untold` } });
  heal();
  succeeded(end);
  holds(
    `the receipt does not say why: ${leftOf(end)}`,
    /1 tag: they could not be read.*AccessDenied/.test(leftOf(end).join()),
  );
}
