import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

type SignerHash = { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array>; reset(): void };
type SignerHashConstructor = new (secret?: string | ArrayBuffer | ArrayBufferView) => SignerHash;

/** SHA-256, or HMAC-SHA-256 if there is a secret, in the form that `SignatureV4` of @smithy/signature-v4 needs. */
function sha256(secret?: string | Uint8Array): SignerHash {
  const hash: Hash | Hmac = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return { update: (chunk) => void hash.update(chunk), digest: async () => hash.digest(), reset: () => {} };
}

/** The signer calls this with `new`. A function that returns an object works too. */
export const Sha256 = sha256 as unknown as SignerHashConstructor;
