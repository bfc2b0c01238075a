import type { Tally } from '../tally.ts';
import { speeds } from '../values/speeds.ts';

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

const COPYING_MIB = speeds.balanced.copyingMiB; // infra/transfer-functions.ts
/**
 * Initiate, Plan twice, Complete, the Choice states after each of these, the Map, and Copied. An object that goes as
 * one request has no Map.
 */
export const OTHER_STATES = 12;
const OTHER_LAMBDA_SECONDS = 6; // Initiate, Plan, Complete and Settle together, measured at 256 MB and rounded up

/**
 * What a batch asks of the table: it reads the header, its parts and its last report, and writes a report and reads the
 * header about once a second, at first more often (functions/engine/batch/batch-ledger.ts). `npm run bench:scale` counts
 * these, and shows how far this file is from the count.
 */
const REPORTS_A_BATCH = 5;
const READS_A_BATCH = 7;
const REPORTS_A_SECOND = 1;
/** The header, the lock and the list, for all other states together. */
const OTHER_WRITES = 17;
const OTHER_READS = 20;
// Plan reads all rows of parts twice, and Complete once.
const PART_ROW_BYTES = 340;
const READINGS_OF_PARTS = 3;
const READ_BYTES = 4096;
const LIST_PARTS_A_PAGE = 1000;

/** What AWS counts of a transfer, and what each is counted in. */
export type Usage = {
  readonly transitions: number;
  readonly lambdaGbSeconds: number;
  readonly lambdaRequests: number;
  readonly writes: number;
  readonly reads: number;
  /** PUT, POST, COPY and LIST, which cost the same. */
  readonly puts: number;
  readonly gets: number;
};

/**
 * Computes the usage from what the batches reported. Parts and retries give the number of requests, invocations give the
 * transitions, and milliseconds give the time of Lambda. If the store copies a part by itself, that is one COPY, which
 * costs as much as a PUT, and no GET.
 */
export function usageOf(work: Tally, partsInStore = 0, copyingMiB = COPYING_MIB): Usage {
  const { invocations, partsCopied, partsReadBack } = work;
  const seconds = work.lambdaMs / 1000;
  const attempts = partsCopied + work.retries;
  // An object of one part goes as one request, unless the request says otherwise: no upload, no Map, no list of parts.
  const isWhole = partsCopied + partsReadBack <= 1;
  const rows = (partsCopied * PART_ROW_BYTES * READINGS_OF_PARTS) / READ_BYTES;
  return {
    transitions: OTHER_STATES + invocations - (isWhole ? 1 : 0),
    lambdaGbSeconds: (seconds * copyingMiB) / 1024 + OTHER_LAMBDA_SECONDS * 0.25,
    lambdaRequests: invocations + 5,
    writes: partsCopied + partsReadBack + REPORTS_A_BATCH * invocations + REPORTS_A_SECOND * seconds + OTHER_WRITES,
    reads: READS_A_BATCH * invocations + REPORTS_A_SECOND * seconds + rows + OTHER_READS,
    puts: attempts + (isWhole ? 0 : 2 + 2 * Math.ceil(partsCopied / LIST_PARTS_A_PAGE)),
    gets: attempts - partsInStore + partsReadBack + 3,
  };
}

export function usdOf(usage: Usage): number {
  return (
    usage.transitions * TRANSITION_USD +
    usage.lambdaGbSeconds * LAMBDA_GB_SECOND_USD +
    usage.lambdaRequests * LAMBDA_REQUEST_USD +
    usage.writes * WRITE_USD +
    usage.reads * READ_USD +
    usage.puts * PUT_USD +
    usage.gets * GET_USD
  );
}

/** Computes the cost from what the batches reported. */
export function costUsd(work: Tally, partsInStore = 0, copyingMiB = COPYING_MIB): number {
  return usdOf(usageOf(work, partsInStore, copyingMiB));
}
