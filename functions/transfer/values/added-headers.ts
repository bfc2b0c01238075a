import * as z from 'zod';
import { KiB } from './sizes.ts';

/** Headers that a request adds to those requests that create the object at the target. Their names are in small letters. */
export type AddedHeaders = Readonly<Record<string, string>>;

const HEADERS_MAX = 20;
const NAME_CHARACTERS_MAX = 128;
const VALUE_CHARACTERS_MAX = 1024;
// Servers limit all headers of a request together, in most cases to 8 KiB. Metadata and ours need most of that.
const TOGETHER_CHARACTERS_MAX = 2 * KiB;

// Each vendor has headers of its own for what S3 has in x-amz-*: x-oss-acl, x-obs-acl.
const vendors = (name: string) => new RegExp(`^x-[a-z0-9]+-(?:${name})$`);

const signed = 'it belongs to the signature, and Partway signs';
const framed = 'it says how the request travels, and Partway says that itself';
const summed = 'Partway sends checksums by itself';

/** What a caller may not say, and why. Another header could change which object is written, who may read it, or by whom. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/^content-type$/, 'ask with `contentType`'],
  [/^cache-control$/, 'ask with `cacheControl`'],
  [/^content-disposition$/, 'ask with `contentDisposition`'],
  [/^content-encoding$/, 'ask with `contentEncoding`'],
  [/^content-language$/, 'ask with `contentLanguage`'],
  [/^expires$/, 'ask with `expires`'],
  [vendors('meta-.*'), 'ask with `metadata`'],
  [vendors('tagging'), 'ask with `tags`'],
  [vendors('(?:object-)?acl|grant-.*'), 'it says who may read or write the object: ask with `acl`'],
  [vendors('storage-class'), 'ask with `storageClass`'],
  [vendors('server-side-encryption-customer-.*'), 'Partway takes no keys of customers: ask with `encryption`'],
  [vendors('server-side-.*'), 'ask with `encryption`'],
  [/^if-/, 'Partway sets the conditions: ask with `overwrite`'],
  [vendors('request-payer'), 'ask with `requesterPays`'],
  [vendors('(?:source-)?expected-bucket-owner'), 'the endpoint names the owner: `expectedBucketOwner`'],
  [/^(?:content-md5|(?:content-|repr-)?digest)$/, summed],
  [vendors('(?:sdk-)?checksum-.*|trailer|hash(?:-.*)?'), summed],
  [/^x-copy-from$/, 'Partway says what is copied'],
  [vendors('copy-source.*|(?:metadata|tagging)-directive'), 'Partway says what is copied'],
  [vendors('mp-object-size|write-offset-bytes|append-.*'), 'Partway says how long the object is'],
  [/^(?:authorization|date|cookie|x-amzn-trace-id|amz-sdk-.*)$/, signed],
  [
    vendors(
      'date|content-sha256|(?:security|s3session)-token|user-agent|algorithm|credential|signature.*|signedheaders',
    ),
    signed,
  ],
  [/^(?:host|connection|keep-alive|upgrade|expect|te|trailer|transfer-encoding|forwarded|via)$/, framed],
  [/^(?:proxy-.*|x-forwarded-.*|content-length|content-range|range|http2-settings|accept-encoding)$/, framed],
  [/^x-(?:http-)?method(?:-override)?$/, framed],
  [vendors('decoded-content-length'), framed],
];

/** Why a request may not add a header of this name, in words. `undefined`: it may. */
export function faultOfAddedName(name: string): string | undefined {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return 'the name of a header has letters, digits and "-"';
  if (name.length > NAME_CHARACTERS_MAX) return `the name of a header has at most ${NAME_CHARACTERS_MAX} characters`;
  return refusals.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
}

const name = z.string().superRefine((text, { addIssue }) => {
  const fault = faultOfAddedName(text);
  if (fault !== undefined) addIssue({ code: 'custom', message: fault });
});

// Servers cut off spaces at the ends, and the signature is made without them.
const plain = 'a header can have only printable ASCII, without spaces at its ends';
const value = z
  .string()
  .min(1)
  .max(VALUE_CHARACTERS_MAX)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, plain);

/** In HTTP the names of headers have no case. So one name in two cases is refused, and we keep names in small letters. */
export const addedHeaders = z
  .record(name, value)
  .superRefine((all, { addIssue }) => {
    const names = Object.keys(all).map((each) => each.toLowerCase());
    const twice = names.find((each, index) => names.indexOf(each) !== index);
    if (twice !== undefined) addIssue({ code: 'custom', message: `"${twice}" is given twice` });
    if (names.length > HEADERS_MAX)
      addIssue({ code: 'custom', message: `at most ${HEADERS_MAX} headers can be added` });
    if (Object.entries(all).flat().join('').length > TOGETHER_CHARACTERS_MAX)
      addIssue({ code: 'custom', message: `all of them have at most ${TOGETHER_CHARACTERS_MAX} characters together` });
  })
  .transform((all) => Object.fromEntries(Object.entries(all).map(([each, text]) => [each.toLowerCase(), text])));
