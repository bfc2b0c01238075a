import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { jsonDisplay, liveDisplay, type Output, plainDisplay } from '../../tools/cli/text/display.ts';
import { meterOf } from '../../tools/cli/text/watch.ts';
import { progressAt, transferId, view } from './fixture/views.ts';

afterEach(() => vi.unstubAllEnvs());

function output(facts: { isTTY?: boolean; columns?: number } = {}) {
  let written = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      written += chunk;
      done();
    },
  });
  // These are the methods of a real terminal, which reads NO_COLOR.
  const { getColorDepth } = WriteStream.prototype;
  return { stream: Object.assign(stream, { getColorDepth }, facts) as Output, text: () => written };
}

const at = (partsCopied: number) => view({ progress: progressAt(partsCopied) });
const show = (display: ReturnType<typeof plainDisplay>, partsCopied: number) =>
  display.show(at(partsCopied), meterOf(at(partsCopied)));

describe('on a terminal', () => {
  it('one line is redrawn, and stays when the watch ends', () => {
    const { stream, text } = output({ isTTY: true, columns: 60 });
    const display = liveDisplay(stream);
    show(display, 5);
    show(display, 6);
    display.close();
    const lines = stripVTControlCharacters(text()).split('\r').slice(1);
    expect(lines.map((line) => line.length)).toEqual([48, 49]);
    expect(text()).toMatch(/parts 6\/13\n$/);
  });

  it('the line never reaches the last column', () => {
    const { stream, text } = output({ isTTY: true, columns: 47 });
    show(liveDisplay(stream), 5);
    expect(stripVTControlCharacters(text()).trim().length).toBeLessThan(47);
  });

  it('a note is above the line', () => {
    const { stream, text } = output({ isTTY: true, columns: 60 });
    const display = liveDisplay(stream);
    show(display, 5);
    display.note('Look.');
    show(display, 6);
    const written = stripVTControlCharacters(text());
    expect(written.indexOf('Look.\n')).toBeGreaterThan(written.indexOf('parts 5/13'));
    expect(written.indexOf('Look.\n')).toBeLessThan(written.indexOf('parts 6/13'));
  });

  it('there are colours, unless NO_COLOR is set', () => {
    // The environment of the test run may have these variables; without a terminal it often has.
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI']) vi.stubEnv(name, undefined);
    vi.stubEnv('TERM', 'xterm-256color');
    const coloured = output({ isTTY: true, columns: 80 });
    show(liveDisplay(coloured.stream), 5);
    expect(coloured.text()).toContain('\x1b[32m#');
    vi.stubEnv('NO_COLOR', '1');
    const plain = output({ isTTY: true, columns: 80 });
    show(liveDisplay(plain.stream), 5);
    expect(plain.text()).not.toContain('\x1b[32m');
  });
});

describe('in a log', () => {
  it('there is a line every five seconds or ten percent, and one at the end', () => {
    const { stream, text } = output();
    let nowMs = 0;
    const display = plainDisplay(stream, () => nowMs);
    show(display, 0);
    for (const [atMs, parts] of [
      [1000, 1],
      [2000, 2],
      [3000, 2],
      [8000, 3],
      [8100, 3],
      [8200, 4],
    ] as const) {
      nowMs = atMs;
      show(display, parts);
    }
    display.close();
    expect(
      text()
        .split('\n')
        .map((line) => line.split(',')[0]),
    ).toEqual(['0%', '16%', '24%', '32%', '']);
    expect(text()).not.toContain('\x1b');
  });
});

describe('for programs', () => {
  it('there is one JSON event for each change', () => {
    const { stream, text } = output();
    const display = jsonDisplay(stream);
    show(display, 5);
    show(display, 5);
    display.note('Look.');
    const events = text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { event: 'progress', transferId, state: 'copying', partsCopied: 5, bytesTotal: 104_857_600, elapsedSeconds: 1 },
      { event: 'note', message: 'Look.' },
    ]);
  });
});
