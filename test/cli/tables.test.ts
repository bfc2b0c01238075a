import { describe, expect, it } from 'vitest';
import { statusText } from '../../tools/cli/text/status-text.ts';
import { partsText, transfersText, uploadsText } from '../../tools/cli/text/tables.ts';
import { accepted, copied, failed, progressAt, receipt, transferId, view } from './fixture/views.ts';

const wasThere = view({ state: 'copied', plan: undefined, progress: { ...progressAt(0), partsTotal: 0 } });
const empty = { objectBytes: 0, partBytes: 1, partCount: 1 };
const cells = (text: string) => text.trim().split('\n').at(-1)?.split(/ {2,}/);

describe('a list of transfers', () => {
  it('says "was there" for an object that was there before, and not 0%', () => {
    expect(cells(transfersText([wasThere]))?.slice(1, 4)).toEqual(['copied', 'was there', '100 MiB']);
    expect(statusText(wasThere)).toMatch(/progress +was there already\n/);
  });

  it('shows no progress and no size for a transfer without a plan', () => {
    expect(cells(transfersText([accepted]))?.slice(1, 4)).toEqual(['accepted', '-', '-']);
  });

  it('shows no progress for an aborted transfer, because its parts are gone', () => {
    const aborted = view({ state: 'aborted', progress: progressAt(5), failure: failed.failure });
    expect(cells(transfersText([aborted]))?.slice(1, 3)).toEqual(['aborted', '-']);
    expect(statusText(aborted)).not.toMatch(/progress|%/);
  });

  it('says "refused" if nothing began, so that nobody looks for parts to resume or to abort', () => {
    const failure = { name: 'SourceMissing', message: 'There is no such object.', next: 'Check the key.' };
    const refused = view({ state: 'failed', plan: undefined, failure, refused: true });
    expect(cells(transfersText([refused]))?.[1]).toBe('refused');
    expect(statusText(refused)).toMatch(/state +refused\n/);
    expect(cells(transfersText([view({ state: 'failed', failure })]))?.[1]).toBe('failed');
  });

  it('shows an empty object as copied', () => {
    const progress = { ...progressAt(0), partsCopied: 1, partsTotal: 1, bytesTotal: 0 };
    const copiedEmpty = view({ state: 'copied', plan: empty, progress, receipt: { ...receipt, bytes: 0 } });
    expect(cells(transfersText([copiedEmpty]))?.slice(1, 4)).toEqual(['copied', '100%', '0 B']);
    expect(statusText(copiedEmpty)).toMatch(/time +4 s\n/);
  });

  it('cuts a long key in the middle on a narrow terminal, but not in a file or a pipe', () => {
    const target = `us3:archive/${'k'.repeat(1000)}/last-name.mov`;
    const [, line = ''] = transfersText([{ ...copied, target }], 120).split('\n');
    expect([line.length, line]).toEqual([120, expect.stringMatching(/us3:archive\/k.*\.\.\.k+\/last-name\.mov$/)]);
    expect(transfersText([{ ...copied, target }])).toContain(target);
    expect(transfersText([{ ...copied, target }], 40)).toContain(target);
  });

  it('has one line for each transfer, and escapes control characters of a key', () => {
    const text = transfersText([{ ...copied, target: 'b:data/a\n\x1b[2J\u202eé漢' }]);
    expect(text.split('\n')).toHaveLength(3);
    expect(text).toContain(String.raw`b:data/a\n\u001b[2J\u202eé漢`);
  });

  it('may be empty, like those of parts and uploads', () => {
    expect(transfersText([])).toBe('There are no transfers.\n');
    expect(partsText([])).toBe('No parts are recorded for this transfer.\n');
    expect(uploadsText({ uploads: [], isTruncated: false })).toBe('No upload is in progress there.\n');
  });
});

describe('the status of a transfer', () => {
  it('shows the error of a failed transfer once, and the last error of a running one', () => {
    const lastError = 'Refused: AccessDenied: no.';
    const times = (text: string) => text.split('AccessDenied: no.').length - 1;
    expect(times(statusText({ ...failed, lastError }))).toBe(1);
    expect(statusText(view({ lastError }))).toMatch(/last error +Refused: AccessDenied: no\.\n/);
  });

  it('escapes control characters of a key and of a message', () => {
    const text = statusText(view({ source: 'a:data/\r\x07', lastError: 'Refused: \x1b]0;x' }));
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).toContain(transferId);
  });
});
