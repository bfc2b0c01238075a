import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Route } from '../../../functions/api/routes.ts';
import { localErrors } from '../../failures/local-errors.ts';
import { refuseClearText } from './clear-text.ts';
import { PartwayError } from './partway-error.ts';
import { Sha256 } from './sha256.ts';

/** A request as it will go on the wire. */
export type PlainRequest = {
  readonly method: Route['method'];
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

/** Gives the headers to send instead: those of the request, and what says who calls. */
export type Auth = (request: PlainRequest) => Promise<Readonly<Record<string, string>>>;

/** Where Partway's API is, and who calls it. */
export type Api = {
  /** What the stack gives out as its API. A function is asked for each call: a stack on this computer may get another port. */
  readonly url: string | (() => string | Promise<string>);
  /** `iam(…)`, `bearer(…)` or your own. Left out: the calls go as they are, to somebody who lets them through. */
  readonly auth?: Auth;
  /** How often a transfer is looked at while the service completes it: each second, if left out. */
  readonly pollMs?: number;
  /** How a call is sent: by `fetch`, if left out. */
  readonly send?: Send;
};

/** Sends a request with these headers, and follows no redirect. What it throws says in `code` why there is no answer. */
export type Send = (
  request: PlainRequest,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<{ readonly status: number; readonly text: string }>;

export type IamOptions = {
  /** Of the API, such as eu-central-1. */
  readonly region: string;
  /** Of whoever may `execute-api:Invoke` the API; a function is asked again when they have expired. */
  readonly credentials: Credentials | (() => Promise<Credentials>);
};

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
};

/** Signs as API Gateway with an IAM authorizer checks it: SigV4, service execute-api, the body's hash included. */
export function iam({ region, credentials }: IamOptions): Auth {
  const signer = new SignatureV4({ region, credentials, service: 'execute-api', sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    refuseClearText(url);
    const query = Object.fromEntries(url.searchParams);
    try {
      const request = { method, path: url.pathname, query, headers: { ...headers, host: url.host }, body };
      const signed = await signer.sign(new HttpRequest(request));
      // fetch writes the host header itself, with the same value.
      const { host: _, ...others } = signed.headers;
      return others;
    } catch (error) {
      throw noCredentials(error);
    }
  };
}

/** For an API whose authorizer reads a token, such as a JWT of Cognito. A function is asked for each call. */
export function bearer(token: string | (() => string | Promise<string>)): Auth {
  return async ({ url, headers }) => {
    refuseClearText(url);
    const current = typeof token === 'string' ? token : await token();
    return { ...headers, authorization: `Bearer ${current}` };
  };
}

function noCredentials(cause: unknown): PartwayError {
  const message = `The call cannot be signed: ${cause instanceof Error ? cause.message : cause}.`;
  return new PartwayError(
    { name: 'NoCredentials', message, next: localErrors.NoCredentials },
    { reached: false, cause },
  );
}
