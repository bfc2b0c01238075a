import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { type Bench, BUCKET } from '../bench.ts';
import { arrived, failedAs, holds, partsTaken, same, succeeded } from '../claims.ts';
import { partsOf, trialTo } from '../trial.ts';
import type { Case } from './case.ts';

export const adopt: Case = {
  name: 'adopt',
  claim: 'allows Partway to finish an upload that another program began, without sending its parts again',
  run: async (bench, key) => {
    const { part, listsParts } = bench.profile;
    const trial = trialTo(bench, key, { content: partsOf(bench, 3) });
    const first = trial.content.subarray(0, part.partBytesMin);
    const begun = await anotherProgram(bench, key, first);
    const end = await trial.copy({ partBytes: undefined, resumeFrom: { ...begun, partBytes: part.partBytesMin } });
    if (!listsParts || bench.lacks.lists) {
      failedAs(end, 'InvalidRequest');
      holds(`it does not say why: ${end.cause}`, end.cause?.includes('cannot list parts') ?? false);
      return;
    }
    succeeded(end);
    await arrived(bench, key, trial);
    same('parts taken', partsTaken(bench, key), { 1: 1, 2: 1, 3: 1 });
    same('uploads begun', bench.proxy.asked(key, 'CreateMultipartUpload').length, 1);
    const proofs = end.transfer.receipt?.proofs ?? [];
    holds(
      `the receipt does not say it: ${proofs}`,
      proofs.some((proof) => proof.startsWith('1 adopted part')),
    );
  },
};

/** Does what a provider's own SDK does that crashes after its first part. It leaves only the upload's id and an ETag. */
async function anotherProgram(bench: Bench, key: string, Body: Buffer) {
  const client = bench.client();
  const name = { Bucket: BUCKET, Key: key };
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(name));
  const { ETag = '' } = await client.send(new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body }));
  return { uploadId: UploadId, parts: [{ partNumber: 1, etag: ETag }] };
}
