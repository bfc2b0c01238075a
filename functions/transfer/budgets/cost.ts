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
 * What a transfer needs beside its batches, and what it needs if Initiate copies a small object.
 * - States: Initiate, Plan twice, Complete, the Choice states after each of these, the Map, and Copied. An object that
 *   goes as one request has no Map. A small object needs Initiate, Complete, a Choice state after each, and Copied.
 * - Lambdas: one for each of these states that is no Choice, and Settle.
 * - Writes and reads of the header, the lock and the list.
 */
export const inRounds = { states: 12, lambdas: 5, writes: 17, reads: 20 } as const;
export const inInitiate = { states: 5, lambdas: 3, writes: 9, reads: 7 } as const;
const LAMBDA_SECONDS = 1.2; // each of them, measured at 256 MB and rounded up
const OTHER_MIB = 256;

/**
 * What a batch asks of the table: it reads the header, its parts and its last report, and writes a report and reads the
 * header about once a second, at first more often (functions/engine/batch/batch-ledger.ts). `npm run bench:scale` counts
 * these, and shows how far this file is from the count.
 */
const REPORTS_A_BATCH = 5;
const READS_A_BATCH = 7;
const REPORTS_A_SECOND = 1;
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

/** How the work was done. */
export type Manner = {
  readonly partsInStore?: number | undefined;
  /** The memory of the Lambdas that copy. */
  readonly copyingMiB?: number | undefined;
  /** Whether Initiate copies the object: then there is no round, and no Lambda that only copies. */
  readonly isSmall?: boolean;
};

/**
 * Computes the usage from what the batches reported. Parts and retries give the number of requests, invocations give the
 * transitions, and milliseconds give the time of Lambda. If the store copies a part by itself, that is one COPY, which
 * costs as much as a PUT, and no GET.
 */
export function usageOf(
  work: Tally,
  { partsInStore = 0, copyingMiB = COPYING_MIB, isSmall = false }: Manner = {},
): Usage {
  const { invocations, partsCopied, partsReadBack } = work;
  const seconds = work.lambdaMs / 1000;
  const attempts = partsCopied + work.retries;
  // An object of one part goes as one request, unless the request says otherwise: no upload, no Map, no list of parts.
  const isWhole = partsCopied + partsReadBack <= 1;
  const rows = (partsCopied * PART_ROW_BYTES * READINGS_OF_PARTS) / READ_BYTES;
  const other = isSmall ? inInitiate : inRounds;
  return {
    transitions: other.states + (isSmall ? 0 : invocations - (isWhole ? 1 : 0)),
    lambdaGbSeconds: (seconds * (isSmall ? OTHER_MIB : copyingMiB) + other.lambdas * LAMBDA_SECONDS * OTHER_MIB) / 1024,
    lambdaRequests: other.lambdas + (isSmall ? 0 : invocations),
    writes: partsCopied + partsReadBack + REPORTS_A_BATCH * invocations + REPORTS_A_SECOND * seconds + other.writes,
    reads: READS_A_BATCH * invocations + REPORTS_A_SECOND * seconds + rows + other.reads,
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
export function costUsd(work: Tally, manner: Manner = {}): number {
  return usdOf(usageOf(work, manner));
}
