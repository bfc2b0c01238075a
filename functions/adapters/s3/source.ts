import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { SourceStore } from '../../engine/ports/ports.ts';
import { isNamed } from '../../transfer/errors.ts';
import type { ByteRange } from '../../transfer/plan.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { ObjectSource } from '../../transfer/request.ts';
import type { ObjectFacts } from '../../transfer/transfer.ts';
import { type Expected, otherRange, refuseOtherGeneration, refuseOtherRange } from '../other-bytes.ts';
import { stillArchived } from './archived.ts';
import { asStored } from './as-stored.ts';
import { bareEtag, inspectObject } from './facts.ts';
import { callingStore } from './failure.ts';
import { readTags, tagsOf } from './tags.ts';
import type { S3Store } from './target.ts';

/**
 * An object in a store as a source. `verify: false` reads whatever is there now, for sources whose ETags cannot be
 * used.
 */
export function s3Source(
  client: S3Client,
  source: ObjectSource,
  { verify, profile }: { verify: boolean; profile: ProviderProfile },
): SourceStore {
  const store: S3Store = { client, profile, ask: callingStore(profile) };
  const what = `${source.endpoint}:${source.bucket}/${source.key}`;
  let refusesOwnEtag = false;
  return {
    inspect: async () => {
      const facts = await inspectObject(store, source, { what, isSource: true });
      if (!facts) return undefined;
      const archived = await stillArchived(store, source, facts);
      const read = profile.takesTags ? () => readTags(store, source, what) : undefined;
      return { ...facts, archived, ...(await tagsOf(facts, read)) };
    },
    read: async (range, pin, signal) => {
      const get = (condition: { IfMatch?: string }) => {
        const command = getCommand(source, range, pin, condition);
        return store.ask({ what: `GET ${what} bytes ${range.first}-${range.last}`, means }, () =>
          client.send(command, { abortSignal: signal }),
        );
      };
      const isPinned = verify && pin.etag !== undefined && !refusesOwnEtag;
      let isUnmet = false;
      const answer = await get(isPinned ? { IfMatch: `"${pin.etag}"` } : {}).catch((error) => {
        // Some stores refuse even their own ETag. The answer to a request without the condition shows the ETag.
        isUnmet = isPinned && isNamed(error, 'SourceChanged') && error.said?.status === 412;
        if (!isUnmet) throw error;
        return get({});
      });
      const body = answer.Body as Readable;
      try {
        refuseOtherBytes(answer, { range, pin, verify, what });
      } catch (error) {
        body.destroy();
        throw error;
      }
      refusesOwnEtag ||= isUnmet;
      return body;
    },
  };
}

/** The source was there when it was planned, so if it is missing now, it has changed. */
const means = {
  NoSuchKey: 'SourceChanged',
  NoSuchVersion: 'SourceChanged',
  NoSuchBucket: 'NoSuchBucket',
  404: 'SourceChanged',
  PreconditionFailed: 'SourceChanged',
  412: 'SourceChanged',
  InvalidRange: 'SourceChanged',
  416: 'SourceChanged',
} as const;

function getCommand(
  { bucket, key, versionId }: ObjectSource,
  range: ByteRange,
  pin: ObjectFacts,
  condition: { IfMatch?: string },
): GetObjectCommand {
  const bytes = range.last < range.first ? {} : { Range: `bytes=${range.first}-${range.last}` };
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId, ...bytes, ...condition });
  return pin.headers.contentEncoding === undefined ? command : asStored(command);
}

/** Some stores ignore Range or If-Match, and answer with the whole object or with another generation. */
function refuseOtherBytes(answer: GetObjectCommandOutput, expected: Expected): void {
  const { range, what } = expected;
  refuseOtherGeneration({ etag: bareEtag(answer.ETag), modified: answer.LastModified?.toUTCString() }, expected);
  const length = range.last - range.first + 1;
  if (length > 0) refuseOtherRange(answer.ContentRange, expected);
  if (answer.ContentLength === length) return;
  throw otherRange(`${what} answered with ${answer.ContentLength} bytes instead of ${length}.`);
}
