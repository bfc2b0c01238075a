import { isPauseUnderWay } from '../budgets/pausing.ts';
import type { Failure } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { PushRules } from '../push.ts';
import type { Receipt } from '../receipt.ts';
import type { ClientSource, Source } from '../request.ts';
import type { BatchReport } from '../tally.ts';
import { isFinal, isWaiting, type Transfer, type TransferState } from '../transfer.ts';
import { type Progress, progressOf } from './progress.ts';
import { isRefused } from './refused.ts';

/** A transfer as the API, the CLI and the events show it. Times are ISO 8601, UTC. */
export type TransferView = {
  readonly transferId: string;
  readonly state: TransferState;
  readonly source: string;
  readonly target: string;
  readonly plan: Plan | undefined;
  readonly progress: Progress;
  /** It is to be paused, and until this time its Lambdas may finish the parts that are under way. */
  readonly pausesBy?: string | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** From the request until now, or until it ended. */
  readonly elapsedSeconds: number;
  readonly execution: string | undefined;
  readonly failure: Failure | undefined;
  /** Partway refused it before anything began: it holds no key, and the target has nothing of it. */
  readonly refused?: true | undefined;
  /** The last thing that went wrong in this round, while the transfer goes on. */
  readonly lastError: string | undefined;
  readonly receipt: Receipt | undefined;
  /** The object was at the target already, and nothing was copied: what was compared. */
  readonly kept?: string | undefined;
  /** Only in a push: what its client must know to go on. */
  readonly push?: PushView | undefined;
};

export type PushView = PushRules &
  Pick<ClientSource['client'], 'name' | 'modifiedMs'> & {
    /** Another program has sent some of the parts. One counts as there if its ETag is the MD5 that the client gives. */
    readonly adopts?: true | undefined;
  };

export function viewOf(
  transfer: Transfer,
  reports: readonly BatchReport[],
  nowMs: number = transfer.updatedAtMs,
): TransferView {
  const { target, source, resumeFrom } = transfer.request;
  const untilMs = isFinal(transfer.state) || isWaiting(transfer.state) ? transfer.updatedAtMs : nowMs;
  return {
    transferId: transfer.transferId,
    state: transfer.state,
    source: sourceName(source),
    target: `${target.endpoint}:${target.bucket}/${target.key}`,
    plan: transfer.plan,
    progress: progressOf(transfer, reports),
    pausesBy: isPauseUnderWay(transfer) ? new Date(transfer.roundEndsByMs ?? nowMs).toISOString() : undefined,
    createdAt: new Date(transfer.createdAtMs).toISOString(),
    updatedAt: new Date(transfer.updatedAtMs).toISOString(),
    elapsedSeconds: Math.max(0, Math.round((untilMs - transfer.createdAtMs) / 1000)),
    execution: transfer.execution?.arn,
    failure: transfer.failure,
    refused: isRefused(transfer) ? true : undefined,
    lastError: transfer.noted ? `${transfer.noted.name}: ${transfer.noted.message}` : undefined,
    receipt: transfer.receipt,
    push:
      transfer.push && 'client' in source
        ? { ...transfer.push, ...nameOf(source), ...adopting(resumeFrom) }
        : undefined,
    kept: transfer.kept,
  };
}

function nameOf({ client: { name, modifiedMs } }: ClientSource): Pick<PushView, 'name' | 'modifiedMs'> {
  return { name, modifiedMs };
}

function adopting(resumeFrom: Transfer['request']['resumeFrom']): Pick<PushView, 'adopts'> {
  return resumeFrom ? { adopts: true } : {};
}

/** A URL may carry a token in its query, which no log, row or error may show. */
export function sourceName(source: Source): string {
  if ('endpoint' in source) return `${source.endpoint}:${source.bucket}/${source.key}`;
  if ('client' in source) return `client:${source.client.name}`;
  const url = new URL(source.url);
  return `${url.origin}${url.pathname}`;
}
