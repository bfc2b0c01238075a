import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bareEtag } from '../protocol/conditions.ts';
import { type Disk, places, saveRecord } from './disk.ts';
import { readRecord } from './loading.ts';
import type { StoredObject } from './records.ts';

export type Reason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

type Cause = {
  readonly region: string;
  readonly bucketName: string;
  readonly reason: Reason;
  readonly requester: string;
  readonly requestId: string;
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export type ObjectCreatedEvent = ReturnType<typeof objectCreated>;

/**
 * Events on their way. An event is announced before its object is made and released afterwards. So a crash between the
 * two loses no event, and sends none for an object that was never made.
 */
export type Outbox = {
  announce(event: ObjectCreatedEvent): Promise<void>;
  release(event: ObjectCreatedEvent): Promise<void>;
  withdraw(event: ObjectCreatedEvent): Promise<void>;
  close(): void;
};

// The listener is on this computer. The first tries come soon, and even the last come often enough for a person who
// waits.
const DELAY_MS_MIN = 100;
const DELAY_MS_MAX = 10_000;
const DELIVERY_MS_MAX = 30_000;
const DELIVERIES_AT_ONCE = 8;

export function objectCreated(object: StoredObject, cause: Cause) {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '000000000000',
    time: object.modified,
    region: cause.region,
    resources: [`arn:aws:s3:::${cause.bucketName}`],
    detail: {
      version: '0',
      bucket: { name: cause.bucketName },
      object: { key: object.key, size: object.bytes, etag: bareEtag(object.etag), sequencer: object.sequencer },
      'request-id': cause.requestId,
      requester: cause.requester,
      'source-ip-address': '127.0.0.1',
      reason: cause.reason,
    },
  };
}

/** Delivers at least once: an event leaves the disk only after the listener has answered with a 2xx. */
export async function openOutbox(disk: Disk, notifyUrl: string): Promise<Outbox> {
  const place = places.outbox(disk.directory);
  const announced = (event: ObjectCreatedEvent) => join(place, `${event.id}.announced`);
  const released = (event: ObjectCreatedEvent) => join(place, `${event.id}.json`);
  const deliveries = startDeliveries(notifyUrl, released);
  for (const event of await leftEvents(disk, place)) deliveries.add(event);
  return {
    announce: (event) => saveRecord(disk, announced(event), event),
    release: async (event) => {
      await rename(announced(event), released(event));
      deliveries.add(event);
    },
    withdraw: (event) => rm(announced(event), { force: true }),
    close: deliveries.stop,
  };
}

/** What the last process left: released events, and announced events whose object was made. */
async function leftEvents(disk: Disk, place: string): Promise<ObjectCreatedEvent[]> {
  const events: ObjectCreatedEvent[] = [];
  for (const name of await readdir(place)) {
    const file = join(place, name);
    const event = await readRecord<ObjectCreatedEvent>(file);
    if (event === undefined) continue;
    const { bucket, object } = event.detail;
    const made = disk.buckets.get(bucket.name)?.objects.get(object.key)?.sequencer === object.sequencer;
    if (name.endsWith('.announced') && !made) await rm(file);
    else events.push(event);
    if (name.endsWith('.announced') && made) await rename(file, join(place, `${event.id}.json`));
  }
  return events.sort((left, right) => (left.detail.object.sequencer < right.detail.object.sequencer ? -1 : 1));
}

function startDeliveries(notifyUrl: string, fileOf: (event: ObjectCreatedEvent) => string) {
  const stopping = new AbortController();
  let atWork = 0;

  const deliver = async (event: ObjectCreatedEvent, delayMs: number): Promise<void> => {
    if (await post(notifyUrl, event, stopping.signal)) return rm(fileOf(event), { force: true });
    if (stopping.signal.aborted) return;
    // An event that waits lets others go first, so that one refused event does not hold up the rest.
    const again = () => start(() => deliver(event, Math.min(delayMs * 2, DELAY_MS_MAX)));
    setTimeout(again, delayMs).unref();
  };

  const waiting: (() => Promise<void>)[] = [];
  const start = (work: () => Promise<void>): void => {
    waiting.push(work);
    next();
  };
  const next = (): void => {
    const work = atWork < DELIVERIES_AT_ONCE ? waiting.shift() : undefined;
    if (work === undefined || stopping.signal.aborted) return;
    atWork += 1;
    const ended = () => {
      atWork -= 1;
      next();
    };
    // If the file of a delivered event stays, the next start delivers it again: at least once, as promised.
    work().then(ended, ended);
  };

  return {
    add: (event: ObjectCreatedEvent) => start(() => deliver(event, DELAY_MS_MIN)),
    stop: () => stopping.abort(),
  };
}

/** True if the listener has taken the event. A redirect does not count. */
async function post(url: string, event: ObjectCreatedEvent, stopping: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(DELIVERY_MS_MAX)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
