import { setTimeout as after } from 'node:timers/promises';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { isFinal } from '../../functions/transfer/transfer.ts';
import type { ApiClient } from '../../tools/client/api/api.ts';
import { crc32Of } from '../../tools/client/bytes.ts';
import { nodePlatform } from '../../tools/client/node/platform.ts';
import { put } from '../../tools/client/node/put.ts';
import { inMemory } from '../../tools/client/stream-bytes.ts';

/** What a client does that knows the API alone: it sends all parts, one after the other. Gives the state in the end. */
export async function pushed(api: ApiClient, request: TransferRequestInput, content: Buffer): Promise<string> {
  const { transferId, plan } = await api.start(request);
  const { partBytes = 1, partCount = 1 } = plan ?? {};
  for (let partNumber = 1; partNumber <= partCount; partNumber += 1) {
    const body = inMemory(content.subarray((partNumber - 1) * partBytes, partNumber * partBytes));
    const wanted = { partNumber, bytes: body.bytes, crc32: await crc32Of(nodePlatform.crc32, body) };
    const { urls, uploadId } = await api.signParts(transferId, [wanted]);
    const { signal } = new AbortController();
    const { etag } = await put(urls[0]!, body, { withMd5: false, signal, onBytes: () => {} });
    await api.recordParts(transferId, { uploadId, parts: [{ ...wanted, etag }] });
  }
  await api.finish(transferId);
  for (;;) {
    const { state, failure } = await api.describe(transferId);
    if (isFinal(state) || failure) return state;
    await after(50);
  }
}
