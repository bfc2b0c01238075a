import * as z from 'zod';
import { addedHeaders } from './added-headers.ts';
import { cannedAcls } from './canned-acls.ts';
import { askedTime } from './http-date.ts';
import { KiB } from './sizes.ts';
import { faultOfTag, TAGS_MAX } from './tags.ts';

const headerText = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\x20-\x7e]*$/, 'a header can have only printable ASCII');

/** User metadata goes as x-amz-meta-* headers: at most 2 KB together (S3 user guide, "User-defined object metadata"). */
const metadata = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9_-]{0,127}$/, 'a metadata name has lower-case letters, digits, "_" and "-"'),
    headerText,
  )
  .refine((all) => Object.entries(all).flat().join('').length <= 2 * KiB, 'metadata has at most 2 KB together')
  .refine(
    (all) => !Object.keys(all).some((name) => name.startsWith('partway-')),
    'names that begin with partway- belong to Partway',
  );

const tags = z.record(z.string(), z.string()).superRefine((all, { addIssue }) => {
  const entries = Object.entries(all);
  if (entries.length === 0 || entries.length > TAGS_MAX) addIssue(`an object has 1 to ${TAGS_MAX} tags`);
  for (const [key, value] of entries) {
    const fault = faultOfTag(key, value);
    if (fault !== undefined) addIssue({ code: 'custom', path: [key], message: fault });
  }
});

/** AES256: the store's own keys. aws:kms: a key of a key service, by id, ARN or alias, or the account's own key. */
const encryption = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('AES256') }),
    z.strictObject({
      type: z.literal('aws:kms'),
      keyId: z
        .string()
        .regex(/^[\x21-\x7e]{1,2048}$/, 'a key is named in printable ASCII without spaces')
        .optional(),
    }),
  ],
  { error: 'it takes "AES256" or "aws:kms"' },
);

/** The fields of a request that say what is written beside the bytes. */
export const attributeFields = {
  contentType: headerText.optional(),
  cacheControl: headerText.optional(),
  contentDisposition: headerText.optional(),
  contentEncoding: headerText.optional(),
  contentLanguage: headerText.optional(),
  expires: askedTime.optional(),
  metadata: metadata.optional(),
  /** Other headers of the requests that create the object: CreateMultipartUpload, PutObject and CopyObject. */
  headers: addedHeaders.optional(),
  storageClass: z
    .string()
    .regex(/^[A-Z0-9_]{1,64}$/, 'a storage class has capitals, digits and "_"')
    .optional(),
  tags: tags.optional(),
  acl: z.enum(cannedAcls).optional(),
  encryption: encryption.optional(),
} as const;
