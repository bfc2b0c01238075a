import { basename } from 'node:path';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { pushToItsEnd } from '../cli/commands/push.ts';
import { openSession } from '../cli/commands/session.ts';
import type { RunningStack } from '../local/stack.ts';

type Given = { readonly path: string; readonly target: string | undefined; readonly json: boolean };

/** Pushes a file as `partway copy` does. Returns the ended transfer, or `undefined` after Ctrl-C. */
export function pushGiven(
  { folder }: RunningStack,
  { path, target, json }: Given,
  signal: AbortSignal,
): Promise<TransferView | undefined> {
  const { stdout, stderr } = process;
  const session = openSession({ home: folder, ...(json && { json }) }, { stdout, stderr, signal });
  const typed = { source: path, target: target ?? `b:data/${basename(path)}`, options: {} };
  return pushToItsEnd(session, typed);
}
