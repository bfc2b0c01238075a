import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import type { MortalStack } from './stack.ts';
import type { Store } from './stores.ts';

/** Watches this law: a recorded part is never sent again. */
export type RecordedParts = {
  /** Compares the parts that the API calls safe with the times at which the target received them. Returns their number. */
  look(): Promise<number>;
  /** A sentence for every recorded part that was lost, changed or received again. */
  readonly broken: readonly string[];
};

type Known = Pick<CopiedPart, 'round' | 'etag'> & { receivedAtMs: number | undefined };

export function watchRecordedParts(stack: MortalStack, transferId: string, target: Store, key: string): RecordedParts {
  const known = new Map<number, Known>();
  const broken: string[] = [];
  const look = async () => {
    const { parts } = await stack.ask((api) => api.parts(transferId));
    // We ask the target after the API, so every recorded part has been received and has its final time.
    const received = await receivedTimes(target, key).catch(() => new Map<number, number>());
    const recorded = new Map(parts.map((part) => [part.partNumber, part]));
    for (const [partNumber, before] of known) {
      const why = whatBroke(before, recorded.get(partNumber), received.get(partNumber));
      if (why !== undefined) broken.push(`${transferId}: part ${partNumber} was recorded, and ${why}.`);
    }
    for (const { partNumber, round, etag } of parts) {
      known.set(partNumber, {
        round,
        etag,
        receivedAtMs: received.get(partNumber) ?? known.get(partNumber)?.receivedAtMs,
      });
    }
    return parts.length;
  };
  return { look, broken };
}

function whatBroke(before: Known, now: CopiedPart | undefined, receivedAtMs: number | undefined): string | undefined {
  if (!now) return 'was forgotten';
  if (now.etag !== before.etag) return `its ETag is ${now.etag} instead of ${before.etag}`;
  if (now.round !== before.round) return `was copied again in round ${now.round} after round ${before.round}`;
  if (before.receivedAtMs === undefined || receivedAtMs === undefined || receivedAtMs === before.receivedAtMs)
    return undefined;
  return `was received again ${receivedAtMs - before.receivedAtMs} ms later`;
}

/** When the target received each part of the upload for the key. Empty if the upload is completed or not begun yet. */
async function receivedTimes({ client, bucket }: Store, key: string): Promise<Map<number, number>> {
  const listed = await client().send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }));
  const times = new Map<number, number>();
  for (const { Key, UploadId } of listed.Uploads ?? []) {
    if (Key !== key) continue;
    const { Parts = [] } = await client().send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }));
    // The key may also have an orphan, which has no parts. So the upload with parts is the right one.
    for (const { PartNumber = 0, LastModified } of Parts)
      if (LastModified) times.set(PartNumber, LastModified.getTime());
  }
  return times;
}
