import { S3Client } from '@aws-sdk/client-s3';
import type { RealServerAddress } from '../../servers/servers.ts';

/** A store of one side, and the bucket there. */
export type Side = {
  readonly name: string;
  /** Partway's name for this kind of store. */
  readonly provider: string;
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** It has no bytes, so their MD5 cannot be compared. */
  readonly isNull?: boolean;
};

export function clientOf({ url, region, accessKeyId, secretAccessKey }: Side): S3Client {
  return new S3Client({
    endpoint: url,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

export function sideOf({ name, url, region, accessKeyId, secretAccessKey }: RealServerAddress): Side {
  return { name, provider: name, url, region, accessKeyId, secretAccessKey, bucket: 'bench' };
}
