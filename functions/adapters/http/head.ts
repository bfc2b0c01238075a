/** The head of an answer, as far as we need it to read the body. Header names are in lower case. */
export type Head = {
  readonly statusCode: number;
  readonly headers: { readonly [name: string]: string };
  /** The bytes of the body. Only an error may come in chunks. */
  readonly length: number | 'chunked';
  /** Whether another request may follow on this connection. */
  readonly keepsAlive: boolean;
};

const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)(?: .*)?$/;
// RFC 9110, 5.6.2 (token) and 5.5 (field values): https://www.rfc-editor.org/rfc/rfc9110
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;

/**
 * Reads a head without its empty line. `undefined`: this is not the plain kind of answer that we read by ourselves, so
 * node:http has to read it. Plain is HTTP/1.1 with one Content-Length, or an error in chunks.
 */
export function readHead(text: string): Head | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = STATUS_LINE.exec(statusLine)?.[1];
  const fields = lines.map((line) => FIELD.exec(line));
  if (status === undefined || !fields.every((field) => field !== null)) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const [, name = '', value = ''] of fields) {
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  const statusCode = Number(status);
  const { 'content-length': length = '', 'transfer-encoding': encoding, connection = '' } = headers;
  const hasBody = statusCode >= 200 && statusCode !== 204 && statusCode !== 304;
  const keepsAlive = !/\b(close|upgrade)\b/i.test(connection);
  const isError = statusCode >= 300;
  if (isError && encoding === 'chunked' && length === '') return { statusCode, headers, length: 'chunked', keepsAlive };
  if (!hasBody || encoding !== undefined || !/^\d{1,15}$/.test(length)) return undefined;
  return { statusCode, headers, length: Number(length), keepsAlive };
}
