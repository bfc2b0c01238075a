/**
 * What each function calls at the stores, the checkpoint and Step Functions, by the names of the SDK's commands. All
 * rights come from this table. store-grants.ts makes the rights to stores; transfer-table.ts, endpoint-list.ts,
 * transfer-workflow.ts and announcing.ts make the others. AWS denies a call that is missing here.
 */
export const functionCalls = {
  initiate: {
    // Initiate copies small objects by itself.
    sources: ['HeadObject', 'GetObjectTagging', 'GetObject'],
    // Initiate lists the parts of an upload that it adopts. It aborts an upload whose source has changed.
    targets: [
      ...['HeadObject', 'CreateMultipartUpload', 'tags', 'ACL', 'ListParts', 'AbortMultipartUpload'],
      ...['PutObject', 'CopyObject'],
    ],
    transfers: ['GetItem', 'PutItem', 'Query'],
    locks: ['GetItem', 'PutItem', 'DeleteItem'],
    urls: ['GetItem'],
    executions: ['DescribeExecution', 'GetExecutionHistory'],
    endpoints: 'one',
  },
  plan: {
    // Plan compares the source with its pin once more, after a store has copied parts by itself.
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
    urls: ['GetItem'],
    endpoints: 'one',
  },
  'copy-batch': {
    sources: ['GetObject'],
    targets: ['UploadPart', 'UploadPartCopy'],
    transfers: ['GetItem', 'PutItem', 'Query'],
    urls: ['GetItem'],
    endpoints: 'one',
  },
  'read-back': {
    // The function reads from the source again only the parts that Partway did not send.
    sources: ['GetObject'],
    targets: ['HeadObject', 'GetObject'],
    transfers: ['GetItem', 'PutItem', 'Query'],
    urls: ['GetItem'],
    endpoints: 'one',
  },
  complete: {
    // If tags were lost, their number goes on the receipt.
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
    urls: ['DeleteItem'],
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
  // This function touches no store. The next one has the routes that must look at stores.
  api: {
    transfers: ['GetItem', 'PutItem', 'Query', 'BatchGetItem'],
    listsTransfers: true,
    locks: ['GetItem', 'PutItem', 'DeleteItem'],
    keys: ['GetItem', 'PutItem'],
    urls: ['PutItem'],
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
  /** Signs the writes of clients. It begins uploads, lists those that are adopted or called lost, and reads no objects. */
  push: {
    targets: ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'ListParts', 'AbortMultipartUpload', 'tags', 'ACL'],
    transfers: ['GetItem', 'PutItem', 'Query'],
    endpoints: 'one',
  },
} as const satisfies Record<string, Calls>;

export type FunctionName = keyof typeof functionCalls;

/** Calls at a source. */
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
  /** Calls at endpoints with places to read. */
  readonly sources?: readonly SourceCall[];
  /** Calls at endpoints with places to write. */
  readonly targets?: readonly TargetCall[];
  /** Rows of transfers: headers, reports and parts. */
  readonly transfers: readonly TableCall[];
  /** Asks the index which transfers there are. */
  readonly listsTransfers?: boolean;
  /** Rows that say which transfer has a target key. */
  readonly locks?: readonly TableCall[];
  /** Rows of idempotency keys. */
  readonly keys?: readonly TableCall[];
  /** Rows with the URLs of sources, which may be signed. Only the functions that read sources may read them. */
  readonly urls?: readonly TableCall[];
  /** Rows of the sweeps' reports. */
  readonly sweeps?: readonly TableCall[];
  readonly executions?: readonly ExecutionCall[];
  /** `one`: it reads an endpoint by its name. `all`: it lists them too. */
  readonly endpoints?: 'one' | 'all';
  /** It puts events on the account's event bus. */
  readonly announces?: boolean;
};

export function callsOf(name: FunctionName): Calls {
  return functionCalls[name];
}
