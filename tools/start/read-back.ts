import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { urlSource } from '../../functions/adapters/url-source.ts';
import type { SourceStore } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { RunningStack } from '../local/stack.ts';
import { storeOf } from './stores.ts';

type Source = TransferRequestInput['source'];

/** Reads the whole object directly from its store, without Partway, and returns its SHA-256. */
export async function sha256Of(stack: RunningStack, source: Source): Promise<string> {
  const store = openSource(stack, source);
  const facts = await store.inspect();
  if (!facts) throw new TransferError('SourceMissing', 'The object is gone, so it cannot be read back.');
  return sha256(await store.read({ first: 0, last: facts.bytes - 1 }, facts, new AbortController().signal));
}

export function sha256OfFile(path: string): Promise<string> {
  return sha256(createReadStream(path, { highWaterMark: 1024 * 1024 }));
}

function openSource(stack: RunningStack, source: Source): SourceStore {
  if ('endpoint' in source) {
    const { client, profile } = storeOf(stack, source.endpoint);
    return s3Source(client, source, { verify: true, profile });
  }
  if ('client' in source) throw new TransferError('InvalidRequest', 'A file is read from its disk.');
  const { allowHttp = false, allowPrivateAddresses = false } = stack.settings.urlPolicy;
  return urlSource(source.url, { allowHttp, allowPrivateAddresses }, { verify: true });
}

async function sha256(bytes: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest('hex');
}
