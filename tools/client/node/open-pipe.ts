import { fstatSync, openSync, read as readInto } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { TransferError } from '../../../functions/transfer/errors.ts';
import { KiB } from '../../../functions/transfer/values/sizes.ts';
import { asRefusal, pathOf, READ_AT_ONCE } from './file-bytes.ts';

/** What comes in through a file descriptor, in chunks. A chunk is good until the next one is asked for. */
export type Incoming = {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** A program that goes on writing would keep this one alive. */
  close(): void;
};

const STDIN = 0;
const CHUNK_BYTES = 256 * KiB;

/** Whether a file is a named pipe, which is read as a stream. */
export async function isPipe(source: string): Promise<boolean> {
  const facts = await stat(pathOf(source)).catch(() => undefined);
  return facts?.isFIFO() ?? false;
}

/** Throws NotAllowed for a pipe that cannot be read. */
export function openPipe(source: string): Incoming {
  const path = pathOf(source);
  try {
    return fromSocket(openSync(path, READ_AT_ONCE));
  } catch (error) {
    throw asRefusal(path, error);
  }
}

/**
 * Standard input, whatever it is: a pipe, a file, a terminal. Node's own streams take new memory for each chunk. Throws
 * InvalidRequest for a directory: Node reads it as an empty stream, and an empty object would arrive.
 */
export function openStdin(): Incoming {
  const facts = fstatSync(STDIN);
  if (facts.isFIFO() || facts.isSocket()) return fromSocket(STDIN);
  if (facts.isFile()) return fromFile(STDIN);
  if (facts.isDirectory())
    throw new TransferError(
      'InvalidRequest',
      'Standard input is a directory, and only files and streams can be pushed.',
    );
  return { chunks: process.stdin, close: () => process.stdin.destroy() };
}

function fromSocket(fd: number): Incoming {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let told: { resolve(bytes: number): void; reject(error: Error): void } | undefined;
  let arrived: number | Error | undefined;
  const socket = new Socket({
    fd,
    readable: true,
    writable: false,
    onread: {
      buffer,
      callback: (bytes) => {
        tell(bytes);
        return false; // nothing more before these bytes are taken
      },
    },
  });
  function tell(news: number | Error) {
    if (!told) {
      arrived = news;
      return;
    }
    if (typeof news === 'number') told.resolve(news);
    else told.reject(news);
    told = undefined;
  }
  socket.once('end', () => tell(0)).once('error', tell);
  async function* chunks() {
    for (;;) {
      const bytes = await new Promise<number>((resolve, reject) => {
        told = { resolve, reject };
        const before = arrived;
        arrived = undefined;
        if (before === undefined) socket.resume();
        else tell(before);
      });
      if (bytes === 0) return;
      yield buffer.subarray(0, bytes);
    }
  }
  return { chunks: chunks(), close: () => socket.destroy() };
}

const readChunk = promisify(readInto);

function fromFile(fd: number): Incoming {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  async function* chunks() {
    for (;;) {
      const { bytesRead } = await readChunk(fd, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  }
  return { chunks: chunks(), close: () => {} };
}
