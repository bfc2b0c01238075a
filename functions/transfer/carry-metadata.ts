import type { Carriage, Portion } from './carry.ts';
import type { NotCarried } from './transfer.ts';

/**
 * What a header can carry everywhere. Others do not even leave here, or break the signature: the SDK signs UTF-8, and
 * Node sends Latin-1 or throws.
 */
export const headerText = /^[\t\x20-\x7e]*$/;

type Metadata = Readonly<Record<string, string>>;

/** The request's and ours first, then the source's in the order of their names, as far as the target has room. */
export function carriedMetadata({ request, source, profile, ours }: Carriage): Portion<Metadata> {
  const carried: Record<string, string> = { ...request.metadata, ...ours };
  let bytes = metadataBytes(carried);
  const [foreign, tooMuch]: [string[], string[]] = [[], []];
  for (const [name, value] of Object.entries(withoutOurs(source?.metadata)).sort(byName)) {
    if (Object.hasOwn(carried, name)) continue;
    const more = metadataBytes({ [name]: value });
    if (!headerText.test(value)) foreign.push(name);
    else if (bytes + more > profile.metadataBytesMax) tooMuch.push(name);
    else {
      carried[name] = value;
      bytes += more;
    }
  }
  const limit = `${profile.title} takes ${profile.metadataBytesMax} bytes of metadata, names and Partway's own included`;
  const untold = source?.metadataUntold ?? 0;
  return {
    carried,
    left: [
      ...named(foreign, 'a header has printable ASCII only'),
      ...named(tooMuch, limit),
      ...(untold > 0 ? [{ what: `${untold} entries of metadata`, why: 'the source cannot tell them in headers' }] : []),
    ],
  };
}

export const byName = ([one]: readonly [string, string], [other]: readonly [string, string]): number =>
  one < other ? -1 : 1;

/** As S3 counts: the bytes of names and values. */
export function metadataBytes(metadata: Metadata): number {
  return Buffer.byteLength(Object.entries(metadata).flat().join(''));
}

function named(names: readonly string[], why: string): NotCarried[] {
  return names.length === 0 ? [] : [{ what: `metadata ${names.join(', ')}`, why }];
}

/** A source that Partway wrote has these too; they tell of another transfer. */
function withoutOurs(metadata: Metadata = {}): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith('partway-')));
}
