import { InvalidArgumentError } from 'commander';
import { GiB, KiB, MiB, TiB } from '../../../functions/transfer/values/sizes.ts';

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB,
  MiB,
  GiB,
  TiB,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
};

const unitSeconds: Readonly<Record<string, number>> = {
  '': 1,
  ms: 0.001,
  s: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
};

/**
 * `64MiB` is binary, `64MB` is decimal, and a number without a unit means bytes. We refuse `64M`, because other tools
 * disagree about its meaning.
 */
export function parseBytes(text: string): number {
  const bytes = parseAmount(text, unitBytes);
  if (bytes !== undefined && Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError('Write a size as 64MiB, 1.5GiB, 100MB, or as a number of bytes.');
}

/** Bytes a second, or no limit. */
export function parseBandwidth(text: string): number | 'off' {
  if (text === 'off') return text;
  const bytes = parseAmount(text.replace(/\/s$/, ''), unitBytes);
  if (bytes !== undefined && Number.isSafeInteger(Math.round(bytes))) return Math.round(bytes);
  throw new InvalidArgumentError('Write a bandwidth as 50MiB, 1.5GiB, 100MB (each in a second), or as off.');
}

/** In seconds, perhaps with a fraction. */
export function parseSeconds(text: string): number {
  const seconds = parseAmount(text, unitSeconds);
  if (seconds !== undefined) return seconds;
  throw new InvalidArgumentError('Write a time as 500ms, 30s, 5min, 1h, 2d, or as a number of seconds.');
}

export function parseWhole(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a whole number.');
}

export function parseNumber(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a number.');
}

/** `--metadata name=value`, which a person may repeat. */
export function addMetadata(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const match = /^([^=]+)=(.*)$/s.exec(text);
  if (!match) throw new InvalidArgumentError('Write it as name=value.');
  const [, name = '', value = ''] = match;
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`"${name}" is given twice.`);
  return { ...before, [name]: value };
}

/** ETags with commas between them. A part that failed leaves an empty place in the list, as in UCloud US3's SDK. */
export function parseEtags(text: string): { partNumber: number; etag: string }[] {
  return text.split(',').flatMap((etag, index) => (etag ? [{ partNumber: index + 1, etag: etag.trim() }] : []));
}

function parseAmount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text);
  const unit = match?.[2] ?? '';
  if (!match || !Object.hasOwn(units, unit)) return undefined;
  return Number(match[1]) * (units[unit] ?? 1);
}
