import { basename } from 'node:path';
import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import { partSizesText } from '../../../functions/transfer/values/part-sizes.ts';
import { limitText } from '../../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import type { UploadOptions } from '../../client/library.ts';
import { uploadFile, uploadStream } from '../../client/node/client.ts';
import { openFile } from '../../client/node/file-bytes.ts';
import { type Incoming, isPipe, openPipe, openStdin } from '../../client/node/open-pipe.ts';
import { isOpenStream } from '../../client/upload.ts';
import { afterBegin, type ExitCode, exitCodes, invalid } from '../failure/failure.ts';
import { STREAM_NAME } from '../request/address.ts';
import { type CopyOptions, copyRequest } from '../request/copy-request.ts';
import { showing } from '../text/watch.ts';
import { reportEnd } from './follow.ts';
import type { Session } from './session.ts';

export type Typed = { readonly source: string; readonly target: string; readonly options: CopyOptions };

/** Pushes a file, a pipe or standard input. The same command again goes on where it was. */
export async function pushFromHere(session: Session, typed: Typed): Promise<ExitCode> {
  const view = await pushToItsEnd(session, typed);
  return view ? reportEnd(session, view) : exitCodes.interrupted;
}

/** The transfer as it ended, or `undefined` when it was interrupted; then a person was told how to go on. */
export async function pushToItsEnd(session: Session, typed: Typed): Promise<TransferView | undefined> {
  const { source, options } = typed;
  if (options.detach)
    throw invalid('--detach cannot be asked for here: the bytes are on this computer, and this command sends them.');
  const { verifyParts, expectBytes, spool } = options;
  const stream = await streamAt(source);
  if (!stream) {
    refuseWhatStreamsTake(options);
    return run(session, typed, basename(source), (asked) => uploadFile({ ...asked, source, verifyParts }));
  }
  if (options.adopt !== undefined)
    throw invalid('--adopt works only for an object or a file: nobody knows the length of a stream.');
  const push: Push = (asked) => uploadStream({ ...asked, source: stream.chunks, expectBytes, spool });
  return run(session, typed, STREAM_NAME, push).finally(stream.close);
}

function refuseWhatStreamsTake({ expectBytes, spool }: CopyOptions): void {
  if (expectBytes !== undefined)
    throw invalid('--expect-bytes works only for a stream. The length of a file is known.');
  if (spool !== undefined) throw invalid('--spool works only for a stream. The parts of a file are on a disk already.');
}

async function streamAt(source: string): Promise<Incoming | undefined> {
  if (source === STREAM_NAME) return openStdin();
  return (await isPipe(source)) ? openPipe(source) : undefined;
}

/** What `partway plan` asks about a file. */
export async function planOfFile({ source, target, options }: Typed): Promise<TransferRequestInput> {
  if (source === STREAM_NAME || (await isPipe(source)))
    throw invalid('A stream cannot be planned: nobody knows its length yet.');
  const file = await openFile(source);
  await file.close();
  return copyRequest(file.source, target, options);
}

type Push = (asked: UploadOptions) => Promise<TransferView>;

async function run(session: Session, { target, options }: Typed, name: string, push: Push) {
  // The library tells the length of a file. Here it only says that there is one.
  const client = name === STREAM_NAME ? { name } : { name, bytes: 0 };
  const request = copyRequest({ client }, target, options);
  const { source: _, ...asked } = request;
  await session.refuseUnknown(request);
  if (name === STREAM_NAME) session.wake(); // the first part of a stream takes a while
  const display = session.display();
  const show = showing(display);
  let begun: TransferView | undefined;
  try {
    return await push({
      ...asked,
      name,
      api: session.api,
      signal: session.signal,
      idempotencyKey: options.idempotencyKey,
      onlyResume: options.resume,
      onStarted: (view) => {
        begun = view;
        tellStarted(session, view, options);
      },
      onProgress: ({ view }) => show(view),
      onTrouble: (sentence) => display.note(sentence),
    });
  } catch (error) {
    if (!begun) throw error;
    if (!session.signal.aborted) throw (await wasRefused(session, begun)) ? error : afterBegin(error);
    tellInterrupted(session, begun);
    return undefined;
  } finally {
    display.close();
  }
}

function tellStarted(session: Session, view: TransferView, { spool }: CopyOptions): void {
  session.remark(`Transfer ${view.transferId} to ${view.target}`);
  if (!view.plan || !isOpenStream(view)) return;
  const { objectBytes, partCount } = view.plan;
  session.remark(
    `The stream may have up to ${limitText(objectBytes)}: ${partCount.toLocaleString('en-US')} parts of ${partSizesText(view.plan)}.`,
  );
  if (spool !== undefined) session.remark(`Its parts wait in ${spool} until they are sent.`);
}

/** Whether the push ended before it had an upload. If the API does not answer, we do not promise that. */
async function wasRefused({ client }: Session, { transferId }: TransferView): Promise<boolean> {
  return client.describe(transferId).then(
    ({ refused }) => refused === true,
    () => false,
  );
}

function tellInterrupted(session: Session, view: TransferView): void {
  const again = isOpenStream(view)
    ? 'The same stream again goes on: what is there is compared, and not sent.'
    : 'The same command goes on with the parts that are missing.';
  session.complain(
    `\nStopped. Nothing that the store has confirmed is lost. ${again}\nTo end it instead: ${session.commandLine(`abort ${view.transferId}`)}\n`,
  );
}
