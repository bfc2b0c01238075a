import * as z from 'zod';

const given = 'it takes what the store gave out';
const edges = 'white space is at its beginning or its end, perhaps a line break that was copied too';
const unsendable = 'it has a character that no header of HTTP can have';

// A secret key only signs, so it may have any character inside. The other two are sent in headers.
const secret = z
  .string(given)
  .min(1, given)
  .refine((text) => text.trim() === text, edges);
const sent = secret.refine((text) => text.trim() !== text || /^[\x20-\x7e]*$/.test(text), unsendable);

/** The keys of a store, as they are in a secret and in settings.json. */
export const storeKeys = {
  accessKeyId: sent,
  secretAccessKey: secret,
  sessionToken: sent.optional(),
  /** When the credentials expire, if that is known. We read them again five minutes before. */
  expiration: z.iso.datetime({ offset: true, error: 'it takes a time such as 2026-11-20T10:00:00Z' }).optional(),
} as const;
