import { TransferError } from '../../functions/transfer/errors.ts';
import {
  type ClientSource,
  parse,
  parseRequest,
  requestSchema,
  type TransferRequestInput,
} from '../../functions/transfer/request.ts';
import type { TransferView } from '../../functions/transfer/told/view.ts';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import { sizeText } from '../../functions/transfer/values/sizes.ts';
import { type Api, apiClient } from './api/api.ts';
import { asPartwayError } from './api/partway-error.ts';
import type { Platform } from './bytes.ts';
import { recordedParts } from './push.ts';
import { isOpenStream, type Observers, type Pushed, type Sending, upload } from './upload.ts';

/** What may be asked of an upload beside its source and its target: the fields of docs/api.md. */
export type Asked = Omit<TransferRequestInput, 'source' | 'target' | 'resumeFrom'>;

export type UploadOptions = Observers &
  Asked & {
    readonly api: Api;
    readonly target: TransferRequestInput['target'];
    /** What lists call the source. Left out, it is the name of the file. */
    readonly name?: string | undefined;
    /** The same key is the same transfer, for 90 days. */
    readonly idempotencyKey?: string | undefined;
  };

export type FileOptions = UploadOptions & {
  /** Compares each part that is there already before anything is sent, even if the file has the same name and time. */
  readonly verifyParts?: boolean | undefined;
};

export type StreamOptions = UploadOptions & {
  /** About how long it will be, so that its parts are large enough. Without it, a stream may have 625 GiB. */
  readonly expectBytes?: number | undefined;
};

export type ResumeOptions = Observers &
  Partial<Pick<TransferRequestInput, keyof Sending>> &
  Pick<FileOptions, 'api' | 'name' | 'verifyParts'> & { readonly transferId: string };

/** One transfer of this API. */
export type Named = { readonly api: Api; readonly transferId: string; readonly signal?: AbortSignal | undefined };

/** What was opened to be pushed, and what the service is told of it. */
export type Opened = {
  readonly source: ClientSource;
  readonly pushed: Pushed;
  /** Of a stream, where something else is asked for than of a file. */
  readonly asked?: Pick<Asked, 'partBytes' | 'partsAtOnce'>;
};

/**
 * Begins a transfer, or finds an unfinished one of the same bytes to the same target, and goes on to its end. Gives the
 * view in which it ended: `copied`, or `aborted`, `failed` or `paused` if somebody else or the service ended it.
 */
export function uploadOpened(
  platform: Platform,
  { source, pushed, asked: askedOfStream }: Opened,
  options: UploadOptions,
): Promise<TransferView> {
  const { api, idempotencyKey, signal, onProgress, onStarted, onTrouble, name: _, ...asked } = options;
  return named(async () => {
    const request = { ...asked, ...askedOfStream, source };
    const { overwrite, ...sending } = parseRequest(request);
    const client = apiClient(api, signal);
    // The plan refuses what the target or its object forbids. Nobody can plan a stream.
    if (pushed.mayRepeat && overwrite !== 'always') await client.plan(request);
    const view = await client.start(request, { idempotencyKey });
    return upload(view, { client, platform, sending, pushed, signal, onProgress, onStarted, onTrouble });
  });
}

/**
 * Goes on with a transfer that is known by its id. Throws InvalidRequest if it is no push, or one of other bytes; Ended if
 * it was aborted.
 */
export function resumeOpened(platform: Platform, opened: Opened, options: ResumeOptions): Promise<TransferView> {
  const { api, transferId, signal, partsAtOnce, retry, patienceSeconds, ...observers } = options;
  return named(async () => {
    const client = apiClient(api, signal);
    const known = await client.describe(transferId);
    refuseOther(known, opened.source);
    const asked = { partsAtOnce: partsAtOnce ?? opened.asked?.partsAtOnce, retry, patienceSeconds };
    const sending = parse(sendingSchema, asked, 'The request');
    const isAsItIs = known.state === 'pushing' || known.state === 'copied';
    const view = isAsItIs ? known : await client.resume(transferId);
    return upload(view, { ...observers, client, platform, sending, pushed: opened.pushed, signal });
  });
}

const sendingSchema = requestSchema.pick({ partsAtOnce: true, retry: true, patienceSeconds: true });

function refuseOther(view: TransferView, { client: { bytes } }: ClientSource): void {
  const { transferId, push, plan } = view;
  if (!push) throw new TransferError('InvalidRequest', `Transfer ${transferId} is no push: its source is in a store.`);
  if (bytes === undefined || !plan) return;
  if (isOpenStream(view))
    throw new TransferError('InvalidRequest', `Transfer ${transferId} was begun with a stream: give it a stream.`);
  if (bytes !== plan.objectBytes)
    throw new TransferError(
      'InvalidRequest',
      `Transfer ${transferId} has ${sizeText(plan.objectBytes)}, and this source has ${sizeText(bytes)}.`,
    );
}

/** No more URLs are given; what was sent stays. `resume` or the same upload goes on. */
export function pause({ api, transferId, signal }: Named): Promise<TransferView> {
  return named(() => apiClient(api, signal).pause(transferId));
}

/** Ends the transfer for good, and removes its parts from the target. It may still be at work when this answers. */
export function abort({ api, transferId, signal }: Named): Promise<TransferView> {
  return named(() => apiClient(api, signal).abort(transferId));
}

/** The parts that are safe at the target, by number. */
export function listParts({ api, transferId, signal }: Named): Promise<readonly CopiedPart[]> {
  return named(async () => {
    const parts = await recordedParts(apiClient(api, signal), transferId);
    return [...parts.values()].toSorted((one, other) => one.partNumber - other.partNumber);
  });
}

/** Every expected failure leaves the library as a PartwayError. */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asPartwayError(error);
  }
}
