import { type Progress, partsAndBytesDone } from '../../../functions/transfer/told/progress.ts';
import type { TransferState } from '../../../functions/transfer/transfer.ts';
import { bytesText, clockText, counted, rateText } from '../options/units.ts';

/** What a display shows at one moment. */
export type Meter = Progress & {
  readonly state: TransferState;
  /** Nothing was copied, because the object was there. */
  readonly wasThere: boolean;
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
};

const GAP = '  ';
const WIDE_COLUMNS = 100;

/**
 * One line of at most `width` columns: `#` is safe at the target (or read back), `+` is under way, `.` is missing. If
 * there is no room, the least important is left out first. ASCII only, because terminals in East Asia draw block
 * characters two columns wide, and the line would wrap.
 */
export function renderBar(meter: Meter, width: number): string {
  const { needed, useful } = meterFacts(meter);
  // Only the terminal decides, so that the bar keeps its length while the numbers beside it change.
  const columns = width >= WIDE_COLUMNS ? 30 : 10;
  const barWidth = columns + '[]'.length + GAP.length;
  const fits = (facts: readonly string[], beside: number) => facts.join(GAP).length + beside <= width;
  while (useful.length > 0 && !fits([...needed, ...useful], barWidth)) useful.pop();
  while (needed.length > 1 && !fits(needed, 0)) needed.pop();
  const facts = [...needed, ...useful];
  if (meter.wasThere || meter.state === 'aborted' || !fits(facts, barWidth))
    return facts.join(GAP).slice(0, Math.max(0, width));
  return [`[${bar(meter, columns)}]`, ...facts].join(GAP);
}

/** The same without a bar, for logs. */
export function meterText(meter: Meter): string {
  const { needed, useful } = meterFacts(meter);
  return [...needed, ...useful].join(', ');
}

export function percentOf(progress: Progress): number {
  const { bytesInFlight, bytesTotal, partsTotal } = progress;
  const { parts, bytes } = partsAndBytesDone(progress);
  // An empty object is one part of no bytes.
  if (bytesTotal === 0) return partsTotal > 0 && parts >= partsTotal ? 100 : 0;
  if (bytes >= bytesTotal) return 100;
  return Math.min(99, Math.floor(((bytes + bytesInFlight) / bytesTotal) * 100));
}

type Facts = { readonly needed: string[]; readonly useful: string[] };

/** The most important first. If there is no room, the bar stays and what is only useful is left out. */
function meterFacts(meter: Meter): Facts {
  if (meter.wasThere) return { needed: ['was there already'], useful: [] };
  // What an aborted transfer had copied is gone.
  if (meter.partsTotal === 0 || meter.state === 'aborted') return { needed: [meter.state], useful: [] };
  const { bytesTotal, bytesInFlight, retries, round } = meter;
  // One number for bytes, percent and rate: a part may be 5 GiB, and its bytes arrive long before the part is safe.
  const { parts, bytes } = partsAndBytesDone(meter);
  const bytesMoved = Math.min(bytesTotal, bytes + bytesInFlight);
  const isUnderWay = meter.state === 'accepted' || meter.state === 'copying' || meter.state === 'pushing';
  if (meter.state === 'pushing' && bytesTotal === 0 && meter.partsTotal > 1) return endless(meter);
  const needed = [
    `${percentOf(meter)}%`,
    meter.phase === 'copying' ? '' : meter.phase,
    `${bytesText(bytesMoved)} of ${bytesText(bytesTotal)}`,
    isUnderWay && bytesTotal > 0 && meter.bytesPerSecond !== undefined ? rateText(meter.bytesPerSecond) : '',
    isUnderWay && meter.secondsLeft !== undefined ? `ETA ${clockText(meter.secondsLeft)}` : '',
    `parts ${parts}/${meter.partsTotal}`,
    isUnderWay ? '' : meter.state,
    retries > 0 ? counted(retries, 'retry', 'retries') : '',
  ];
  const useful = [
    isUnderWay && round > 1 ? `round ${round}` : '',
    isUnderWay && bytesInFlight > 0 ? `${bytesText(bytesInFlight)} in flight` : '',
  ];
  const isSaid = (fact: string) => fact !== '';
  return { needed: needed.filter(isSaid), useful: useful.filter(isSaid) };
}

/** A stream, whose length nobody knows. */
function endless({ bytesCopied, bytesInFlight, bytesPerSecond, partsCopied, retries }: Meter): Facts {
  const needed = [`${bytesText(bytesCopied + bytesInFlight)} of unknown`, `parts ${partsCopied}`];
  if (bytesPerSecond !== undefined) needed.push(rateText(bytesPerSecond));
  return { needed: retries > 0 ? [...needed, counted(retries, 'retry', 'retries')] : needed, useful: [] };
}

function bar(meter: Meter, columns: number): string {
  const { bytesInFlight, bytesTotal } = meter;
  const { bytes: done } = partsAndBytesDone(meter);
  const share = (bytes: number) => (bytesTotal === 0 ? 0 : Math.min(1, bytes / bytesTotal));
  const isEmptyAndDone = bytesTotal === 0 && percentOf(meter) === 100;
  const safe = isEmptyAndDone ? columns : Math.floor(share(done) * columns);
  const underWay = Math.max(safe, Math.floor(share(done + bytesInFlight) * columns)) - safe;
  return '#'.repeat(safe) + '+'.repeat(underWay) + '.'.repeat(columns - safe - underWay);
}
