import type { TransferView } from '../../functions/transfer/told/view.ts';
import type { Platform } from './bytes.ts';
import {
  type FileOptions,
  named,
  type ResumeOptions,
  resumeOpened,
  type StreamOptions,
  uploadOpened,
} from './client.ts';
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

export type Uploads<File, Stream> = {
  /**
   * Uploads bytes that can be read at any place. The same call again, also after a crash and elsewhere, goes on with the
   * parts that are missing. Gives the transfer as it ended; `receipt` says what was proven. Throws PartwayError.
   */
  uploadFile(options: FileOptions & { readonly source: File }): Promise<TransferView>;
  /**
   * Uploads a stream whose length nobody knows before its end. The same stream again goes on: what is at the target is
   * compared, and not sent.
   */
  uploadStream(options: StreamOptions & { readonly source: Stream }): Promise<TransferView>;
  /** Goes on with the transfer of this id, also one that was paused or that has failed. The bytes must be the same. */
  resume(options: ResumeOptions & { readonly source: File | Stream }): Promise<TransferView>;
};

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
  type Wishes = Pick<StreamOptions, 'name' | 'signal' | 'partBytes' | 'partsAtOnce' | 'expectBytes'>;
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
    uploadStream: ({ source, expectBytes, ...options }) =>
      withStream(source, { ...options, expectBytes }, (opened) => uploadOpened(platform, opened, options)),
    resume: ({ source, verifyParts, ...options }) =>
      opener.isStream(source)
        ? withStream(source, options, (opened) => resumeOpened(platform, opened, options))
        : withFile(source, options.name, (file) =>
            resumeOpened(platform, openedFile(platform, file, { verifyParts }), options),
          ),
  };
}
