/**
 * Lambda had no room for the call, or could not be reached. We did not cause this, and it passes by itself, but it may
 * take hours: another program uses up the account's limit, or a region has a bad day. So the machine tries again for
 * hours. The first name is a throttle: the function did not run. After the others it may have run.
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
 * A call that ended without an answer. The next one may succeed, so the machine tries a few times. That is safe,
 * because all our functions may run twice. But a bundle that cannot start, or that needs more memory or time than it
 * has, will not work in an hour either. A person should hear of it soon.
 */
export const lambdaFailures = [
  // Lambda uses this name for all that has no name of its own, also for a missing permission:
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
