import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { servingInTest } from '../serving.ts';
import { requestFor } from './request.ts';
import { world } from './world.ts';

const PART = 1024;
const PARTS = 40; // ten batches
const content = randomBytes(PARTS * PART);

/**
 * A web server that serves two requests at a time, and answers 403 to all others. It holds its first two answers until it
 * has refused so many that every other Lambda has been refused. From `forbiddenFrom` on, it answers 403 to everything.
 */
async function limitedServer({ refusalsFirst = 0, forbiddenFrom = Number.POSITIVE_INFINITY } = {}) {
  const seen = { served: 0, refused: 0 };
  let waiting: (() => void)[] = [];
  let open = 0;
  const refuse = (response: ServerResponse) => {
    seen.refused += 1;
    response.writeHead(403).end();
    if (seen.refused < refusalsFirst) return;
    for (const send of waiting) send();
    waiting = [];
  };
  const { url } = await servingInTest((request, response) => {
    const [first = 0, last = 0] = request.headers.range?.match(/\d+/g)?.map(Number) ?? [];
    const isPart = last - first + 1 === PART;
    if (isPart && (open >= 2 || seen.served >= forbiddenFrom)) return refuse(response);
    if (isPart) {
      open += 1;
      seen.served += 1;
      response.once('close', () => {
        open -= 1;
      });
    }
    const send = () => {
      response.writeHead(206, { etag: '"v1"', 'content-range': `bytes ${first}-${last}/${content.length}` });
      response.end(content.subarray(first, last + 1));
    };
    if (isPart && seen.refused < refusalsFirst) waiting.push(send);
    else send();
  });
  return { url, seen };
}

function worldOf() {
  const w = world();
  // Each Lambda has its own adapter, so that it knows nothing of the others.
  Object.assign(w.ports, {
    source: async ({ request: { source, verifySource } }: Pick<Transfer, 'request'>) => {
      if (!('url' in source)) throw new Error('Sources are URLs here.');
      return urlSource(source.url, { allowHttp: true, allowPrivateAddresses: true }, { verify: verifySource });
    },
  });
  const copy = async (url: string) => {
    const body = requestFor({ source: { url: `${url}/file` }, batchesAtOnce: 10, partsAtOnce: 4 });
    const { transfer } = await startTransfer(w.ports)({ body, requestId: 'r' });
    const { status, error } = await w.settled(`${transfer.transferId}-1`);
    return { status, error, transfer: (await w.ports.checkpoints.read(transfer.transferId))! };
  };
  return { w, copy };
}

describe('A web server that limits connections, and refuses whole Lambdas', () => {
  it('is asked by fewer of them at once, and the copy succeeds', async () => {
    const { w, copy } = worldOf();
    // Two Lambdas at most are served. The other eight ask for four parts each.
    const { url, seen } = await limitedServer({ refusalsFirst: 32 });
    const { status, transfer } = await copy(url);
    expect([status, w.to.get('data', 'y')]).toEqual(['SUCCEEDED', content]);
    expect(seen.refused).toBeGreaterThanOrEqual(32);
    expect(transfer.round).toBeGreaterThan(1);
    expect(transfer.batchesAtOnce ?? 10).toBeLessThan(10);
  });

  it('has refused the file if nobody gets a part any more, and the copy fails as Refused', async () => {
    const { copy } = worldOf();
    const { url } = await limitedServer({ refusalsFirst: 32, forbiddenFrom: 6 });
    const { error, transfer } = await copy(url);
    expect([error, transfer.failure?.message]).toEqual(['Refused', expect.stringMatching(/403/)]);
  });

  it('is asked by as many as a person says who resumes', async () => {
    const { w, copy } = worldOf();
    const { url } = await limitedServer({ refusalsFirst: 32, forbiddenFrom: 6 });
    const { transfer } = await copy(url);
    expect(transfer.batchesAtOnce).toBeLessThan(10);
    const resumed = await resumeTransfer(w.ports)(transfer.transferId, { batchesAtOnce: 3 });
    expect([resumed.request.batchesAtOnce, resumed.batchesAtOnce]).toEqual([3, undefined]);
    await w.settled(`${transfer.transferId}-2`);
  });
});
