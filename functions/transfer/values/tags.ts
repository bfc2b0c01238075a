/** What a tag may be in S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export type Tags = Readonly<Record<string, string>>;

export const TAGS_MAX = 10;
// S3 counts in UTF-16, as JavaScript does.
const KEY_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 256;
const allowed = /^[\p{L}\p{N}\p{Z}+\-=._:/@]*$/u;

/** What is wrong with a tag, in words. `undefined`: nothing. */
export function faultOfTag(key: string, value: string): string | undefined {
  if (key.length === 0 || key.length > KEY_CHARACTERS_MAX)
    return `the key of a tag has 1 to ${KEY_CHARACTERS_MAX} characters`;
  if (value.length > VALUE_CHARACTERS_MAX) return `the value of a tag has at most ${VALUE_CHARACTERS_MAX} characters`;
  if (/^aws:/i.test(key)) return 'keys of tags that begin with "aws:" are reserved';
  return allowed.test(key) && allowed.test(value)
    ? undefined
    : 'a tag can have only letters, digits, spaces and + - = . _ : / @';
}
