import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { isNamed } from '../../functions/transfer/errors.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { servingInTest } from '../serving.ts';
import { requestFor } from './request.ts';
import { world } from './world.ts';

const PART = 1024;
const PARTS = 40;
const LAMBDAS = 10; // of four parts each
const CONNECTIONS = 2;
const content = randomBytes(PARTS * PART);

/**
 * A web server that serves two requests at a time, and answers 403 to all others. It holds its first answers until
 * `release` is called. When it has served `servedMax` parts, it answers 403 to everything.
 */
async function limitedServer(servedMax: number) {
  let [open, served, isHolding] = [0, 0, true];
  const held: (() => void)[] = [];
  const { url } = await servingInTest((request, response) => {
    const [first = 0, last = 0] = request.headers.range?.match(/\d+/g)?.map(Number) ?? [];
    const send = () => {
      const range = { 'content-range': `bytes ${first}-${last}/${content.length}`, 'content-length': last - first + 1 };
      response.writeHead(206, { etag: '"v1"', ...range }).end(content.subarray(first, last + 1));
    };
    if (last - first + 1 < PART) return send(); // Initiate looks at the file
    if (open >= CONNECTIONS || served >= servedMax) return void response.writeHead(403).end();
    [open, served] = [open + 1, served + 1];
    response.once('close', () => {
      open -= 1;
    });
    if (isHolding) held.push(send);
    else send();
  });
  const release = () => {
    isHolding = false;
    for (const send of held.splice(0)) send();
  };
  return { url, release };
}

/** Copies from such a server. Each Lambda has its own adapter, so it knows nothing of the others. */
async function copyOf({ servedMax = Number.POSITIVE_INFINITY } = {}) {
  const { url, release } = await limitedServer(servedMax);
  const w = world();
  let lambdasRefused = 0;
  Object.assign(w.ports, {
    source: async ({ request: { source, verifySource } }: Pick<Transfer, 'request'>) => {
      if (!('url' in source)) throw new Error('Sources are URLs here.');
      const inside = { allowHttp: true, allowPrivateAddresses: true };
      const file = urlSource(source.url, inside, { verify: verifySource });
      const read: typeof file.read = (...args) =>
        file.read(...args).catch((error) => {
          if (isNamed(error, 'Refused')) lambdasRefused += 1;
          // So many Lambdas have no connection.
          if (lambdasRefused >= LAMBDAS - CONNECTIONS) release();
          throw error;
        });
      return { ...file, read };
    },
  });
  const body = requestFor({ source: { url: `${url}/file` }, batchesAtOnce: LAMBDAS, partsAtOnce: 4 });
  const { transfer } = await startTransfer(w.ports)({ body, requestId: 'r' });
  const { transferId } = transfer;
  const { status, error } = await w.settled(`${transferId}-1`);
  return { w, transferId, status, error, atOnce: widthsOf(w.history(`${transferId}-1`)) };
}

/** How many batches each round was allowed to run at once. */
function widthsOf(history: readonly object[]): number[] {
  return history.flatMap((event) => {
    const { stateExitedEventDetails: exited } = event as { stateExitedEventDetails?: { name: string; output: string } };
    const { batches = [], batchesAtOnce } = exited?.name === 'Plan' ? JSON.parse(exited.output) : {};
    return batches.length > 0 ? [batchesAtOnce] : [];
  });
}

describe('A web server that limits connections, and refuses whole Lambdas', () => {
  it('is asked by half as many Lambdas at once in the next round, and the copy succeeds', async () => {
    const { w, status, atOnce } = await copyOf();
    expect([status, w.to.get('data', 'y')]).toEqual(['SUCCEEDED', content]);
    expect(atOnce.slice(0, 2)).toEqual([10, 5]);
  });

  it('has refused the file if nobody gets a part any more, and the copy fails as Refused', async () => {
    const { w, transferId, error } = await copyOf({ servedMax: 6 });
    const transfer = await w.ports.checkpoints.read(transferId);
    expect([error, transfer?.failure?.message]).toEqual(['Refused', expect.stringMatching(/403/)]);
  });

  it('is asked by as many as a person says who resumes', async () => {
    const { w, transferId } = await copyOf({ servedMax: 6 });
    expect((await w.ports.checkpoints.read(transferId))?.batchesAtOnce).toBeLessThan(LAMBDAS);
    const resumed = await resumeTransfer(w.ports)(transferId, { batchesAtOnce: 3 });
    expect([resumed.request.batchesAtOnce, resumed.batchesAtOnce]).toEqual([3, undefined]);
    await w.settled(`${transferId}-2`);
    expect(widthsOf(w.history(`${transferId}-2`))[0]).toBe(3);
  });
});
