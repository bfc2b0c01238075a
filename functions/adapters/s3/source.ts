import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { SourceStore } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ByteRange } from '../../transfer/plan.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { ObjectSource } from '../../transfer/request.ts';
import { generationOf, type ObjectFacts } from '../../transfer/transfer.ts';
import { stillArchived } from './archived.ts';
import { bareEtag, inspectObject } from './facts.ts';
import { asking } from './failure.ts';
import { readTags, tagsOf } from './tags.ts';
import type { S3Store } from './target.ts';

/** An object in a store as a source. `verify: false` reads whatever is there now, for sources without usable ETags. */
export function s3Source(
  client: S3Client,
  source: ObjectSource,
  { verify, profile }: { verify: boolean; profile: ProviderProfile },
): SourceStore {
  const store: S3Store = { client, profile, ask: asking(profile) };
  const what = `${source.endpoint}:${source.bucket}/${source.key}`;
  return {
    inspect: async () => {
      const facts = await inspectObject(store, source, what);
      if (!facts) return undefined;
      const archived = await stillArchived(store, source, facts);
      const read = profile.takesTags ? () => readTags(store, source, what) : undefined;
      return { ...facts, archived, ...(await tagsOf(facts, read)) };
    },
    read: async (range, pin, signal) => {
      const empty = range.last < range.first;
      const command = new GetObjectCommand({
        Bucket: source.bucket,
        Key: source.key,
        VersionId: source.versionId,
        ...(empty ? {} : { Range: `bytes=${range.first}-${range.last}` }),
        ...(verify && pin.etag !== undefined ? { IfMatch: `"${pin.etag}"` } : {}),
      });
      // It was there when it was planned, so its absence is a change.
      const gone = {
        NoSuchKey: 'SourceChanged',
        NoSuchVersion: 'SourceChanged',
        NoSuchBucket: 'NoSuchBucket',
        404: 'SourceChanged',
      } as const;
      const means = {
        ...gone,
        PreconditionFailed: 'SourceChanged',
        412: 'SourceChanged',
        InvalidRange: 'SourceChanged',
        416: 'SourceChanged',
      } as const;
      const answer = await store.ask({ what: `GET ${what} bytes ${range.first}-${range.last}`, means }, () =>
        client.send(command, { abortSignal: signal }),
      );
      const body = answer.Body as Readable;
      try {
        refuseOtherBytes(answer, { range, pin, verify, what });
      } catch (error) {
        body.destroy();
        throw error;
      }
      return body;
    },
  };
}

type Expected = { range: ByteRange; pin: ObjectFacts; verify: boolean; what: string };

/** Stores exist that ignore Range or If-Match, and answer with the whole object or another generation. */
function refuseOtherBytes(answer: GetObjectCommandOutput, { range, pin, verify, what }: Expected): void {
  const now = generationOf({ etag: bareEtag(answer.ETag), modified: answer.LastModified?.toUTCString() });
  if (verify && now !== generationOf(pin)) {
    throw new TransferError(
      'SourceChanged',
      `${what} was ${generationOf(pin)} when it was planned, and is ${now} now.`,
    );
  }
  const length = range.last - range.first + 1;
  if (length === 0) {
    if (answer.ContentLength === 0) return;
    throw new TransferError(
      'SourceChanged',
      `${what} was empty when it was planned, and has ${answer.ContentLength} bytes now.`,
    );
  }
  const expected = `bytes ${range.first}-${range.last}/${pin.bytes}`;
  if (answer.ContentRange !== expected || answer.ContentLength !== length) {
    throw new TransferError(
      'SourceChanged',
      `${what} answered "${answer.ContentRange ?? 'no Content-Range'}" where "${expected}" was asked for.`,
    );
  }
}
