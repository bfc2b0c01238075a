import { GiB, KiB, MiB, TiB } from '../../../functions/transfer/values/sizes.ts';

const units = [
  { name: 'TiB', bytes: TiB },
  { name: 'GiB', bytes: GiB },
  { name: 'MiB', bytes: MiB },
  { name: 'KiB', bytes: KiB },
] as const;

/** At least three digits, in binary units. A person can type the text again as an option. */
export function bytesText(bytes: number): string {
  const unit = units.find((candidate) => bytes >= candidate.bytes);
  if (!unit) return `${Math.round(bytes)} B`;
  const amount = bytes / unit.bytes;
  // 64 MiB reads better than 64.0 MiB, and part sizes are whole.
  const digits = Number.isInteger(amount) || amount >= 1000 ? 0 : 1;
  return `${amount.toFixed(digits)} ${unit.name}`;
}

export function exactBytesText(bytes: number): string {
  return `${bytesText(bytes)} (${counted(bytes, 'byte')})`;
}

export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** Rounds up, so that a person who reads 0 s need not wait any more. */
export function secondsText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [days, hours, minutes] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
  ];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

/** The time as a clock shows it, for a line that is redrawn. Rounds up too. */
export function clockText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const twoDigits = (number: number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = twoDigits(whole % 60);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${tail}` : `${minutes}:${tail}`;
}

/** Most costs are fractions of a cent, so we show two significant digits, not two decimals. */
export function usdText(usd: number): string {
  return usd >= 1 ? `$${usd.toFixed(2)}` : `$${Number(usd.toPrecision(2))}`;
}

/** A key may contain any character except NUL. We escape characters that break a line or control a terminal, as JSON does. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1);
    return escaped === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped;
  });
}

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? noun : plural}`;
}
