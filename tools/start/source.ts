import { createCipheriv } from 'node:crypto';
import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { RunningStack } from '../local/stack.ts';
import { type Store, storeOf } from './stores.ts';

type Source = Extract<TransferRequestInput['source'], { endpoint: string }>;

export const EXAMPLE_BYTES = 256 * MiB;
const EXAMPLE_KEY = 'example-256MiB';

// This metadata says how we made the object, so that a second start does not make it again.
const FILE_METADATA = 'made-from';

/** Returns the example object in store a, and makes it first if it is missing. */
export async function exampleSource(stack: RunningStack, say: (sentence: string) => void): Promise<Source> {
  const made = `a keystream of ${EXAMPLE_BYTES} bytes`;
  return bring(storeOf(stack, 'a'), { key: EXAMPLE_KEY, bytes: EXAMPLE_BYTES, made, body: keystream }, say);
}

type Making = { readonly key: string; readonly bytes: number; readonly made: string; readonly body: () => Readable };

async function bring(
  { client, profile }: Store,
  { key, bytes, made, body }: Making,
  say: (sentence: string) => void,
): Promise<Source> {
  const source = { endpoint: 'a', bucket: 'data', key };
  const present = await s3Source(client, source, { verify: true, profile }).inspect();
  if (present?.bytes === bytes && present.metadata[FILE_METADATA] === made) return source;
  say(`Putting ${key} into store a …`);
  const upload = new Upload({
    client,
    params: { Bucket: 'data', Key: key, Body: body(), Metadata: { [FILE_METADATA]: made } },
    partSize: Math.max(16 * MiB, Math.ceil(bytes / 10_000)),
  });
  await upload.done();
  return source;
}

/** Encrypts zeros with a stream cipher. The bytes look random, are the same each time, and come faster than from a disk. */
function keystream(): Readable {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'partway'), Buffer.alloc(16));
  const zeros = Buffer.alloc(MiB);
  return Readable.from(
    (function* () {
      for (let sent = 0; sent < EXAMPLE_BYTES; sent += MiB) yield cipher.update(zeros);
    })(),
    { objectMode: false, highWaterMark: 4 * MiB },
  );
}
