import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { isNamed } from '../../transfer/errors.ts';
import type { ObjectFacts } from '../../transfer/transfer.ts';
import type { Tags } from '../../transfer/values/tags.ts';
import type { ObjectName } from './facts.ts';
import type { S3Store } from './target.ts';

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
  return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
}
