/** The HTTP status of a store's answer, which the SDK keeps with the error. `undefined`: there was no answer. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error ? metadataOf(error)?.httpStatusCode : undefined;
}

/** What the SDK keeps with an error about the answer. Errors of the network have it too, but without a status. */
export function metadataOf(error: Error): { readonly httpStatusCode?: number } | undefined {
  return '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : undefined;
}
