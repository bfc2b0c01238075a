/**
 * Cloudflare's own R2 on this machine, on 127.0.0.1 and in one new directory: `r2.ts DIR PORT PACKAGES BUCKET…`, where
 * PACKAGES is the folder that installR2 gave. The law of daemons.sh holds here too: it lives as long as the pipe on its
 * standard input, which the kernel closes however the test run ends.
 *
 * It differs from the cloud's R2: no CreateBucket, no lists of parts or uploads, no session tokens, no checks of CRCs
 * (test/providers/r2.test.ts has them all), any region, and no bucket before the host name. Six or more
 * connections that begin at once wait for it for seconds.
 */
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { r2Keys } from './keys.ts';

type Running = { readonly ready: Promise<URL>; dispose(): Promise<void> };
type MiniflarePackage = { readonly Miniflare: new (options: Readonly<Record<string, unknown>>) => Running };

const [home = '', port = '', packages = '', ...buckets] = process.argv.slice(2);
const { Miniflare } = createRequire(join(packages, 'package.json'))('miniflare') as MiniflarePackage;

// A terminal's Ctrl-C is for the test run to hear; it ends us by the pipe.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const server = new Miniflare({
  host: '127.0.0.1',
  port: Number(port),
  cf: false, // it would ask Cloudflare where this machine is
  modules: true,
  compatibilityDate: '2025-05-01', // any that this version knows: the worker below needs none
  script: 'export default { fetch: () => new Response("up") }', // what answers beside the stores
  r2Persist: join(home, 'objects'),
  // There is no CreateBucket, so they are all named here.
  r2Buckets: Object.fromEntries(buckets.map((id) => [id.replaceAll('-', '_'), { id, s3Credentials: r2Keys }])),
});
await server.ready;

process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve));
await server.dispose();
// After a failure the directory stays, for its logs.
await rm(home, { recursive: true, force: true });
