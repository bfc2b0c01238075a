import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { isNamed, TransferError } from '../../transfer/errors.ts';
import type { ObjectFacts } from '../../transfer/transfer.ts';
import type { Tags } from '../../transfer/values/tags.ts';
import type { ObjectName } from './facts.ts';
import type { S3Store } from './target.ts';

// An object of S3 has at most ten tags. These limits are far above what any store allows, and keep a header small.
const TAGS_TOLD_MAX = 50;
const TAG_BYTES_MAX = 2048;

type Told = Pick<ObjectFacts, 'tags' | 'tagsUnread'>;

/**
 * The tags of a source, if HEAD says that it has any. (AWS says so only to callers who may read them.) If they cannot
 * be read, the transfer goes on without them: the right to read an object does not include the right to read its tags.
 */
export async function tagsOf({ tagCount = 0 }: ObjectFacts, read: (() => Promise<Tags>) | undefined): Promise<Told> {
  if (tagCount === 0) return {};
  if (!read)
    return { tagsUnread: 'Partway does not know whether this kind of store shows its tags, so it did not ask' };
  try {
    return { tags: await read() };
  } catch (error) {
    if (!isNamed(error, 'Refused', 'InvalidRequest')) throw error;
    return { tagsUnread: `they could not be read: ${error.message}` };
  }
}

export async function readTags(
  { client, ask }: S3Store,
  { bucket, key, versionId }: ObjectName,
  what: string,
): Promise<Tags> {
  const command = new GetObjectTaggingCommand({ Bucket: bucket, Key: key, VersionId: versionId });
  const { TagSet = [] } = await ask({ what: `GET the tags of ${what}` }, () => client.send(command));
  const isLong = TagSet.some((tag) => Buffer.byteLength(`${tag.Key}${tag.Value}`) > TAG_BYTES_MAX);
  if (TagSet.length <= TAGS_TOLD_MAX && !isLong)
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  throw new TransferError(
    'InvalidRequest',
    `GET the tags of ${what}: the answer has more than an object's tags can be.`,
  );
}
