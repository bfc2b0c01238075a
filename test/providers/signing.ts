import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string };

export type Unsigned = {
  readonly method: string;
  /** Encoded, as it is sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
};

/** Signs a request again after a rule has changed it. The headers include x-amz-content-sha256 for the body. */
export async function signed(request: Unsigned, keys: Keys, region: string): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials: keys,
    region,
    service: 's3',
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const { headers } = await signer.sign(
    new HttpRequest({ ...request, query: { ...request.query }, headers: { ...request.headers } }),
  );
  return headers;
}

type SignerHash = { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array>; reset(): void };

/** The signer calls this with `new`. A function that returns an object works too. */
function sha256(secret?: string | Uint8Array): SignerHash {
  const hash: Hash | Hmac = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest(), reset: () => {} };
}

const Sha256 = sha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]['sha256'];
