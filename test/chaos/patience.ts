import { setTimeout as after } from 'node:timers/promises';

// A killed stack needs some seconds to come back. If it takes longer than this, it will not come back.
const PATIENCE_MS = 120_000;
const ASK_EVERY_MS = 100;

/** Repeats a call that fails because something was just killed. The call must be safe to repeat. Throws the last error. */
export async function patiently<T>(
  call: () => Promise<T>,
  mayPass: (error: unknown) => boolean = () => true,
): Promise<T> {
  const deadlineMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error) || Date.now() > deadlineMs) throw error;
    }
    await after(ASK_EVERY_MS);
  }
}
