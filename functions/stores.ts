import { checkEndpoint } from './engine/calls/check-endpoint.ts';
import { explainTransfer } from './engine/calls/explain-transfer.ts';
import { abortOpenUpload, listOpenUploads } from './engine/calls/open-uploads.ts';
import { http } from './runtime/http.ts';

/** What must look at the stores themselves. Apart from the API's other routes, which touch none. */
export const handler = http<'stores'>({
  plan: (ports) => async (call) => ({ status: 200, body: await explainTransfer(ports)(call.json()) }),
  checkEndpoint: (ports) => async (call) => ({ status: 200, body: await checkEndpoint(ports)(call.id) }),
  uploads: (ports) => async (call) => ({ status: 200, body: await listOpenUploads(ports)(call.query) }),
  abortUpload: (ports) => async (call) => {
    await abortOpenUpload(ports)(call.query);
    return { status: 200, body: { aborted: call.query.uploadId } };
  },
});
