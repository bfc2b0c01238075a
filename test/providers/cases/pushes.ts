import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { put } from '../../../tools/client/node/put.ts';
import { inMemory } from '../../../tools/client/stream-bytes.ts';
import type { Bench } from '../bench.ts';
import { arrivedAs, holds, partsTaken, same, succeeded } from '../claims.ts';
import { type PushTrial, type PushWishes, pushTrial } from '../push-trial.ts';
import { partsOf, small } from '../trial.ts';
import type { Case } from './case.ts';

const KILLS = 20;

export const pushedFile: Case = {
  name: 'push of a file',
  claim: `takes a file that a client pushes, even if the client crashes ${KILLS} times, and gets no confirmed part twice`,
  run: async (bench, key) => {
    const content = partsOf(bench, 3);
    const trial = pushTrial(bench, key);
    await killed(bench, key, trial.file, content);
    // The file has another name and time now, so the client compares each confirmed part and sends none.
    const confirmed = await trial.confirmed();
    const before = partsTaken(bench, key);
    succeeded(await trial.file(content, { name: 'moved' }));
    const after = partsTaken(bench, key);
    for (const partNumber of confirmed) same(`part ${partNumber} taken`, after[partNumber], before[partNumber]);
    await arrivedAs(bench, key, content);
  },
};

export const pushedStream: Case = {
  name: 'push of a stream',
  claim: `takes a stream that a client pushes and repeats, even if the client crashes ${KILLS} times`,
  run: async (bench, key) => {
    const content = partsOf(bench, 3);
    const trial = pushTrial(bench, key);
    await killed(bench, key, trial.stream, content);
    const end = await trial.stream(content);
    succeeded(end);
    same('bytes on the receipt', end.transfer.receipt?.bytes, content.length);
    await arrivedAs(bench, key, content);
  },
};

export const pushedWhole: Case = {
  name: 'push of a small file',
  claim: 'takes a small file, and an empty one, as one request that the client sends',
  run: async (bench, key) => {
    for (const [name, content] of Object.entries({ small: small(), empty: Buffer.alloc(0) })) {
      const end = await pushTrial(bench, `${key}-${name}`).file(content, { multipartThresholdBytes: 1024 * 1024 });
      succeeded(end);
      await arrivedAs(bench, `${key}-${name}`, content);
      same('uploads begun', bench.proxy.asked(`${key}-${name}`, 'CreateMultipartUpload').length, 0);
    }
  },
};

export const pushedMd5: Case = {
  name: 'push with an MD5',
  claim: 'takes no other bytes than those whose MD5 was signed, if its profile says that it compares it',
  run: async (bench, key) => {
    const content = partsOf(bench, 2);
    const part = content.subarray(0, bench.profile.part.partBytesMin);
    const other = Buffer.concat([randomBytes(1000), part.subarray(1000)]);
    const sums = { crc32: crc32(part), md5: createHash('md5').update(part).digest('hex') };
    const signed = await pushTrial(bench, key).signed(content.length, sums);
    const send = async (body: Buffer) => {
      const { signal } = new AbortController();
      const sent = put(signed, inMemory(body), { withMd5: false, signal, onBytes: () => {} });
      return sent.then(() => 'taken').catch((error: Error) => error.name);
    };
    const checksCrc32 = bench.profile.partChecksum !== 'none';
    const isRefused = bench.profile.comparesContentMd5 || checksCrc32;
    same('MD5 signed', 'content-md5' in signed.headers, bench.profile.comparesContentMd5);
    same('other bytes', await send(other), isRefused ? 'Unreachable' : 'taken');
    same('the bytes', await send(part), 'taken');
  },
};

export const pushedDamage: Case = {
  name: 'push of other bytes',
  claim: 'never gets an object completed in which another client has replaced a part with other bytes',
  run: async (bench, key) => {
    const content = partsOf(bench, 2);
    const trial = pushTrial(bench, key);
    const other = Buffer.concat([randomBytes(1000), content.subarray(1000)]);
    // The other file has the same length, but its push is another transfer. The first transfer has the key, so it is busy.
    const busy = await bothAtOnce(trial, content, other);
    holds(`the second client was not refused: ${busy}`, busy === 'TargetBusy');
    await arrivedAs(bench, key, content);
  },
};

async function bothAtOnce(trial: PushTrial, content: Buffer, other: Buffer): Promise<string> {
  let refusal = 'nothing';
  let second: Promise<unknown> | undefined;
  const onProgress = () => {
    second ??= trial.file(other, { name: 'other' }).catch((error: Error) => {
      refusal = error.name;
    });
  };
  succeeded(await trial.file(content, { onProgress }));
  await second;
  return refusal;
}

type Push = (content: Buffer, more: PushWishes) => Promise<unknown>;

/** Lets each client crash after it has sent a random number of bytes. No client sends the last part. */
async function killed(bench: Bench, key: string, push: Push, content: Buffer): Promise<void> {
  const { partBytesMin } = bench.profile.part;
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const death = new AbortController();
    // Most clients crash early. Some have a confirmed part by then.
    const atBytes = partBytesMin ** Math.random();
    const lastBytes = content.length - 1000;
    const onProgress: PushWishes['onProgress'] = ({ bytesDone, bytesInFlight }) => {
      if (bytesInFlight >= atBytes || bytesDone >= lastBytes) death.abort(new Error('killed'));
    };
    const end = await push(content, { signal: death.signal, onProgress }).catch((error: Error) => error.message);
    same(`client ${kill}`, end, 'killed');
  }
  same('completed', bench.proxy.asked(key, 'CompleteMultipartUpload').length, 0);
}
