import { originIn } from './api/pages.ts';
import { checkEndpoint } from './engine/calls/check-endpoint.ts';
import { checkPage } from './engine/calls/check-page.ts';
import { explainTransfer } from './engine/calls/explain-transfer.ts';
import { abortOpenUpload, listOpenUploads } from './engine/calls/open-uploads.ts';
import { pagePorts, pushPorts } from './runtime/connect.ts';
import { http, ok } from './runtime/http.ts';

/** The routes that must call the stores. The other routes of the API call no store. */
export const handler = http<'stores'>(
  {
    plan: (ports) => async (call) => ok(await explainTransfer(ports)(call.json())),
    checkEndpoint: (ports) => async (call) => {
      const origin = originIn(call.query);
      return ok(await checkEndpoint(ports)(call.id, origin === undefined ? undefined : checkPage(ports, origin)));
    },
    uploads: (ports) => async (call) => ok(await listOpenUploads(ports)(call.query)),
    abortUpload: (ports) => async (call) => {
      await abortOpenUpload(ports)(call.query);
      return ok({ aborted: call.query.uploadId });
    },
  },
  [pushPorts, pagePorts],
);
