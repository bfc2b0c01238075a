/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html; other stores also take _ and capitals. */
const GENERAL = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;

/**
 * Names that AWS takes in the place of a bucket name, but that name something else, or a bucket with other permissions
 * and sessions. AWS reserves these endings, so no general purpose bucket has them: the page above, and
 * ".../userguide/directory-bucket-naming-rules.html".
 */
const special: readonly (readonly [RegExp, string])[] = [
  [/^arn:/, 'this is an ARN: give the name of the bucket'],
  [/--x-s3$/, 'this is a directory bucket (S3 Express One Zone), which is not supported: use a general purpose bucket'],
  [/(-s3alias|--xa-s3|\.mrap)$/, 'this is an access point, which is not supported: give the name of its bucket'],
  [/--ol-s3$/, 'this is an Object Lambda access point, which is not supported: give the name of its bucket'],
  [/--op-s3$/, 'this is a bucket on an Outpost, which is not supported: use a general purpose bucket'],
  [/--table-s3$/, 'this is a table bucket, which is not supported: use a general purpose bucket'],
];

/** Says what is wrong with the name of a bucket, or what to do. `undefined`: nothing is wrong. */
export function faultOfBucketName(name: string): string | undefined {
  const found = special.find(([pattern]) => pattern.test(name));
  if (found) return found[1];
  if (GENERAL.test(name)) return undefined;
  return 'a bucket name has 2 to 255 letters, digits, ".", "_" or "-", and begins with a letter or digit';
}
