import { aws } from './aws.ts';
import { b2 } from './b2.ts';
import { ceph } from './ceph.ts';
import { cos } from './cos.ts';
import { gcs } from './gcs.ts';
import { ks3 } from './ks3.ts';
import { minio } from './minio.ts';
import { obs } from './obs.ts';
import { oss } from './oss.ts';
import { qingstor } from './qingstor.ts';
import { r2 } from './r2.ts';
import { swift } from './swift.ts';
import type { Temper } from './temper.ts';
import { tos } from './tos.ts';
import { us3 } from './us3.ts';
import { wasabi } from './wasabi.ts';

/** The five of the task first. */
export const tempers: readonly Temper[] = [
  ...[us3, oss, obs, ks3, qingstor],
  ...[aws, ceph, swift, minio, r2, b2, gcs, cos, tos, wasabi],
];
