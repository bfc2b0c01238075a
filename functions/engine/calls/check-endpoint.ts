import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { refuseUnaddressable } from '../../transfer/addressing.ts';
import type { PartWrite } from '../../transfer/at-stores.ts';
import { isNamed, nameAndMessage, TransferError } from '../../transfer/errors.ts';
import { proofOf } from '../../transfer/proof.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';
import { placeOf, placesFor } from '../../transfer/values/places.ts';
import type { EndpointFacts, Ports, TargetStore } from '../ports/ports.ts';
import { ANSWER_MS, inTime, leftMsOf, type Time } from '../stores/in-time.ts';
import { adviceFor } from './endpoint-advice.ts';

/**
 * One harmless call and its result. `advice` says what is wrong, or what a person should know about a call that
 * succeeded.
 */
export type Check = {
  readonly call: string;
  readonly ok: boolean;
  readonly failure?: string;
  readonly advice?: string;
};
export type EndpointCheck = {
  readonly endpoint: string;
  readonly checks: readonly (Check & { readonly place: string })[];
};

type CheckPorts = Pick<Ports, 'endpoint' | 'store'> & Time;
/** More calls with the small upload, before it is aborted. */
export type MoreChecks = (upload: { target: ObjectAddress; uploadId: string }, attempt: Attempt) => Promise<void>;

/**
 * Tests an endpoint in each place that it may touch. It looks at each place. Where it may write, it also begins a small
 * upload and aborts it. Nothing stays.
 */
export const checkEndpoint =
  (ports: CheckPorts) =>
  async (name: string, more?: MoreChecks): Promise<EndpointCheck> => {
    const endpoint = await ports.endpoint(name);
    if (!endpoint) throw new TransferError('NotFound', `There is no endpoint "${name}" in this stack.`);
    const checks: (Check & { place: string })[] = [];
    const time = timeOfChecks(ports);
    const written = placesFor(endpoint, 'write');
    for (const place of new Set([...placesFor(endpoint, 'read'), ...written])) {
      const isWritten = written.includes(place);
      const found = time.isOver() ? [notChecked] : await checkPlace(ports, endpoint, time, { place, isWritten, more });
      checks.push(...found.map((check) => ({ place, ...check })));
    }
    return { endpoint: name, checks };
  };

// If one call took longer, the others would have no time left.
const CALL_MS_MAX = 10_000;
// Kept free, so that the small upload can be aborted when the time is over.
const ABORT_MS = 6_000;

const notChecked: Check = {
  call: 'any',
  ok: false,
  failure: 'Unreachable: this place was not checked, since the places before it took all the time of one check.',
  advice: 'Repair the places that are named before this one. Then check again.',
};

/** The time of all checks together, and of each call. Throws Unreachable for a call that takes longer. */
function timeOfChecks({ clock, deadlineMs }: Time): { isOver(): boolean; within: Within } {
  const untilMs = () => deadlineMs() - ABORT_MS;
  return {
    isOver: () => leftMsOf({ clock, deadlineMs: untilMs }) === 0,
    within: (call, work) => {
      const callUntilMs = Math.min(untilMs(), clock.nowMs() + CALL_MS_MAX + ANSWER_MS);
      return inTime({ clock, deadlineMs: () => callUntilMs }, call, work());
    },
  };
}

type CheckTime = ReturnType<typeof timeOfChecks>;

async function checkPlace(
  ports: CheckPorts,
  endpoint: EndpointFacts,
  time: CheckTime,
  { place, isWritten, more }: { place: string; isWritten: boolean; more: MoreChecks | undefined },
): Promise<Check[]> {
  const { bucket, prefix } = placeOf(place);
  const target: ObjectAddress = { endpoint: endpoint.name, bucket, key: `${prefix}partway-check-${randomUUID()}` };
  const checks: Check[] = [];
  const attempt: Attempt = async (call, work, within = time.within) => {
    try {
      const answer = await within(call, work);
      const advice = adviceWithout[call];
      checks.push(answer === undefined && advice ? { call, ok: true, advice } : { call, ok: true });
      return answer;
    } catch (error) {
      const { name, message } = nameAndMessage(error);
      checks.push({ call, ok: false, failure: `${name}: ${message}`, advice: adviceFor(call, error, endpoint) });
      return undefined;
    }
  };
  const store = await attempt('read the secret', () => ports.store(endpoint.name));
  if (!store) return checks;
  const isAddressable = await attempt('address the bucket', async () => {
    refuseUnaddressable(endpoint, store.profile, bucket);
    return true;
  });
  if (!isAddressable) return checks;
  await attempt('HeadObject', () => store.inspect(target));
  if (isWritten) await checkWriting(ports, store, target, { attempt, more });
  return checks;
}

type Within = <T>(call: string, work: () => Promise<T>) => Promise<T>;
export type Attempt = <T>(call: string, work: () => Promise<T>, within?: Within) => Promise<T | undefined>;

/**
 * Begins a small upload and aborts it. It also aborts an upload whose id comes after we stopped waiting for
 * CreateMultipartUpload.
 */
async function checkWriting(
  ports: Time,
  store: TargetStore,
  target: ObjectAddress,
  { attempt, more }: { attempt: Attempt; more: MoreChecks | undefined },
): Promise<void> {
  const checksum = proofOf({ profile: store.profile, source: undefined, checksum: 'auto' }).uploadChecksum;
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, checksum, onlyIfAbsent: false };
  const begun = store.beginUpload(write);
  let isRefused = false;
  begun.catch(() => {
    isRefused = true;
  });
  const uploadId = await attempt('CreateMultipartUpload', () => begun);
  if (uploadId !== undefined) {
    await checkUpload(store, { target, uploadId, checksum }, attempt);
    await more?.({ target, uploadId }, attempt);
  }
  if (isRefused) return;
  const aborted = begun.then((id) => store.abortUpload(target, id));
  const what = `AbortMultipartUpload of an upload that may have begun at ${targetName(target)}`;
  await attempt(
    'AbortMultipartUpload',
    () => aborted,
    (_, work) => inTime(ports, what, work()),
  );
}

async function checkUpload(store: TargetStore, upload: Omit<PartWrite, 'partNumber' | 'bytes'>, attempt: Attempt) {
  const { target, uploadId } = upload;
  const bytes = Buffer.from('partway check');
  const part = { ...upload, partNumber: 1, bytes: bytes.length };
  const send = () =>
    store.writePart(part, Readable.from([bytes], { objectMode: false }), AbortSignal.timeout(CALL_MS_MAX));
  // A bucket that requires a checksum refuses the first attempt. From that refusal the adapter learns it, so we send
  // the part again.
  const insists = (error: unknown) => isNamed(error, 'Incomplete');
  await attempt('UploadPart', () => send().catch((error) => (insists(error) ? send() : Promise.reject(error))));
  if (store.profile.listsParts) await attempt('ListParts', () => store.listParts(target, uploadId));
  if (store.profile.listsUploads === true)
    await attempt('ListMultipartUploads', () => store.listUploads(target.bucket, target.key));
}

/** What a person should know if the store answers these calls with "not implemented". */
const adviceWithout: Readonly<Record<string, string>> = {
  ListParts:
    'The store answers that it cannot list parts. So only the checkpoint says which parts are there, and Partway cannot adopt the upload of another program.',
  ListMultipartUploads:
    'The store answers that it cannot list uploads. So the sweep sees only those of known transfers.',
};
