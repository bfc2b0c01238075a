/**
 * What each function asks of the stores, the checkpoint and Step Functions, by the names of the SDK's commands. All its
 * rights are made from this table: those to stores in store-grants.ts, the others in transfer-table.ts,
 * endpoint-list.ts, transfer-workflow.ts and announcing.ts. On AWS a call that is missing here is denied.
 */
export const functionCalls = {
  initiate: {
    sources: ['HeadObject', 'GetObjectTagging'],
    // ListParts is for an upload that is adopted; what a source that changed has left is aborted.
    targets: ['HeadObject', 'CreateMultipartUpload', 'tags', 'ACL', 'ListParts', 'AbortMultipartUpload'],
    transfers: ['GetItem', 'PutItem'],
    locks: ['GetItem', 'PutItem', 'DeleteItem'],
    executions: ['DescribeExecution', 'GetExecutionHistory'],
    endpoints: 'one',
  },
  plan: {
    // Parts that a store copied by itself are held to the source as it is then.
    sources: ['HeadObject', 'GetObjectTagging'],
    targets: ['HeadObject', 'ListParts', 'AbortMultipartUpload'],
    transfers: ['GetItem', 'PutItem', 'Query', 'BatchWriteItem'],
    executions: ['DescribeExecution', 'GetExecutionHistory'],
    endpoints: 'one',
  },
  'copy-whole': {
    sources: ['GetObject'],
    targets: ['HeadObject', 'PutObject', 'CopyObject', 'tags', 'ACL'],
    transfers: ['GetItem', 'PutItem', 'Query'],
    endpoints: 'one',
  },
  'copy-batch': {
    sources: ['GetObject'],
    targets: ['UploadPart', 'UploadPartCopy'],
    transfers: ['GetItem', 'PutItem', 'Query'],
    endpoints: 'one',
  },
  'read-back': {
    // Only the parts that we did not send are read from the source again.
    sources: ['GetObject'],
    targets: ['HeadObject', 'GetObject'],
    transfers: ['GetItem', 'PutItem', 'Query'],
    endpoints: 'one',
  },
  complete: {
    // The number of tags goes on the receipt, where they were lost.
    targets: ['HeadObject', 'tag count', 'ListParts', 'CompleteMultipartUpload', 'AbortMultipartUpload'],
    transfers: ['GetItem', 'PutItem', 'Query', 'BatchWriteItem'],
    locks: ['DeleteItem'],
    executions: ['DescribeExecution'],
    endpoints: 'one',
  },
  abort: {
    targets: ['HeadObject', 'ListParts', 'AbortMultipartUpload'],
    transfers: ['GetItem', 'PutItem'],
    locks: ['DeleteItem'],
    endpoints: 'one',
  },
  settle: {
    transfers: ['GetItem', 'PutItem'],
    locks: ['DeleteItem'],
    announces: true,
  },
  sweep: {
    targets: ['HeadObject', 'ListParts', 'ListMultipartUploads', 'AbortMultipartUpload'],
    transfers: ['GetItem', 'PutItem', 'BatchGetItem'],
    listsTransfers: true,
    locks: ['GetItem', 'DeleteItem'],
    sweeps: ['PutItem', 'Query'],
    executions: ['DescribeExecution'],
    endpoints: 'all',
    announces: true,
  },
  // It touches no store: what must is the next one's.
  api: {
    transfers: ['GetItem', 'PutItem', 'Query', 'BatchGetItem'],
    listsTransfers: true,
    locks: ['GetItem', 'PutItem', 'DeleteItem'],
    keys: ['GetItem', 'PutItem'],
    sweeps: ['GetItem', 'Query'],
    executions: ['StartExecution', 'DescribeExecution', 'RedriveExecution', 'StopExecution'],
    endpoints: 'all',
  },
  /** Plans, checks of endpoints, and uploads in progress. */
  stores: {
    sources: ['HeadObject', 'GetObjectTagging'],
    targets: [
      ...['HeadObject', 'CreateMultipartUpload', 'UploadPart', 'ListParts', 'ListMultipartUploads'],
      'AbortMultipartUpload',
    ],
    transfers: ['GetItem'],
    endpoints: 'one',
  },
} as const satisfies Record<string, Calls>;

export type FunctionName = keyof typeof functionCalls;

/** Also what the header or the answer of a command needs beside it. */
export type SourceCall = 'HeadObject' | 'GetObject' | 'GetObjectTagging';
export type TargetCall =
  | 'HeadObject'
  | 'GetObject'
  | 'PutObject'
  | 'CopyObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'ListParts'
  | 'ListMultipartUploads'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'tags'
  | 'tag count'
  | 'ACL';
export type TableCall = 'GetItem' | 'PutItem' | 'DeleteItem' | 'Query' | 'BatchGetItem' | 'BatchWriteItem';
export type ExecutionCall =
  | 'StartExecution'
  | 'DescribeExecution'
  | 'RedriveExecution'
  | 'StopExecution'
  | 'GetExecutionHistory';

export type Calls = {
  /** Of endpoints with places to read, and of those with places to write. */
  readonly sources?: readonly SourceCall[];
  readonly targets?: readonly TargetCall[];
  /** Headers, reports and parts. */
  readonly transfers: readonly TableCall[];
  /** Asks the index which transfers there are. */
  readonly listsTransfers?: boolean;
  /** Who has a target key. */
  readonly locks?: readonly TableCall[];
  /** Idempotency keys. */
  readonly keys?: readonly TableCall[];
  /** Reports of sweeps. */
  readonly sweeps?: readonly TableCall[];
  readonly executions?: readonly ExecutionCall[];
  /** `one`: by its name. `all`: it lists them too. */
  readonly endpoints?: 'one' | 'all';
  /** Tells the account's event bus. */
  readonly announces?: boolean;
};

export function callsOf(name: FunctionName): Calls {
  return functionCalls[name];
}
