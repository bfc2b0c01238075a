import type { OpenUpload, OpenUploads, UploadMarkers } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { SweepPosition } from '../../transfer/sweep-report.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';
import { placeOf, placesFor } from '../../transfer/values/places.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import type { Journal } from './sweep-journal.ts';
import type { SweepTime } from './sweep-time.ts';
import { uploadsInUse } from './sweep-transfers.ts';

// A million uploads. The time of a sweep does not suffice for so many old ones, so a longer list probably has no end. It
// must not keep the sweep from the other places.
const PAGES_MAX = 1000;

type Place = { readonly endpoint: string; readonly bucket: string; readonly prefix: string };
type Position = NonNullable<SweepPosition['uploads']>;

type Pass = {
  readonly olderThanMs: number;
  readonly abort: boolean;
  readonly known: ReadonlySet<string>;
  readonly from: Position | undefined;
  readonly time: SweepTime;
  save(uploads: Position): Promise<void>;
};

/**
 * Looks for old uploads that no unfinished transfer has. Looks only at places where endpoints may write, since our
 * uploads can only be there. Begins where the last sweep stopped. Returns the place where its time was over.
 */
export async function sweepUploads(ports: Ports, journal: Journal, pass: Pass): Promise<Position | undefined> {
  const known = await journal.trying({ what: 'the endpoints', run: () => placesOf(ports) }, undefined);
  if (!known) return pass.from;
  const places = startingAt(known, pass.from?.place);
  for (const [index, place] of places.entries()) {
    const from = nameOf(place) === pass.from?.place ? pass.from.from : {};
    const run = () => sweepPlace(ports, journal, place, { ...pass, from });
    const stoppedAt = await journal.trying({ what: nameOf(place), endpoint: place.endpoint, run }, undefined);
    if (!stoppedAt) continue;
    for (const left of places.slice(index)) journal.add(notLookedAt(left, left === place ? stoppedAt : {}));
    return { place: nameOf(place), from: stoppedAt };
  }
  return undefined;
}

async function placesOf(ports: Ports): Promise<Place[]> {
  return (await ports.endpoints()).flatMap((endpoint) =>
    placesFor(endpoint, 'write').map((entry) => ({ endpoint: endpoint.name, ...placeOf(entry) })),
  );
}

function nameOf({ endpoint, bucket, prefix }: Place): string {
  return `${endpoint}:${bucket}/${prefix}`;
}

function startingAt(places: readonly Place[], name: string | undefined): Place[] {
  const first = Math.max(
    0,
    places.findIndex((place) => nameOf(place) === name),
  );
  return [...places.slice(first), ...places.slice(0, first)];
}

function notLookedAt(place: Place, { keyMarker }: UploadMarkers) {
  const what = keyMarker === undefined ? nameOf(place) : `${nameOf(place)}, after the key ${keyMarker}`;
  return { outcome: 'notLookedAt', what, why: 'The sweep had no more time.' } as const;
}

/** Returns the place where the time was over. Throws InvalidRequest if the store cannot list its uploads. */
async function sweepPlace(
  ports: Ports,
  journal: Journal,
  place: Place,
  pass: Omit<Pass, 'from'> & { readonly from: UploadMarkers },
): Promise<UploadMarkers | undefined> {
  const { endpoint, bucket, prefix } = place;
  const store = await ports.store(endpoint);
  if (store.profile.listsUploads !== true) throw cannotList(store);
  let from: UploadMarkers | undefined = pass.from;
  for (let pages = 1; from; pages += 1) {
    if (pass.time.isOver()) return from;
    if (pages > PAGES_MAX) throw endless(store);
    const listing: Promise<OpenUploads | undefined> = store.uploadsPage(bucket, prefix, from);
    const page = await pass.time.within('The list of its uploads', listing);
    if (!page) throw cannotList(store);
    for (const upload of page.uploads) {
      if (pass.time.isOver()) return from;
      await lookAt(ports, journal, store, { ...upload, endpoint, bucket }, pass);
      journal.lookedAt({ uploads: 1 });
    }
    from = page.next;
    if (from) await pass.save({ place: nameOf(place), from });
  }
  return undefined;
}

function endless({ profile }: TargetStore): TransferError {
  return new TransferError('Unreachable', `${profile.title} sent ${PAGES_MAX} pages of uploads, and the list goes on.`);
}

function cannotList({ profile }: TargetStore): TransferError {
  return new TransferError(
    'InvalidRequest',
    `${profile.title} cannot list its uploads, so the sweep sees only those of known transfers.`,
  );
}

async function lookAt(
  ports: Ports,
  journal: Journal,
  store: TargetStore,
  upload: OpenUpload & ObjectAddress,
  { known, olderThanMs, abort, time }: Omit<Pass, 'from'>,
): Promise<void> {
  const { uploadId, initiatedAtMs } = upload;
  if (known.has(uploadId) || initiatedAtMs >= olderThanMs || (await isInUse(ports, upload))) return;
  const { endpoint, bucket, key } = upload;
  const run = async () => {
    await time.within('Aborting it', store.abortUpload(upload, uploadId));
    return true;
  };
  const what = `upload ${uploadId} of ${targetName(upload)}`;
  const aborted = abort && (await journal.trying({ what, endpoint, run }, false));
  journal.add({ outcome: 'orphan', endpoint, bucket, key, uploadId, initiatedAtMs, aborted });
}

/**
 * After the sweep looked at the transfers, a new transfer may have begun to use another program's upload. Such a
 * transfer has the key's lock.
 */
async function isInUse({ checkpoints }: Ports, { uploadId, ...target }: OpenUpload & ObjectAddress): Promise<boolean> {
  const owner = await checkpoints.lockOwner(target);
  const transfer = owner === undefined ? undefined : await checkpoints.read(owner);
  return transfer !== undefined && uploadsInUse(transfer).includes(uploadId);
}
