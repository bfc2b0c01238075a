import { signParts } from './engine/push/sign-parts.ts';
import { pushPorts } from './runtime/connect.ts';
import { http, ok } from './runtime/http.ts';

/** Signs the writes of clients that have the bytes. It begins uploads, and reads no objects. */
export const handler = http<'push'>(
  {
    signParts: (ports) => async (call) => ok(await signParts(ports)(call.id, call.json())),
  },
  [pushPorts],
);
