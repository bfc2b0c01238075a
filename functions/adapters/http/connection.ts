import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { KiB, MiB } from '../../transfer/values/sizes.ts';
import { type Memory, openMemory } from './memory.ts';

/** One server, and how its name is resolved. */
export type Origin = {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  readonly lookup?: LookupFunction | undefined;
};

/**
 * A connection that reads into one buffer for as long as it lives. Node's own parser of HTTP would make a new buffer for
 * each 64 KiB, and the garbage collector would then need as much time as the copying.
 */
export type Connection = {
  isOpen(): boolean;
  /** Whether bytes came that nobody has asked for. */
  hasUnread(): boolean;
  write(text: string): void;
  /**
   * Lends the next bytes, at least one and at most `most`, until the next call. Waits for `enough`, but not long. Rejects
   * if the connection ends first.
   */
  next(most: number, enough?: number): Promise<Buffer>;
  /** Gives back the last bytes of the piece that was lent last. */
  putBack(bytes: number): void;
  /** While it rests, it does not keep this process alive. */
  rest(isResting: boolean): void;
  destroy(error?: Error): void;
};

const MEMORY_BYTES = MiB;
// When a socket with TLS pauses, Node still hands over what it has decrypted: at most 64 KiB and one record.
const AFTER_PAUSE_BYTES = { 'http:': 0, 'https:': 128 * KiB } as const;
// How long `next` waits for enough bytes.
const SLOW_MS = 100;
const CONNECT_MS_MAX = 10_000;
const CLOSED = new Error('the connection was closed');
const OVERRUN = new Error('bytes came while the connection was paused');

export function openConnection(origin: Origin): Connection {
  const memory = openMemory(MEMORY_BYTES, MEMORY_BYTES - AFTER_PAUSE_BYTES[origin.protocol]);
  const arrivals = openArrivals(memory);
  const socket = openSocket(origin, {
    buffer: memory.room,
    callback: (bytes, into) => {
      const place = memory.arrived(bytes, into);
      if (place === 'over') destroy(OVERRUN);
      else arrivals.look();
      return place === 'more';
    },
  });
  const destroy = (error = CLOSED) => {
    arrivals.end(error);
    socket.destroy();
  };
  endWith(socket, origin, arrivals.end, destroy);
  return {
    isOpen: () => arrivals.ended() === undefined,
    hasUnread: () => memory.waiting() > 0,
    write: (text) => void socket.write(text, 'latin1'),
    next: async (most, enough = 1) => {
      if (memory.startOver()) socket.resume();
      if (memory.waiting() === 0) await arrivals.of(1);
      if (memory.waiting() < enough && !memory.isFull() && !arrivals.ended()) await arrivals.soon(enough);
      return memory.lend(most);
    },
    putBack: memory.putBack,
    rest: (isResting) => void (isResting ? socket.unref() : socket.ref()),
    destroy,
  };
}

/** Who waits for bytes to come, and how the connection ended. */
function openArrivals(memory: Memory) {
  type Waiter = { readonly enough: number; resolve(): void; reject(error: Error): void };
  let waiter: Waiter | undefined;
  let ended: Error | undefined;
  const of = async (enough: number) => {
    if (ended) throw ended;
    await new Promise<void>((resolve, reject) => {
      waiter = { enough, resolve, reject };
    }).finally(() => {
      waiter = undefined;
    });
  };
  return {
    of,
    /** Waits only a moment. If the connection ends meanwhile, the bytes that came before are lent first. */
    soon: async (enough: number) => {
      const arrival = of(enough);
      const timer = setTimeout(() => waiter?.resolve(), SLOW_MS);
      await arrival.catch(() => {});
      clearTimeout(timer);
    },
    look: () => {
      if (waiter && (memory.isFull() || memory.waiting() >= waiter.enough)) waiter.resolve();
    },
    end: (error: Error) => {
      ended ??= error;
      waiter?.reject(ended);
    },
    ended: () => ended,
  };
}

type OnRead = { readonly buffer: () => Buffer; callback(bytes: number, into: Uint8Array): boolean };

function openSocket({ protocol, hostname, port, lookup }: Origin, onread: OnRead): Socket {
  const to = { host: hostname, port, lookup, onread };
  const servername = isIP(hostname) ? {} : { servername: hostname };
  const socket = protocol === 'http:' ? connect(to) : connectTls({ ...to, ALPNProtocols: ['http/1.1'], ...servername });
  return socket.setNoDelay(true).resume();
}

function endWith(
  socket: Socket,
  { protocol }: Origin,
  end: (error: Error) => void,
  destroy: (error: Error) => void,
): void {
  const late = new Error(`no connection after ${CONNECT_MS_MAX / 1000} s`);
  const timer = setTimeout(() => destroy(late), CONNECT_MS_MAX);
  socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(timer));
  socket.on('error', end);
  socket.on('end', () => end(CLOSED));
  socket.on('close', () => {
    clearTimeout(timer);
    end(CLOSED);
  });
}
