import { createHash } from 'node:crypto';
import { Agent, type IncomingMessage } from 'node:http';
import { encodePath, parseQuery } from '../../tools/signed/encoding.ts';
import { verifyS3Signature } from '../../tools/store/request/authorize.ts';
import { type Forwarded, forward } from './forward.ts';
import { type Keys, signed } from './signing.ts';
import type { Ask } from './tempers/temper.ts';

/** The store behind the proxy. */
export type Upstream = {
  /** The host name that the client uses. */
  readonly host: string;
  /** The path of the URL where the S3 API begins. */
  readonly path: string;
  /** Throws StoreError if the client's signature is wrong, unless the store itself checks it. */
  authorize(request: IncomingMessage): Promise<void>;
  /** Sends a request after rules have changed it. If a rule needs the document, `sent` has it. */
  forward(sent: Ask, request: IncomingMessage): Promise<Forwarded>;
  close(): void;
};

type Embedded = {
  readonly url: string;
  readonly region: string;
  readonly keys: Keys;
  /** Whether the store accepts signatures for any region. */
  readonly anyRegion: boolean;
};

/** For requests that rules may change: checks the client's signature here, and signs the changed request again. */
export function signedAnew({ url, region, keys, anyRegion }: Embedded): Upstream {
  const agent = new Agent({ keepAlive: true });
  const { host } = new URL(url);
  return {
    host: 's3.localhost',
    path: '',
    authorize: async ({ method = '', url: asked = '/', headers }) => {
      const signedFor = anyRegion
        ? regionOf(headers.authorization ?? parseQuery(asked)['X-Amz-Credential'])
        : undefined;
      await verifyS3Signature({ method, url: asked, headers }, { credentials: keys, region: signedFor ?? region });
    },
    forward: async (sent, request) => {
      const path = encodePath(`/${sent.bucket}${sent.key === '' ? '' : `/${encodeURIComponent(sent.key)}`}`);
      const document = documentOf(sent);
      const { authorization: _, 'x-amz-security-token': __, connection: ___, ...others } = sent.headers;
      const digest = document && createHash('sha256').update(document).digest('hex');
      const headers = {
        'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', // a presigned request has no such header
        ...others,
        host,
        ...(document && digest ? { 'content-length': String(document.length), 'x-amz-content-sha256': digest } : {}),
      };
      const query = Object.fromEntries(Object.entries(sent.query).filter(([name]) => !isOfPresignedUrl(name)));
      const message = { method: request.method ?? '', path, query, headers };
      const target = path + searchOf(query);
      const outgoing = { method: message.method, target, headers: await signed(message, keys, region), url, agent };
      return forward(outgoing, document ?? request, sent.operation === 'GetObject');
    },
    close: () => agent.destroy(),
  };
}

/** A store that gets exactly what the client sent, with its host and signature, and checks it itself. */
export function untouched(url: string, host: string): Upstream {
  // R2's simulator closes idle connections. A request on a connection that was just closed is lost.
  const agent = new Agent({ keepAlive: false });
  const { pathname } = new URL(url);
  return {
    host,
    path: pathname === '/' ? '' : pathname,
    authorize: async () => {},
    forward: (sent, request) => {
      const { method = '', url: target = '/', headers: given } = request;
      const { connection: _, 'keep-alive': __, ...headers } = given;
      return forward(
        { method, target, headers, url, agent },
        documentOf(sent) ?? request,
        sent.operation === 'GetObject',
      );
    },
    close: () => agent.destroy(),
  };
}

/** The region in the credential scope of the header `authorization`, or of a presigned URL. */
const regionOf = (signed = ''): string | undefined => /\/\d{8}\/([^/]+)\/s3\//.exec(signed)?.[1];

const isOfPresignedUrl = (name: string): boolean =>
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/i.test(name);

const documentOf = ({ text }: Ask): Buffer | undefined => (text === '' ? undefined : Buffer.from(text));

function searchOf(query: Readonly<Record<string, string>>): string {
  const rows = Object.entries(query).map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  return rows.length === 0 ? '' : `?${rows.join('&')}`;
}
