import type { Tally } from '../tally.ts';

/**
 * What a transfer costs on AWS, in US dollars, in us-east-1. It does not contain what stores and networks charge for
 * the bytes. Prices and their sources: docs/benchmarks.md, "Cost".
 */
const TRANSITION_USD = 25 / 1e6; // Step Functions Standard: https://aws.amazon.com/step-functions/pricing/
const LAMBDA_GB_SECOND_USD = 0.0000133334; // arm64: https://aws.amazon.com/lambda/pricing/
const LAMBDA_REQUEST_USD = 0.2 / 1e6;
const WRITE_USD = 0.625 / 1e6; // DynamoDB on demand: https://aws.amazon.com/dynamodb/pricing/on-demand/
const READ_USD = 0.125 / 1e6;
const PUT_USD = 5 / 1e6; // S3 requests: https://aws.amazon.com/s3/pricing/
const GET_USD = 0.4 / 1e6;

const COPY_LAMBDA_GB = 1; // infra/transfer-functions.ts gives the copying Lambdas 1,024 MB
/**
 * Initiate, Plan twice, Complete, the Choice states after each of these, the Map, and Copied. An object that goes as
 * one request has no Map.
 */
export const OTHER_STATES = 12;
const OTHER_LAMBDA_SECONDS = 6; // Initiate, Plan, Complete and Settle together, measured at 256 MB and rounded up
const PROGRESS_WRITES_AN_INVOCATION = 2;

/**
 * Computes the cost from what was counted. Parts and retries give the number of requests, invocations give the
 * transitions, and milliseconds give the time of Lambda. If the store copies a part by itself, that is one COPY, which
 * costs as much as a PUT, and no GET.
 */
export function costUsd(work: Tally, partsInStore = 0): number {
  const transitions = OTHER_STATES + work.invocations;
  const gbSeconds = (work.lambdaMs / 1000) * COPY_LAMBDA_GB + OTHER_LAMBDA_SECONDS * 0.25;
  const attempts = work.partsCopied + work.retries;
  const writes =
    work.partsCopied + work.partsReadBack + work.invocations * PROGRESS_WRITES_AN_INVOCATION + OTHER_STATES;
  const reads = work.invocations + Math.ceil((work.partsCopied * 150) / 8192) + OTHER_STATES;
  return (
    transitions * TRANSITION_USD +
    gbSeconds * LAMBDA_GB_SECOND_USD +
    (work.invocations + 5) * LAMBDA_REQUEST_USD +
    writes * WRITE_USD +
    reads * READ_USD +
    (attempts + 2) * PUT_USD +
    (attempts - partsInStore + work.partsReadBack + 3) * GET_USD
  );
}
