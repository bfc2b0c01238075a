import { changedText, limitRules, noHeaders, refusing, storageClasses } from './rules.ts';
import { MiB, type Temper, TiB } from './temper.ts';

const limits = { partBytesMin: 5 * MiB, partBytesMax: 5 * TiB, partCountMax: 10_000, objectBytesMax: 5 * TiB };

/** MinIO, as its documents describe it. */
export const minio: Temper = {
  name: 'minio',
  region: 'us-east-1',
  limits,
  rules: [
    ...limitRules(limits),
    noHeaders(/^x-amz-(acl|grant-)/, { status: 501, code: 'NotImplemented' }),
    storageClasses(['STANDARD', 'REDUCED_REDUNDANCY'], { status: 400, code: 'InvalidStorageClass' }),
    // The embedded store answers a repeated Complete as it answered the first. At MinIO the upload is gone by then.
    refusing(['CompleteMultipartUpload'], { status: 404, code: 'NoSuchUpload' }, ({ parts }) => parts.size === 0),
    // A prefix finds only the uploads of the object whose whole key it is.
    {
      on: ['ListMultipartUploads'],
      answer: (reply, { query: { prefix = '' } }) =>
        changedText(reply, (text) =>
          text.replace(/<Upload>.*?<\/Upload>/gs, (row) => (row.includes(`<Key>${prefix}</Key>`) ? row : '')),
        ),
    },
  ],
  throttle: { status: 503, code: 'SlowDownWrite' },
};
