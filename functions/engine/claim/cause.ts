/** Step Functions passes on a Lambda's failure as JSON text. A person wants only its message. */
export function causeMessage(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not every cause is JSON: Step Functions' own are sentences.
  }
  return cause;
}
