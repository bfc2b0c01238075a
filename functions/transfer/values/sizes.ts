/** Binary sizes, in bytes. Most vendors write "MB" and mean MiB. The profiles say which. */
export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const TiB = 1024 * GiB;

/** The length of a text in UTF-8, since stores count names and headers so. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

const units = { TiB, GiB, MiB, KiB } as const;
const seconds = { d: 86_400, h: 3600, min: 60, s: 1, ms: 0.001 } as const;

/** A size in the largest unit that divides it. We do not round a limit, and a person can type what we print. */
export function sizeText(bytes: number): string {
  const unit = Object.entries(units).find(([, unitBytes]) => bytes > 0 && bytes % unitBytes === 0);
  if (unit) return `${bytes / unit[1]} ${unit[0]}`;
  return bytes === 1 ? '1 byte' : `${bytes.toLocaleString('en-US')} bytes`;
}

/** A limit that nobody types: a large one in whole GiB, rounded down, so that nobody counts on more. */
export function limitText(bytes: number): string {
  return sizeText(bytes > 10 * GiB ? bytes - (bytes % GiB) : bytes);
}

/** The same for a time, to a millisecond. */
export function durationText(time: number): string {
  const milliseconds = Math.round(time * 1000);
  const unit = Object.entries(seconds).find(([, each]) => milliseconds > 0 && milliseconds % (each * 1000) === 0);
  return unit ? `${Math.round(milliseconds / (unit[1] * 1000))} ${unit[0]}` : `${time} s`;
}
