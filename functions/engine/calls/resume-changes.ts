import * as z from 'zod';
import { requestSchema, type TransferRequest, url } from '../../transfer/request.ts';
import { scrubbed } from '../claim/identity.ts';

const { shape } = requestSchema;

/** What a resume may change of a request: what is no part of the plan, and the address of the same file. */
export const resumeChanges = z.strictObject({
  source: url.optional(),
  partsAtOnce: shape.partsAtOnce.unwrap().optional(),
  batchesAtOnce: shape.batchesAtOnce.unwrap().optional(),
  patienceSeconds: shape.patienceSeconds.unwrap().optional(),
  requesterPays: shape.requesterPays,
  /** `null`: no limit any more. */
  bandwidthBytesPerSecond: shape.bandwidthBytesPerSecond.unwrap().nullable().optional(),
});

export type ResumeChanges = z.infer<typeof resumeChanges>;

/** The changes that turn one request into the other, if both ask for the same thing. */
export function changesTo(request: TransferRequest, known: TransferRequest): ResumeChanges {
  const { source, partsAtOnce, batchesAtOnce, patienceSeconds, requesterPays, bandwidthBytesPerSecond } = request;
  const isOtherUrl = 'url' in source && urlOf(request) !== urlOf(known);
  return {
    ...(isOtherUrl ? { source } : {}),
    ...(partsAtOnce === known.partsAtOnce ? {} : { partsAtOnce }),
    ...(batchesAtOnce === known.batchesAtOnce ? {} : { batchesAtOnce }),
    ...(patienceSeconds === known.patienceSeconds ? {} : { patienceSeconds }),
    ...(requesterPays === known.requesterPays ? {} : { requesterPays }),
    ...(bandwidthBytesPerSecond === known.bandwidthBytesPerSecond
      ? {}
      : { bandwidthBytesPerSecond: bandwidthBytesPerSecond ?? null }),
  };
}

/** The URL as headers have it. */
function urlOf(request: TransferRequest): string | undefined {
  const { source } = scrubbed(request);
  return 'url' in source ? source.url : undefined;
}
