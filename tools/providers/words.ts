import type {
  MetadataEntries,
  OverwriteGuard,
  OwnChecksum,
  ProviderProfile,
  SdkStatus,
} from '../../functions/transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../../functions/transfer/values/sizes.ts';

const units = [
  ['TiB', TiB],
  ['GiB', GiB],
  ['MiB', MiB],
  ['KiB', KiB],
] as const;

/** Three digits, rounded down, because a reader would rely on a limit that looks larger than it is. */
export function limitText(bytes: number): string {
  const [name, unitBytes] = units.find(([, unit]) => bytes >= unit) ?? ['bytes', 1];
  const amount = bytes / unitBytes;
  const scale = amount >= 100 ? 1 : amount >= 10 ? 10 : 100;
  return `${Math.floor(amount * scale) / scale} ${name}`;
}

/** Adds the exact bytes in brackets if three digits are not exact. */
export function exactLimitText(bytes: number): string {
  const isExact = units.some(([name, unit]) => limitText(bytes) === `${bytes / unit} ${name}`);
  return isExact ? limitText(bytes) : `${limitText(bytes)} (${countText(bytes)} bytes)`;
}

export function countText(count: number): string {
  return count.toLocaleString('en-US');
}

export function copyText(bytes: number): string {
  return bytes === 0 ? 'not used' : exactLimitText(bytes);
}

export function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

export function uploadListText(value: ProviderProfile['listsUploads']): string {
  return value === 'exact-key' ? 'only of one whole key' : yesOrNo(value);
}

export function tokenText(value: ProviderProfile['takesSessionToken']): string {
  return value === 'unknown' ? 'not known, so Partway tries them' : yesOrNo(value);
}

export function addressingText(value: ProviderProfile['addressing']): string {
  return {
    path: 'bucket in the path',
    'virtual-host': 'bucket in the host name',
    'virtual-host-only': 'bucket in the host name only: its name has no dots, and the URL no IP address',
  }[value];
}

export function etagText(value: 'md5' | 'md5-of-md5s' | 'opaque'): string {
  return { md5: 'MD5', 'md5-of-md5s': "MD5 of the parts' MD5s", opaque: 'opaque' }[value];
}

export function checksumText(value: OwnChecksum | 'none'): string {
  return value === 'none' ? 'none' : `\`${value.header}\` (${value.algorithm})`;
}

export function guardText(value: OverwriteGuard): string {
  if (value === 'none') return 'none';
  return value === 'if-none-match' ? '`If-None-Match: *`' : `\`${value.header}: ${value.value}\``;
}

export function classesText(value: readonly string[] | 'none'): string {
  return value === 'none' ? 'none by header' : value.join(', ');
}

export function entriesText({ countMax, nameBytesMax, valueBytesMax, underscores }: MetadataEntries): string {
  const limits = [
    countMax === undefined ? [] : `at most ${countMax}`,
    nameBytesMax === undefined ? [] : `names of at most ${nameBytesMax} bytes`,
    valueBytesMax === undefined ? [] : `values of at most ${valueBytesMax} bytes`,
    underscores === false ? 'no underscores in names' : [],
  ].flat();
  return limits.length === 0 ? 'no limits for single entries' : limits.join(', ');
}

export function listText(value: readonly string[]): string {
  return value.length === 0 ? 'none' : value.join(', ');
}

export function expiryText(days: number | 'never'): string {
  return days === 'never' ? 'never' : `after ${days} ${days === 1 ? 'day' : 'days'}`;
}

export function mustText(value: boolean): string {
  return value ? 'required' : 'not required';
}

export function rowsText({ default: otherwise, max }: ProviderProfile['listRows']): string {
  return otherwise === max ? countText(max) : `${countText(otherwise)} by default, at most ${countText(max)}`;
}

export function throttlesText(throttles: readonly string[]): string {
  return throttles.map((text) => `\`${text}\``).join(', ');
}

export function missingBucketText(status: number): string {
  return `\`${status}\``;
}

export function takenText(isTaken: boolean): string {
  return isTaken ? 'taken' : 'Partway refuses them';
}

export function statusesText(statuses: readonly SdkStatus[]): string {
  return statuses.map(({ when, told, name }) => `${when}: ${told} → ${name}`).join('<br>');
}

export function codesText(codes: ProviderProfile['errorCodes']): string {
  const lines = Object.entries(codes).map(([code, name]) => `\`${code}\` → ${name}`);
  return lines.length === 0 ? "only AWS's" : lines.join('<br>');
}

export function partChecksumText(how: ProviderProfile['partChecksum']): string {
  return { trailer: 'as a trailer, at AWS itself', header: 'as a header', none: 'Partway sends none' }[how];
}

/** The words of the profile are those of a command; Markdown would swallow what stands in <>. */
export function corsText({ form, takesStar, how }: ProviderProfile['corsRules']): string {
  const rules = {
    s3: "JSON of AWS's form",
    xml: "XML of S3's form",
    gcs: 'JSON of its own',
    qingstor: 'JSON of its own',
  };
  const what =
    form === 'none' ? 'a bucket has none' : `${rules[form]}${takesStar ? '' : ', with each header by its name'}`;
  return `${what}: \`${how}\``;
}
