import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import { invalid } from '../failure/failure.ts';

type Source = TransferRequestInput['source'];
type Target = TransferRequestInput['target'];

const sourceForms = 'A source is endpoint:bucket/key, https://…, a file such as ./disk.img, or - for a stream';
const objectForm = /^([A-Za-z][A-Za-z0-9-]*):([^/]+)\/(.*)$/s;

/** The name that we give to a stream. */
export const STREAM_NAME = '-';

/** `endpoint:bucket/key` or a URL. Throws InvalidRequest. */
export function parseSource(text: string, versionId?: string): Source {
  if (/^https?:\/\//i.test(text)) {
    if (versionId !== undefined)
      throw invalid('--version-id works only for a source in a store. A URL has no versions.');
    return { url: text };
  }
  refuseScheme(text);
  const [, endpoint = '', bucket = '', key = ''] = objectForm.exec(text) ?? [];
  if (key === '') throw invalid(`"${text}" is not a source. ${sourceForms}.`);
  return { endpoint, bucket, key, ...(versionId === undefined ? {} : { versionId }) };
}

/**
 * A target that ends in `/` takes the source's last name, as `cp` does. With `exactKey` the key is what is written: a key
 * may end in `/`, and consoles show such an object as a folder. Throws InvalidRequest.
 */
export function parseTarget(text: string, source: Source, { exactKey = false } = {}): Target {
  refuseScheme(text);
  const match = objectForm.exec(text);
  if (!match) throw invalid(`"${text}" is not a target. A target is endpoint:bucket/key.`);
  const [, endpoint = '', bucket = '', key = ''] = match;
  return { endpoint, bucket, key: text.endsWith('/') && !exactKey ? key + lastName(source) : key };
}

function lastName(source: Source): string {
  if ('client' in source) {
    if (source.client.name !== STREAM_NAME) return basename(source.client.name);
    throw invalid('A stream has no name that could complete the target: write the whole target key.');
  }
  const path = 'url' in source ? new URL(source.url).pathname : source.key;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === '')
    throw invalid(
      'The source has no name that could complete the target: write the whole target key, with --exact-key if it ends in /.',
    );
  return 'url' in source ? decoded(name) : name;
}

/** A URL may contain a % that encodes nothing. Then we use the name as it is written. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function refuseScheme(text: string): void {
  const scheme = /^([a-z0-9]+):\/\//i.exec(text)?.[1];
  if (scheme === undefined || scheme === 'file') return;
  throw invalid(`"${text}" does not name an endpoint. Write endpoint:bucket/key; \`partway endpoints\` lists them.`);
}

/** Whether the bytes are on this computer. */
export function isHere(source: string): boolean {
  return source === STREAM_NAME || isLocalFile(source);
}

/** A text that looks like an address is an address, even if a file has the same name. With ./ before it, it is the file. */
export function isLocalFile(text: string): boolean {
  if (/^(file:|[./~]|[A-Za-z]:[\\/])/.test(text)) return true;
  return !objectForm.test(text) && !text.includes('://') && existsSync(text);
}
