/**
 * Runs Cloudflare's own R2 on this machine, on 127.0.0.1 and in one new directory: `r2.ts DIR PORT PACKAGES BUCKET…`.
 * PACKAGES is the folder that installR2 returned. As daemons.sh explains, the server lives as long as the pipe on its
 * standard input. The kernel closes that pipe when the test run ends in any way.
 *
 * This server differs from R2 in the cloud (test/providers/r2.test.ts lists all differences). It has no CreateBucket, no
 * lists of parts or uploads, no session tokens and no checks of CRCs. It accepts any region, and no bucket in the host
 * name. Six or more connections that begin at once wait for seconds.
 */
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { r2Keys } from './keys.ts';

type Running = { readonly ready: Promise<URL>; dispose(): Promise<void> };
type MiniflarePackage = { readonly Miniflare: new (options: Readonly<Record<string, unknown>>) => Running };

const [home = '', port = '', packages = '', ...buckets] = process.argv.slice(2);
const { Miniflare } = createRequire(join(packages, 'package.json'))('miniflare') as MiniflarePackage;

// A terminal's Ctrl-C is meant for the test run, which then ends this server through the pipe.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});

const server = new Miniflare({
  host: '127.0.0.1',
  port: Number(port),
  cf: false, // otherwise miniflare asks Cloudflare where this machine is
  modules: true,
  compatibilityDate: '2025-05-01', // any date that this version knows; the worker below depends on none
  script: 'export default { fetch: () => new Response("up") }', // what answers beside the stores
  r2Persist: join(home, 'objects'),
  // This server has no CreateBucket, so all buckets are named here.
  r2Buckets: Object.fromEntries(buckets.map((id) => [id.replaceAll('-', '_'), { id, s3Credentials: r2Keys }])),
});
await server.ready;

process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve).once('error', resolve));
await server.dispose();
// A failure does not reach this line, so the directory stays with its logs.
await rm(home, { recursive: true, force: true });
