import { partLength } from '../../functions/transfer/plan.ts';
import { named } from './api/partway-error.ts';
import type { Platform } from './bytes.ts';
import { resumeOpened, uploadOpened } from './client.ts';
import type { StreamOptions, Uploads } from './library.ts';
import { describe } from './one-transfer.ts';
import { openedFile, openedStream } from './opened.ts';
import type { OpenFile } from './push-file.ts';
import { cutting } from './stream-bytes.ts';

/** How a platform opens what it is given. Both throw InvalidRequest, SourceMissing and NotAllowed. */
export type Opener<File, Stream> = {
  openFile(source: File, name: string | undefined): Promise<OpenFile>;
  openStream(source: Stream): OpenStream;
  isStream(source: File | Stream): source is Stream;
};

/** The chunks of a stream. `close` ends a read that is pending, so that whoever writes the stream is let go. */
export type OpenStream = { readonly chunks: AsyncIterable<Uint8Array>; close(): void };

const STREAM_NAME = 'stream';

export function uploadsOn<File, Stream>(platform: Platform, opener: Opener<File, Stream>): Uploads<File, Stream> {
  const withFile = async <T>(source: File, name: string | undefined, work: (file: OpenFile) => Promise<T>) => {
    const file = await named(() => opener.openFile(source, name));
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  };
  type Wishes = Pick<StreamOptions, 'name' | 'signal' | 'partBytes' | 'partsAtOnce' | 'expectBytes' | 'spool'>;
  const withStream = async <T>(
    source: Stream,
    wishes: Wishes,
    work: (opened: Awaited<ReturnType<typeof openedStream>>) => Promise<T>,
  ) => {
    const { chunks, close } = opener.openStream(source);
    try {
      const { name = STREAM_NAME, signal } = wishes;
      return await work(await named(() => openedStream(platform, cutting(chunks, signal), { ...wishes, name })));
    } finally {
      close();
    }
  };
  return {
    uploadFile: ({ source, verifyParts, ...options }) =>
      withFile(source, options.name, (file) =>
        uploadOpened(platform, openedFile(platform, file, { verifyParts }), options),
      ),
    uploadStream: ({ source, expectBytes, spool, ...options }) =>
      withStream(source, { ...options, expectBytes, spool }, (opened) => uploadOpened(platform, opened, options)),
    resume: async ({ source, verifyParts, spool, ...options }) => {
      const known = await describe(options);
      // The stream had at least one part.
      const partBytes = known.plan && partLength(known.plan, 1);
      return opener.isStream(source)
        ? withStream(source, { ...options, partBytes, spool }, (opened) =>
            resumeOpened(platform, { ...opened, known }, options),
          )
        : withFile(source, options.name, (file) =>
            resumeOpened(platform, { ...openedFile(platform, file, { verifyParts }), known }, options),
          );
    },
  };
}
