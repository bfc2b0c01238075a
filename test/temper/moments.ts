import type { ServerResponse } from 'node:http';
import { setTimeout as after, setImmediate as soon } from 'node:timers/promises';
import { HungUpError, ScriptedError } from '../../tools/store/protocol/errors.ts';
import type { Call } from '../../tools/store/state/call.ts';
import type { RunningTemper } from './rules.ts';
import type { Fault, FaultOf } from './temper.ts';

/** The faults that happen at a moment. All other faults change the request or the answer. */
export type Act = FaultOf<'refuse' | 'reset' | 'stall' | 'delay' | 'wait'>;

export function isAct(fault: Fault): fault is Act {
  return ['refuse', 'reset', 'stall', 'delay', 'wait'].includes(fault.kind);
}

/** Returns when the request may go on. Throws if the fault ends the request. */
export async function perform(act: Act, call: Call, temper: RunningTemper): Promise<void> {
  switch (act.kind) {
    case 'refuse':
      throw new ScriptedError(act);
    case 'reset':
      return reset(call);
    case 'stall':
      await gone(call.response);
      throw new HungUpError('It stalled until the client left.');
    case 'delay':
      // A test that has ended does not wait for the requests that it delayed.
      return void (await after(act.ms, undefined, { ref: false }));
    case 'wait':
      return temper.seen(act.until);
  }
}

async function reset({ request, response }: Call): Promise<never> {
  await flushed(response);
  request.socket.resetAndDestroy();
  throw new HungUpError('The connection was reset, as the temper wants.');
}

/** Waits until the written bytes are sent. Otherwise a reset in the middle of an answer would lose its first bytes too. */
async function flushed(response: ServerResponse): Promise<void> {
  while (response.writableLength > 0 && !response.destroyed) await soon();
  await after(5);
}

function gone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.closed) resolve();
    else response.once('close', resolve);
  });
}

type Stop = { readonly bytes: number; readonly act: () => Promise<void> };

/** Passes the bytes on and runs each stop's `act` after `bytes` bytes. A stop beyond the end runs at the end. */
export async function* withStops(chunks: AsyncIterable<Buffer>, stops: readonly Stop[]): AsyncGenerator<Buffer, void> {
  const ahead = [...stops].sort((one, other) => one.bytes - other.bytes);
  let passed = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (ahead[0] !== undefined && ahead[0].bytes < passed + rest.length) {
      const first = rest.subarray(0, ahead[0].bytes - passed);
      if (first.length > 0) yield first;
      passed += first.length;
      rest = rest.subarray(first.length);
      await ahead.shift()?.act();
    }
    passed += rest.length;
    yield rest;
  }
  for (const stop of ahead) await stop.act();
}

/** Sends every chunk as its own packet. With `chunkBytes` 1 each packet has one byte. */
export async function* paced(
  chunks: AsyncIterable<Buffer>,
  { chunkBytes, everyMs }: Pick<FaultOf<'slow'>, 'chunkBytes' | 'everyMs'>,
): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length; offset += chunkBytes) {
      await (everyMs === 0 ? soon() : after(everyMs));
      yield chunk.subarray(offset, offset + chunkBytes);
    }
  }
}
