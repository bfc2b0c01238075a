import * as z from 'zod';
import { urlIn } from '../transfer/values/url-in.ts';

// The ARN becomes a resource in a policy, where * and ? would mean other roles too. Ceph has no account in it.
const arns = 'it takes the ARN of a role, such as "arn:aws:iam::123456789012:role/partway"';
const externalIds = 'it takes 2 to 1,224 letters, digits, or one of _ + = , . @ : / -';
const stsUrls =
  'it takes a URL that begins with https://, without user, path, query and fragment, because the answer has credentials; http:// may lead only to this computer';

/**
 * A role that Partway assumes to read and write an endpoint. The limits are AWS's:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export const assumedRole = z.strictObject({
  arn: z.string(arns).regex(/^arn:[a-z-]+:iam::[\w-]{0,64}:role\/[\w+=,.@/-]{1,576}$/, arns),
  /** What the owner of the role asks for in its trust policy. It is no secret. */
  externalId: z
    .string(externalIds)
    .regex(/^[\w+=,.@:/-]{2,1224}$/, externalIds)
    .optional(),
  stsUrl: z.string(stsUrls).refine(isSafe, stsUrls).optional(),
});

function isSafe(text: string): boolean {
  const url = urlIn(text);
  if (url === undefined || [url.username, url.password, url.search, url.hash].some((part) => part !== '')) return false;
  if (url.pathname !== '/') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere(url.hostname));
}

function isHere(hostname: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
}
