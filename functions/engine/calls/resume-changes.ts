import * as z from 'zod';
import { requestSchema, type TransferRequest, url } from '../../transfer/request.ts';

const { shape } = requestSchema;

/** What a resume may change of a request: what is no part of the plan, and the address of the same file. */
export const resumeChanges = z.strictObject({
  source: url.optional(),
  partsAtOnce: shape.partsAtOnce.unwrap().optional(),
  batchesAtOnce: shape.batchesAtOnce.unwrap().optional(),
  patienceSeconds: shape.patienceSeconds.unwrap().optional(),
  requesterPays: shape.requesterPays,
});

export type ResumeChanges = z.infer<typeof resumeChanges>;

/** The changes that turn one request into the other, if both ask for the same thing. */
export function changesTo(request: TransferRequest, known: TransferRequest): ResumeChanges {
  const { source, partsAtOnce, batchesAtOnce, patienceSeconds, requesterPays } = request;
  const isOtherUrl = 'url' in source && 'url' in known.source && source.url !== known.source.url;
  return {
    ...(isOtherUrl ? { source } : {}),
    ...(partsAtOnce === known.partsAtOnce ? {} : { partsAtOnce }),
    ...(batchesAtOnce === known.batchesAtOnce ? {} : { batchesAtOnce }),
    ...(patienceSeconds === known.patienceSeconds ? {} : { patienceSeconds }),
    ...(requesterPays === known.requesterPays ? {} : { requesterPays }),
  };
}
