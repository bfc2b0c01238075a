import type { AssumedRole, Endpoint } from '../transfer/endpoint.ts';
import { isAwsStsUrl } from './aws-url.ts';

export type OfRole = Pick<Endpoint, 'name' | 'region'> & { readonly role: AssumedRole };

// AWS's other partitions have domains of their own: https://docs.aws.amazon.com/general/latest/gr/sts.html
const domains: Readonly<Record<string, string>> = { 'aws-cn': 'amazonaws.com.cn', 'aws-eusc': 'amazonaws.eu' };

/**
 * Which STS is asked for a session of the role, and for which region the request is signed. AWS's global address takes
 * only signatures for us-east-1, and a regional one only those for its region.
 */
export function stsOf({ region, role }: OfRole): { readonly url: URL; readonly region: string } {
  const domain = domains[role.arn.split(':')[1] ?? ''] ?? 'amazonaws.com';
  const url = new URL(role.stsUrl ?? `https://sts.${region}.${domain}`);
  if (!isAwsStsUrl(url.href)) return { url, region };
  return { url, region: /sts(?:-fips)?\.([a-z]{2}-[a-z0-9-]+)\./.exec(url.hostname)?.[1] ?? 'us-east-1' };
}
