import type { TransferState } from '../../../functions/transfer/transfer.ts';
import { type Progress, partsAndBytesDone } from '../../../functions/transfer/views/progress.ts';
import { bytesText, clockText, counted, rateText } from '../options/units.ts';

/** What a display shows at one moment. */
export type Meter = Progress & {
  readonly state: TransferState;
  /** The object was at the target already, so Partway copied nothing. */
  readonly wasThere: boolean;
  readonly bytesPerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
};

const GAP = '  ';
const WIDE_COLUMNS = 100;

/**
 * One line of at most `width` columns: `#` is safe at the target (or read back), `+` is in flight, `.` is missing. If
 * there is no room, it leaves out the least important facts first. The line has only ASCII, because terminals in East
 * Asia draw block characters two columns wide, and the line would wrap.
 */
export function renderBar(meter: Meter, width: number): string {
  const { needed, useful } = meterFacts(meter);
  // The bar's length depends only on the terminal, so that it stays the same while the numbers beside it change.
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

/** The same facts without a bar, for logs. */
export function meterText(meter: Meter): string {
  const { needed, useful } = meterFacts(meter);
  return [...needed, ...useful].join(', ');
}

export function percentOf(progress: Progress): number {
  const { bytesInFlight, bytesTotal, partsTotal } = progress;
  const { parts, bytes } = partsAndBytesDone(progress);
  // An empty object is one part with 0 bytes.
  if (bytesTotal === 0) return partsTotal > 0 && parts >= partsTotal ? 100 : 0;
  if (bytes >= bytesTotal) return 100;
  return Math.min(99, Math.floor(((bytes + bytesInFlight) / bytesTotal) * 100));
}

type Facts = { readonly needed: string[]; readonly useful: string[] };

/** The most important facts come first. If there is no room, the line keeps its bar and loses `useful` facts. */
function meterFacts(meter: Meter): Facts {
  if (meter.wasThere) return { needed: ['was there already'], useful: [] };
  // An abort has removed the parts, so there is no progress to show.
  if (meter.partsTotal === 0 || meter.state === 'aborted') return { needed: [meter.state], useful: [] };
  const { bytesTotal, bytesInFlight, retries, round } = meter;
  // Bytes, percent and rate all count bytes in flight: a part may be 5 GiB, and takes long until it is safe.
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
    meter.state === 'copied' ? '' : lostText(meter),
  ];
  const useful = [
    isUnderWay && round > 1 ? `round ${round}` : '',
    isUnderWay && bytesInFlight > 0 ? `${bytesText(bytesInFlight)} in flight` : '',
  ];
  const isSaid = (fact: string) => fact !== '';
  return { needed: needed.filter(isSaid), useful: useful.filter(isSaid) };
}

/** The facts of a stream, whose length nobody knows yet. */
function endless({ bytesCopied, bytesInFlight, bytesPerSecond, partsCopied, ...meter }: Meter): Facts {
  const needed = [`${bytesText(bytesCopied + bytesInFlight)} of unknown`, `parts ${partsCopied}`];
  if (bytesPerSecond !== undefined) needed.push(rateText(bytesPerSecond));
  if (meter.retries > 0) needed.push(counted(meter.retries, 'retry', 'retries'));
  const lost = lostText(meter);
  return { needed: lost === '' ? needed : [...needed, lost], useful: [] };
}

/** Why the numbers have gone back. A stack of an earlier version does not say it. */
function lostText({ bytesLost = 0 }: Partial<Progress>): string {
  return bytesLost > 0 ? `${bytesText(bytesLost)} lost on the way` : '';
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
