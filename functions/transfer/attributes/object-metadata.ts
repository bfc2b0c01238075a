import type { ProviderProfile } from '../provider.ts';
import { utf8Bytes } from '../values/sizes.ts';
import type { Carriage, Portion } from './object-attributes.ts';

/**
 * What a header can carry everywhere: S3's REST API takes US-ASCII (user guide, "Working with object metadata"). For
 * other text the SDK signs UTF-8, but Node sends Latin-1 or throws. Ceph signs a tab in another way than AWS, and then
 * refuses the signature (Ceph 16.2.15, measured by test/providers/odd-values.test.ts).
 */
export const headerText = /^[\x20-\x7e]*$/;

type Metadata = Readonly<Record<string, string>>;

/**
 * First the request's entries and ours, then the source's in the order of their names, as far as the target has room.
 */
export function carriedMetadata({ request, source, profile, ours }: Carriage): Portion<Metadata> {
  const carried: Record<string, string> = { ...request.metadata, ...ours };
  const namesByReason = new Map<string, string[]>();
  for (const [name, value] of Object.entries(withoutOurs(source?.metadata)).sort(byName)) {
    if (Object.hasOwn(carried, name)) continue;
    const why = faultOfEntry(name, value, profile) ?? faultOfAll({ ...carried, [name]: value }, profile);
    if (why === undefined) carried[name] = value;
    else namesByReason.set(why, [...(namesByReason.get(why) ?? []), name]);
  }
  const untold = source?.metadataUntold ?? 0;
  const left = [...namesByReason].map(([why, names]) => ({ what: `metadata ${names.join(', ')}`, why }));
  const entries = { what: `${untold} entries of metadata`, why: 'the source cannot send them as headers' };
  return { carried, left: untold > 0 ? [...left, entries] : left };
}

/** Says why the target would refuse this entry. `undefined`: it would not. */
export function faultOfEntry(name: string, value: string, { title, metadataEntries }: ProviderProfile) {
  const {
    nameBytesMax = Number.POSITIVE_INFINITY,
    valueBytesMax = Number.POSITIVE_INFINITY,
    underscores,
  } = metadataEntries;
  if (!headerText.test(value)) return 'a header can have only printable ASCII, without tabs';
  if (name.length > nameBytesMax) return `${title} takes names of at most ${nameBytesMax} bytes`;
  if (value.length > valueBytesMax) return `${title} takes values of at most ${valueBytesMax} bytes`;
  return underscores === false && name.includes('_') ? `${title} takes no "_" in names` : undefined;
}

/** Says why the target would refuse all entries together. */
export function faultOfAll(metadata: Metadata, { title, metadataBytesMax, metadataEntries }: ProviderProfile) {
  const { countMax = Number.POSITIVE_INFINITY } = metadataEntries;
  if (Object.keys(metadata).length > countMax) return `${title} takes at most ${countMax} entries, with Partway's own`;
  return metadataBytes(metadata) > metadataBytesMax
    ? `${title} takes at most ${metadataBytesMax} bytes of metadata, with names and Partway's own entries`
    : undefined;
}

export const byName = ([one]: readonly [string, string], [other]: readonly [string, string]): number =>
  one < other ? -1 : 1;

/** Counts as S3 does: the bytes of names and values. */
export function metadataBytes(metadata: Metadata): number {
  return utf8Bytes(Object.entries(metadata).flat().join(''));
}

/** A source that Partway wrote also has these entries. They belong to another transfer. */
function withoutOurs(metadata: Metadata = {}): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith('partway-')));
}
