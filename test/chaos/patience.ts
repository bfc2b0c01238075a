import { setTimeout as after } from 'node:timers/promises';

// Between a kill of the stack and its next greeting lie some seconds; whoever does not come back in this time never will.
const PATIENCE_MS = 120_000;
const ASK_EVERY_MS = 100;

/** Repeats what fails because something was just killed. Only for what may happen twice. Throws the last failure. */
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
