import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import type { Endpoint } from '../../functions/transfer/endpoint.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import type { StoreUnderTest } from './store/under-test.ts';

export type ServerAddress = {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly buckets?: readonly string[] | undefined;
  readonly lists?: boolean;
};

/** Our S3 adapter before a real server, in a bucket of its own. */
export async function storeAt(
  profile: ProviderProfile,
  { url, region, buckets, lists = true, ...credentials }: ServerAddress,
  bucket = `conformance-${Date.now()}`,
): Promise<StoreUnderTest> {
  const endpoint: Endpoint = { name: 'e', provider: profile.name, url, region, secretArn: undefined, allow: [bucket] };
  const client = s3Client(endpoint, profile, credentials);
  if (!buckets?.includes(bucket)) await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    store: s3Target(client, profile),
    signer: s3Signer(client, profile),
    bucket,
    lists,
    source: (key, options = { verify: true }) =>
      s3Source(client, { endpoint: 'e', bucket, key }, { ...options, profile }),
  };
}
