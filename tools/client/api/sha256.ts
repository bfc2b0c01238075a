type SignerHash = { update(chunk: Uint8Array): void; digest(): Promise<Uint8Array>; reset(): void };
type SignerHashConstructor = new (secret?: string | ArrayBuffer | ArrayBufferView) => SignerHash;

const utf8 = (text: string) => new TextEncoder().encode(text);

/** SHA-256, or HMAC-SHA-256 where there is a secret, by WebCrypto, as `SignatureV4` of @smithy/signature-v4 wants it. */
function sha256(secret?: string | Uint8Array<ArrayBuffer>): SignerHash {
  const chunks: Uint8Array[] = [];
  const key = typeof secret === 'string' ? utf8(secret) : secret;
  return {
    // The signer hands in texts too.
    update: (chunk: Uint8Array | string) => void chunks.push(typeof chunk === 'string' ? utf8(chunk) : chunk),
    digest: async () => new Uint8Array(await digested(joined(chunks), key)),
    reset: () => chunks.splice(0),
  };
}

async function digested(
  bytes: Uint8Array<ArrayBuffer>,
  key: Uint8Array<ArrayBuffer> | undefined,
): Promise<ArrayBuffer> {
  // A page that came over plain http from another computer has no WebCrypto.
  if (!globalThis.crypto?.subtle) throw new Error('requests can be signed only in pages that came by https');
  if (!key) return crypto.subtle.digest('SHA-256', bytes);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.sign(algorithm, await crypto.subtle.importKey('raw', key, algorithm, false, ['sign']), bytes);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The signer wants something it can call with `new`; a function that returns an object will do. */
export const Sha256 = sha256 as unknown as SignerHashConstructor;
