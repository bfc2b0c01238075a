import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { WriteSigner } from '../../../functions/engine/ports/clients.ts';
import type { SourceStore, TargetStore } from '../../../functions/engine/ports/ports.ts';
import type { ObjectWrite, PartAtTarget, WriteAnswer } from '../../../functions/transfer/at-stores.ts';
import type { ByteRange } from '../../../functions/transfer/plan.ts';
import type { ObjectFacts } from '../../../functions/transfer/transfer.ts';
import { MiB } from '../../../functions/transfer/values/sizes.ts';

export type StoreUnderTest = {
  /** It is asked for two rows a page, so that short lists have several pages. */
  readonly store: TargetStore;
  readonly bucket: string;
  /** Whether it lists parts and uploads; of the real servers R2's simulator does not, though R2 is documented to. */
  readonly lists: boolean;
  /** The store in memory has none: no client can reach it. */
  readonly signer?: WriteSigner;
  source(key: string, options?: { verify: boolean }): SourceStore;
};

export type Connect = () => Promise<StoreUnderTest>;

export const signal = new AbortController().signal;
export const PART_BYTES = 5 * MiB;
export const ROWS_A_PAGE = { listRows: { default: 2, max: 2 } } as const;

export function writeOf(bucket: string, key: string, more: Partial<ObjectWrite> = {}): ObjectWrite {
  return {
    target: { endpoint: 'e', bucket, key },
    headers: { contentType: 'application/x-genome', cacheControl: 'max-age=60' },
    metadata: { 'partway-transfer': 'abc', colour: 'blue' },
    storageClass: undefined,
    onlyIfAbsent: false,
    ...more,
  };
}

export function bodyOf(bytes: Buffer): Readable {
  return Readable.from([bytes], { objectMode: false });
}

/** A body that stops before its end, when whoever sends it is aborted. */
export function halfABody(stop: AbortController): Readable {
  const chunks = async function* () {
    yield Buffer.alloc(1000, 'x');
    stop.abort(new Error('the reader died'));
    await new Promise((resolve) => setTimeout(resolve, 50));
  };
  return Readable.from(chunks(), { objectMode: false });
}

export async function put(
  { store, bucket }: StoreUnderTest,
  key: string,
  bytes: Buffer,
  more: Partial<ObjectWrite> = {},
): Promise<WriteAnswer> {
  return store.putObject(writeOf(bucket, key, more), bodyOf(bytes), bytes.length, signal);
}

type PartName = { readonly uploadId: string; readonly partNumber: number };

export async function putPart(
  { store, bucket }: StoreUnderTest,
  key: string,
  part: PartName,
  bytes: Buffer,
): Promise<WriteAnswer> {
  const { target } = writeOf(bucket, key);
  return store.writePart({ target, ...part, bytes: bytes.length }, bodyOf(bytes), signal);
}

export async function read(source: SourceStore, range: ByteRange, pin: ObjectFacts): Promise<Buffer> {
  return buffer(await source.read(range, pin, signal));
}

export async function readAll(under: StoreUnderTest, key: string): Promise<Buffer> {
  const source = under.source(key);
  const facts = (await source.inspect())!;
  return read(source, { first: 0, last: facts.bytes - 1 }, facts);
}

/** An upload with these parts. */
export async function uploaded(
  under: StoreUnderTest,
  key: string,
  contents: readonly Buffer[],
  more: Partial<ObjectWrite> = {},
): Promise<{ uploadId: string; parts: PartAtTarget[] }> {
  const uploadId = await under.store.beginUpload(writeOf(under.bucket, key, more));
  const parts: PartAtTarget[] = [];
  for (const [index, content] of contents.entries()) {
    const { etag } = await putPart(under, key, { uploadId, partNumber: index + 1 }, content);
    parts.push({ partNumber: index + 1, bytes: content.length, etag });
  }
  return { uploadId, parts };
}

/** The name of the error, or that there was none. */
export function nameOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'done',
    (error: Error) => error.name,
  );
}
