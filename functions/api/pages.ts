import * as z from 'zod';
import { parse } from '../transfer/request.ts';
import { routes } from './routes.ts';

/** The methods that web pages of other origins may use, if the stack allows their origin. */
export const pageMethods = [...new Set(Object.values(routes).map(({ method }) => method))];

/**
 * The headers that such a page may send, beside those that every page may send: the type of a JSON body, and what says
 * who calls (a token, or SigV4).
 */
export const pageHeaders = [
  ...['authorization', 'content-type', 'idempotency-key'],
  ...['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
] as const;

/**
 * For how long a browser may remember that a page may call. Browsers allow at most 2 hours (Chromium), so a longer time
 * would not help.
 */
export const PREFLIGHT_SECONDS = 3600;

/** An origin as partway.json and settings.json write it. */
export const pageOrigin = z.string().superRefine((text, { addIssue }) => {
  const fault = faultOfOrigin(text);
  if (fault !== undefined) addIssue({ code: 'custom', message: fault });
});

/** What is wrong with the origin of a web page, in words. `undefined`: nothing. A browser compares origins as text. */
export function faultOfOrigin(text: string): string | undefined {
  const isOrigin = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(text);
  return isOrigin ? undefined : 'an origin is scheme, host and port in small letters, such as https://app.example.com';
}

/** Throws InvalidRequest. */
export function originIn({ origin }: { readonly origin?: string | undefined }): string | undefined {
  return origin === undefined ? undefined : parse(z.object({ origin: pageOrigin }), { origin }, 'The request').origin;
}
