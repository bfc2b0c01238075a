import { TransferError } from '../../transfer/errors.ts';
import { EXPOSED_HEADER, pushedHeaders } from '../../transfer/values/cors-rules.ts';
import type { PageAnswer } from '../ports/clients.ts';
import type { Ports } from '../ports/ports.ts';
import type { MoreChecks } from './check-endpoint.ts';

const BODY = 'partway check';

/**
 * Sends a part as a page of this origin would: first the preflight that its browser sends, then the part itself. A browser
 * takes neither for granted, and hides the ETag unless the store exposes it: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export const checkPage =
  (ports: Pick<Ports, 'signer' | 'asPage'>, origin: string): MoreChecks =>
  async ({ target, uploadId }, attempt) => {
    const sign = async () => {
      const signer = await ports.signer({ request: { target } });
      return signer.part({ target, uploadId, partNumber: 1, bytes: BODY.length });
    };
    await attempt(`preflight from ${origin}`, async () => {
      const { url, headers } = await sign();
      const asked = [...new Set([...Object.keys(headers), ...pushedHeaders])].toSorted();
      const answer = await ports.asPage({
        method: 'OPTIONS',
        url,
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': asked.join(','),
        },
      });
      refusePreflight(answer, origin, asked);
    });
    await attempt(`UploadPart from ${origin}`, async () => {
      const { url, headers } = await sign();
      const answer = await ports.asPage({ method: 'PUT', url, headers: { ...headers, origin }, body: BODY });
      if (answer.status >= 300) throw refused(`answered ${answer.status} to a part that a page sends`);
      if (!allowsOrigin(answer, origin))
        throw refused(`took the part, but does not let pages of ${origin} see its answer`);
      if (!names(answer, 'access-control-expose-headers', EXPOSED_HEADER))
        throw refused(`took the part, but does not show pages of ${origin} its ${EXPOSED_HEADER}`);
    });
  };

function refusePreflight(answer: PageAnswer, origin: string, asked: readonly string[]): void {
  if (answer.status >= 300) throw refused(`answered ${answer.status} to the preflight of a page of ${origin}`);
  if (!allowsOrigin(answer, origin)) throw refused(`does not let pages of ${origin} send`);
  if (!names(answer, 'access-control-allow-methods', 'PUT')) throw refused(`does not let pages of ${origin} send PUT`);
  const missing = asked.filter((name) => !names(answer, 'access-control-allow-headers', name));
  if (missing.length > 0) throw refused(`does not let pages of ${origin} send the headers ${missing.join(', ')}`);
}

function allowsOrigin({ headers }: PageAnswer, origin: string): boolean {
  const allowed = headers['access-control-allow-origin'];
  return allowed === '*' || allowed === origin;
}

function names({ headers }: PageAnswer, header: string, name: string): boolean {
  const named = (headers[header] ?? '').split(',').map((each) => each.trim().toLowerCase());
  return named.includes('*') || named.includes(name.toLowerCase());
}

function refused(what: string): TransferError {
  return new TransferError('Refused', `The store ${what}.`, { said: { code: 'CorsRefused' } });
}
