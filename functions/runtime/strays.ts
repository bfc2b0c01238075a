import { asTransferError } from '../transfer/errors.ts';

/** The name under which Step Functions sees an error that nobody caught. Lambda itself has no name for it. */
const UNCAUGHT = 'Runtime.UncaughtException';

/**
 * If nobody catches an error, the runtime of Lambda reports and logs it unchanged. Its name may be any name, so no
 * state tries again. Its text may contain a presigned URL. This listener runs before that of the runtime, and replaces
 * both.
 */
export function renameStrays(): void {
  process.prependListener('uncaughtException', (error) => replace(error, UNCAUGHT));
  // The runtime gives this error the name Runtime.UnhandledPromiseRejection.
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
