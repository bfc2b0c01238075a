import { createHash } from 'node:crypto';
import type { Arrival, TransferRequest } from '../../transfer/request.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';

/**
 * Makes an id from words. The same words always give the same id. It has 128 bits, in hexadecimal, so two different
 * inputs never get the same id in practice.
 */
export function transferIdOf(...words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32);
}

/**
 * One write of one key gives one transfer for each target, even if S3 sends the event many times. Two rules may copy
 * one object to two targets, so the target is part of the id.
 */
export function transferIdOfArrival(arrival: Arrival, target: ObjectAddress): string {
  return transferIdOf('arrival', ...writeOf(arrival), targetName(target));
}

/** The id that versions before 2026-11-26 gave to an arrival. Their executions can be redriven until 2027-03-10. */
export function formerIdOfArrival(arrival: Arrival): string {
  return transferIdOf('arrival', ...writeOf(arrival));
}

function writeOf({ bucket, object }: Arrival): string[] {
  return [bucket.name, object.key, object['version-id'] ?? object.etag ?? '', object.sequencer ?? ''];
}

/** Two requests that ask for the same thing have the same fingerprint. The order of their fields does not matter. */
export function fingerprint(request: TransferRequest): string {
  return createHash('sha256')
    .update(canonical(identityOf(request)))
    .digest('hex');
}

/**
 * Of a file, only the bytes count: its name and its time may change. Fields that only say how fast or how patiently parts
 * are moved, or who pays for it, do not count, and the plan of an unfinished stream stays as it is.
 */
function identityOf({
  partsAtOnce: _,
  batchesAtOnce: __,
  retry: ___,
  patienceSeconds: ____,
  requesterPays: _____,
  bandwidthBytesPerSecond: ______,
  speed: _______,
  ...rest
}: TransferRequest) {
  if (!('client' in rest.source)) return rest;
  const { name: _n, modifiedMs: _m, expectBytes: _e, spools: _s, onlyResume: _o, ...client } = rest.source.client;
  return { ...rest, source: { client } };
}

const SCRUBBED = 'partway-query-sha256';

/** Whether a hash stands in the place of the URL's query. */
export function isScrubbed(url: string): boolean {
  return new URL(url).searchParams.has(SCRUBBED);
}

/**
 * The request with a hash in the place of the query of its URL, which may be a signature, and without the URL's fragment,
 * which is never sent. Two requests that ask for the same thing still do, and others do not. Twice is the same as once.
 */
export function scrubbed(request: TransferRequest): TransferRequest {
  if (!('url' in request.source) || isScrubbed(request.source.url)) return request;
  const url = new URL(request.source.url);
  if (url.search === '' && url.hash === '') return request;
  url.hash = '';
  if (url.search === '') return { ...request, source: { ...request.source, url: url.href } };
  const digest = createHash('sha256').update(url.search).digest('hex');
  url.search = new URLSearchParams({ [SCRUBBED]: digest }).toString();
  return { ...request, source: { ...request.source, url: url.href } };
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
    .join(',')}}`;
}
