/** The HTTP status that the SDK keeps with an error of a store; `undefined`: there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? metadataOf(error)?.httpStatusCode : undefined;
}

/** What the SDK keeps of the answer beside an error. Errors of the network have it too, without a status. */
export function metadataOf(error: Error): { readonly httpStatusCode?: number } | undefined {
  return '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
}
