import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MiB } from '../../functions/transfer/values/sizes.ts';

export const PART = 5 * MiB;
export const PARTS_AT_ONCE = 2;

// A run that is stopped leaves no client behind.
const endsWithUs = ['--import', new URL('../../tools/ends-with-its-parent.mjs', import.meta.url).href];

export type Kind = 'file' | 'stream';

/** A file that is in another folder each time. */
export type MovingFile = { readonly sha256: string; path(): string; move(): void };

export function movingFile(home: string, bytes: number): MovingFile {
  const folders = ['one', 'another'].map((name) => join(home, name));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  let moves = 0;
  const path = () => join(folders[moves % 2]!, 'disk.img');
  const content = randomBytes(bytes);
  writeFileSync(path(), content);
  return {
    sha256: createHash('sha256').update(content).digest('hex'),
    path,
    move: () => {
      const from = path();
      moves += 1;
      renameSync(from, path());
    },
  };
}

/** One run of the command, which is killed or ends by itself. */
export type Run = {
  readonly child: ChildProcess;
  /** Resolves when the command has said anything: then it has found the stack. */
  readonly connected: Promise<unknown>;
  /** The bytes that are confirmed, as the command has said last. */
  confirmed(): number;
  /** Resolves when the object has so many bytes, or when no more are to be sent. */
  reached(bytes: number): Promise<void>;
  readonly ended: Promise<Ended>;
};

export type Ended = {
  readonly code: number | null;
  /** The bytes that were confirmed at the beginning and at the end, if the command has said it. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly said: string;
};

type Asked = { readonly home: string; readonly kind: Kind; readonly file: MovingFile; readonly target: string };

export function beginPush({ home, kind, file, target }: Asked): Run {
  const words = ['tools/cli/main.ts', 'copy', kind === 'file' ? file.path() : '-', target, ...optionsFor(target)];
  const child = spawn(process.execPath, [...endsWithUs, ...words, '--home', join(home, 'stack')], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessWithoutNullStreams;
  child.stdin.on('error', () => {});
  if (kind === 'stream') createReadStream(file.path()).pipe(child.stdin);
  else child.stdin.end();
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const progress = readProgress(child);
  const ended = once(child, 'close').then(([code]) => {
    progress.isOver();
    return { code: code as number | null, ...progress.known, said };
  });
  const connected = once(child.stdout, 'data');
  // If the command ends first, nobody waits for this promise.
  connected.catch(() => {});
  const confirmed = () => progress.known.last ?? 0;
  return { child, connected, confirmed, reached: progress.reached, ended };
}

function optionsFor(target: string): string[] {
  return [
    ...['--part-size', `${PART}`, '--multipart-threshold', `${PART}`, '--parts-at-once', `${PARTS_AT_ONCE}`],
    ...['--retry-interval', '200ms'],
    // A client may die after its last byte. Without a key, the same command would push the object a second time.
    ...['--idempotency-key', target],
    '--json',
  ];
}

function readProgress({ stdout }: ChildProcess) {
  const known: { first: number | undefined; last: number | undefined } = { first: undefined, last: undefined };
  let waiting: { readonly bytes: number; readonly resolve: () => void } | undefined;
  const tell = (bytes: number) => {
    if (!waiting || bytes < waiting.bytes) return;
    waiting.resolve();
    waiting = undefined;
  };
  createInterface({ input: stdout! }).on('line', (line) => {
    // A command that is killed may leave half a line.
    if (!line.startsWith('{"event":"progress"') || !line.endsWith('}')) return;
    const { state, bytesCopied, bytesInFlight } = JSON.parse(line) as Progress;
    // When all is sent, the service counts anew what it finds.
    if (state !== 'pushing') return tell(Number.POSITIVE_INFINITY);
    known.first ??= bytesCopied;
    known.last = bytesCopied;
    tell(bytesCopied + bytesInFlight);
  });
  const reached = (bytes: number) =>
    new Promise<void>((resolve) => {
      waiting = { bytes, resolve };
    });
  return { known, reached, isOver: () => tell(Number.POSITIVE_INFINITY) };
}

type Progress = { readonly state: string; readonly bytesCopied: number; readonly bytesInFlight: number };
