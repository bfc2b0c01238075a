import { asTransferError } from '../transfer/errors.ts';

/** How Step Functions sees an error that was thrown where nobody could catch it. Lambda itself has no name for it. */
const UNCAUGHT = 'Runtime.UncaughtException';

/**
 * If nobody catches an error, Lambda's runtime reports and logs it unchanged: with any name, which no state tries
 * again, and with a text that may hold a presigned URL. This listener runs before the runtime's own and replaces both.
 */
export function renameStrays(): void {
  process.prependListener('uncaughtException', (error) => replace(error, UNCAUGHT));
  // The runtime itself gives this one the name Runtime.UnhandledPromiseRejection.
  process.prependListener('unhandledRejection', (reason) => {
    if (reason instanceof Error) replace(reason, reason.name);
  });
}

function replace(error: Error, name: string): void {
  const { message } = asTransferError(error);
  const stack = error.stack?.split('\n').filter((line) => /^ +at /.test(line)) ?? [];
  for (const field of Object.keys(error)) Reflect.deleteProperty(error, field);
  Object.assign(error, { name, message, cause: undefined, stack: [`${name}: ${message}`, ...stack].join('\n') });
}
