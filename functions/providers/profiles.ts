import { type ProviderFacts, type ProviderProfile, profileOf } from '../transfer/provider.ts';
import { oss } from './alibaba-oss.ts';
import { aws } from './aws.ts';
import { b2 } from './backblaze-b2.ts';
import { ceph } from './ceph.ts';
import { r2 } from './cloudflare-r2.ts';
import { gcs } from './google-gcs.ts';
import { obs } from './huawei-obs.ts';
import { ks3 } from './kingsoft-ks3.ts';
import { minio } from './minio.ts';
import { qingstor } from './qingstor.ts';
import { swift } from './swift.ts';
import { cos } from './tencent-cos.ts';
import { us3 } from './ucloud-us3.ts';
import { tos } from './volcengine-tos.ts';
import { wasabi } from './wasabi.ts';

/** Every kind of store that an endpoint may name, with what we know and how sure we are. */
export const providerFacts = {
  aws,
  ceph,
  swift,
  minio,
  us3,
  oss,
  obs,
  ks3,
  qingstor,
  cos,
  tos,
  r2,
  b2,
  gcs,
  wasabi,
} as const satisfies Record<string, ProviderFacts>;

export type ProviderName = keyof typeof providerFacts;

/** The same profiles in the form that the engine reads. */
export const profiles = Object.fromEntries(
  Object.entries(providerFacts).map(([name, facts]) => [name, profileOf(facts)]),
) as Readonly<Record<ProviderName, ProviderProfile>>;
