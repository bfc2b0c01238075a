import { styleText } from 'node:util';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { type Meter, meterText, percentOf, renderBar } from './bar.ts';

/** Where text goes. A terminal has columns; a file or a pipe has none. */
export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

/** How a watch shows what it sees. Each poll calls `show`. `note` gets a sentence that a person should read. */
export type Display = {
  show(view: TransferView, meter: Meter): void;
  note(sentence: string): void;
  /** The watch calls this last, however it ended. */
  close(): void;
};

const COLUMNS_OTHERWISE = 80;
const LINE_EVERY_MS = 5_000;
const LINE_EVERY_PERCENT = 10;

/** One line that is redrawn. A watch polls at most four times a second, so the line does not flicker. */
export function liveDisplay(terminal: Output): Display {
  let isDrawn = false;
  return {
    show: (_view, meter) => {
      // We leave the last column empty, because some terminals wrap as soon as it is written.
      const line = renderBar(meter, (terminal.columns ?? COLUMNS_OTHERWISE) - 1);
      terminal.write(`\r\x1b[K${coloured(line, terminal)}`);
      isDrawn = true;
    },
    note: (sentence) => {
      terminal.write(`${isDrawn ? '\r\x1b[K' : ''}${styleText('yellow', sentence, { stream: terminal })}\n`);
      isDrawn = false;
    },
    close: () => {
      if (isDrawn) terminal.write('\n');
      isDrawn = false;
    },
  };
}

/** For logs: writes a line every 5 seconds or 10 %, and one at the end. */
export function plainDisplay(output: Output, nowMs: () => number = Date.now): Display {
  let latest = '';
  let written = '';
  let writtenMs = Number.NEGATIVE_INFINITY;
  let writtenPercent = 0;
  const write = () => {
    if (latest !== written) output.write(`${latest}\n`);
    written = latest;
  };
  return {
    show: (_view, meter) => {
      latest = meterText(meter);
      const percent = percentOf(meter);
      const isDue = nowMs() - writtenMs >= LINE_EVERY_MS || percent >= writtenPercent + LINE_EVERY_PERCENT;
      if (!isDue) return;
      write();
      writtenMs = nowMs();
      writtenPercent = percent;
    },
    note: (sentence) => output.write(`${sentence}\n`),
    close: write,
  };
}

/** NDJSON for programs: writes an event whenever something has changed. The watch's caller writes the last event. */
export function jsonDisplay(output: Output): Display {
  let written = '';
  return {
    show: ({ transferId, elapsedSeconds }, meter) => {
      const { bytesPerSecond, secondsLeft, wasThere: _, ...facts } = meter;
      const present = JSON.stringify(facts);
      if (present !== written)
        writeJson(output, { event: 'progress', transferId, ...facts, elapsedSeconds, bytesPerSecond, secondsLeft });
      written = present;
    },
    note: (message) => writeJson(output, { event: 'note', message }),
    close: () => {},
  };
}

export const silentDisplay: Display = { show: () => {}, note: () => {}, close: () => {} };

export function writeJson(output: Output, document: unknown): void {
  output.write(`${JSON.stringify(document)}\n`);
}

function coloured(line: string, stream: Output): string {
  return line
    .replace(/#+/, (safe) => styleText('green', safe, { stream }))
    .replace(/\++/, (underWay) => styleText('yellow', underWay, { stream }));
}
