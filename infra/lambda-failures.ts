/**
 * Lambda had no room for the call, or could not be reached. We did not cause this, and it passes by itself. But it may
 * take hours, because another program uses up the account's limit, or a region has an outage. So the machine tries again
 * for hours. The first name is a throttle: the function did not run. After the other errors it may have run.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
 */
export const lambdaOutages = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.SdkClientException',
  // This is not a slow function of ours: Step Functions waits longer than Lambda lets a function run.
  'Lambda.ClientExecutionTimeoutException',
] as const;

/**
 * The call ended without an answer. The next one may succeed, so the machine tries a few times. That is safe, because all
 * our functions may run twice. But if a bundle cannot start, or needs more memory or time than it has, it will not work
 * in an hour either. A person should know that soon.
 */
export const lambdaFailures = [
  // Lambda uses this name for every error without its own name, for example a missing permission:
  // https://github.com/awslabs/aws-deployment-framework/issues/460
  'Lambda.AWSLambdaException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
  'Runtime.ExitError',
  'Runtime.OutOfMemory',
  'Runtime.UnhandledPromiseRejection',
  'Runtime.UncaughtException', // ours: functions/runtime/strays.ts
  'States.Timeout',
] as const;
