import { StoreError } from '../protocol/errors.ts';
import type { Tag } from '../state/records.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
const TAGS_MAX = 10;
const TAG_KEY_CHARACTERS_MAX = 128;
const TAG_VALUE_CHARACTERS_MAX = 256;

/** x-amz-tagging looks like a query: `a=1&b=2`. */
export function parseTagHeader(header: string | undefined): readonly Tag[] {
  const pairs = [...new URLSearchParams(header ?? '')];
  return checkTags(pairs.map(([key, value]) => ({ key, value })));
}

export function checkTags(tags: readonly Tag[]): readonly Tag[] {
  const fits = (tag: Tag) =>
    tag.key.length > 0 && tag.key.length <= TAG_KEY_CHARACTERS_MAX && tag.value.length <= TAG_VALUE_CHARACTERS_MAX;
  const distinct = new Set(tags.map((tag) => tag.key)).size === tags.length;
  if (tags.length > TAGS_MAX || !tags.every(fits) || !distinct) throw new StoreError('InvalidTag');
  return tags;
}
