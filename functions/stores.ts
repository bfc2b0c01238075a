import { explainTransfer } from './engine/explain-transfer.ts';
import { http } from './runtime/http.ts';

/** Plans with reasons. Apart from the API's other routes, because it must look at the source, and they touch no store. */
export const handler = http({
  'POST /plans': (ports) => async (call) => ({ status: 200, body: await explainTransfer(ports)(call.json()) }),
});
