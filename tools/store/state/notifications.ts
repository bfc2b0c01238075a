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
 * Events that are not delivered yet. The store announces an event before it makes the object, and releases it after that.
 * So a crash between the two loses no event, and sends none for an object that was never made.
 */
export type Outbox = {
  announce(event: ObjectCreatedEvent): Promise<void>;
  release(event: ObjectCreatedEvent): Promise<void>;
  withdraw(event: ObjectCreatedEvent): Promise<void>;
  close(): void;
};

// The listener is on this computer. It may be down for a moment, so the first retries come soon. Later ones still come
// every 10 seconds, because a person may wait for the event.
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

/** Events that the last process left: released ones, and announced ones whose object exists. */
async function leftEvents(disk: Disk, place: string): Promise<ObjectCreatedEvent[]> {
  const events: ObjectCreatedEvent[] = [];
  for (const name of await readdir(place)) {
    const file = join(place, name);
    const event = await readRecord<ObjectCreatedEvent>(file).catch(() => undefined);
    if (event === undefined) {
      console.error(`store: the event ${file} is damaged, and nobody hears of it. Put its object once more.`);
      await rm(file, { force: true });
      continue;
    }
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
    // A refused event waits, and others are delivered meanwhile.
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
    // If we cannot remove the file of a delivered event, the next start delivers it again. At least once is the promise.
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
