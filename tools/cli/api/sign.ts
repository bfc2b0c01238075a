import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Route } from '../../../functions/api/routes.ts';
import { localErrors } from '../../failures/local-errors.ts';
import { Sha256 } from '../../signed/sha256.ts';
import { CliError, exitCodes } from '../failure/failure.ts';
import type { Connection } from './connection.ts';

/** A request as it will go on the wire. */
export type PlainRequest = {
  readonly method: Route['method'];
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

/** Signs as API Gateway with an IAM authorizer checks it: SigV4, service execute-api, the body's hash included. */
export async function sign(request: PlainRequest, connection: Connection): Promise<Record<string, string>> {
  const { method, url, body } = request;
  const signer = new SignatureV4({ ...connection, service: 'execute-api', sha256: Sha256 });
  const query = Object.fromEntries(url.searchParams);
  const headers = { ...request.headers, host: url.host };
  try {
    const signed = await signer.sign(new HttpRequest({ method, path: url.pathname, query, headers, body }));
    // fetch writes the host header itself, with the same value.
    const { host: _, ...others } = signed.headers;
    return others;
  } catch (error) {
    throw noCredentials(error);
  }
}

function noCredentials(cause: unknown): CliError {
  const message = `The call cannot be signed: ${cause instanceof Error ? cause.message : cause}.`;
  return new CliError(
    { name: 'NoCredentials', message, next: localErrors.NoCredentials },
    { exitCode: exitCodes.unreachable, cause },
  );
}
