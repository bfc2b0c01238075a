import { TransferError } from '../../functions/transfer/errors.ts';
import { type ClientSource, parse, parseRequest, requestSchema } from '../../functions/transfer/request.ts';
import { limitText, sizeText } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { apiClient } from './api/api.ts';
import { named } from './api/partway-error.ts';
import type { Platform } from './bytes.ts';
import type { ResumeOptions, UploadOptions } from './library.ts';
import { isOpenStream, type Pushed, upload } from './upload.ts';

/** What was opened to be pushed, and what the service is told of it. */
export type Opened = {
  readonly source: ClientSource;
  readonly pushed: Pushed;
};

/**
 * Begins a transfer, or finds an unfinished one of the same bytes to the same target, and goes on to its end. Gives the
 * view in which it ended: `copied`, or `aborted`, `failed` or `paused` if somebody else or the service ended it.
 */
export function uploadOpened(
  platform: Platform,
  { source, pushed }: Opened,
  options: UploadOptions,
): Promise<TransferView> {
  const { api, idempotencyKey, onlyResume, signal, onProgress, onStarted, onTrouble, name: _, ...asked } = options;
  return named(async () => {
    const request = { ...asked, source: { client: { ...source.client, onlyResume } } };
    const { overwrite, resumeFrom, ...sending } = parseRequest(request);
    const client = apiClient(api, signal);
    // The plan refuses what the target, its object or another program's upload forbids. Nobody can plan a stream.
    if (pushed.mayRepeat && (overwrite !== 'always' || resumeFrom)) await client.plan(request);
    const view = await client.start(request, { idempotencyKey });
    refuseShortPlan(view, source);
    return upload(view, { client, platform, sending, pushed, signal, onProgress, onStarted, onTrouble });
  });
}

/**
 * Goes on with a transfer that is known by its id, and was looked at before. Throws InvalidRequest if it is no push, or one of other bytes; Ended if
 * it was aborted.
 */
export function resumeOpened(
  platform: Platform,
  { known, ...opened }: Opened & { readonly known: TransferView },
  options: ResumeOptions,
): Promise<TransferView> {
  const { api, transferId, signal, partsAtOnce, bandwidthBytesPerSecond, retry, patienceSeconds, ...observers } =
    options;
  return named(async () => {
    const client = apiClient(api, signal);
    refuseOther(known, opened.source);
    const asked = { partsAtOnce, bandwidthBytesPerSecond, retry, patienceSeconds };
    const sending = parse(sendingSchema, asked, 'The request');
    const view = known.state === 'copied' ? known : await client.resume(transferId);
    return upload(view, { ...observers, client, platform, sending, pushed: opened.pushed, signal });
  });
}

const sendingSchema = requestSchema.pick({
  partsAtOnce: true,
  bandwidthBytesPerSecond: true,
  retry: true,
  patienceSeconds: true,
});

function refuseOther(view: TransferView, { client: { bytes } }: ClientSource): void {
  const { transferId, push, plan } = view;
  if (!push) throw new TransferError('InvalidRequest', `Transfer ${transferId} is no push: its source is in a store.`);
  if (bytes === undefined || !plan) return;
  if (isOpenStream(view))
    throw new TransferError(
      'InvalidRequest',
      `Transfer ${transferId} was begun with a longer stream: give it that stream again.`,
    );
  if (bytes !== plan.objectBytes)
    throw new TransferError(
      'InvalidRequest',
      `Transfer ${transferId} has ${sizeText(plan.objectBytes)}, and this source has ${sizeText(bytes)}.`,
    );
}

/** An unfinished push keeps its plan. It may have been begun with another expectation. */
function refuseShortPlan(view: TransferView, { client: { expectBytes = 0 } }: ClientSource): void {
  const { transferId, plan } = view;
  if (!plan || !isOpenStream(view) || plan.objectBytes >= expectBytes) return;
  throw new TransferError(
    'TargetBusy',
    `Transfer ${transferId} is pushing a stream of at most ${limitText(plan.objectBytes)} to this target, and ${sizeText(expectBytes)} are expected.`,
  );
}
