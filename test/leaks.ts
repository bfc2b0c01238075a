import { appendFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Ports } from '../functions/engine/ports/ports.ts';
import { regularFilesBelow } from './regular-files.ts';

// The logs of functions, the files of executions, and the log of tests that run without a stack.
const written = new Set(['functions.log', 'journal.jsonl', 'record.json', 'ports.log']);
// This finds keys of stores, presigned URLs of any signer, and tokens as our tests write them.
const signatures = /[?&](X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|Signature|sig|token)=/i;

/** The log of a test that runs the engine in its own process. It is read at the end of the run. */
export const logged: Ports['log'] = (message, facts) =>
  appendFileSync(join(tmpdir(), 'ports.log'), `${JSON.stringify({ message, ...facts })}\n`);

/** The lines in logs and execution files below a folder that have a secret of a store or a URL, each with its file. */
export function leaksBelow(folder: string): string[] {
  const files = regularFilesBelow(folder);
  const secrets = files.filter((path) => /^(identity|settings)\.json$/.test(basename(path))).flatMap(secretsIn);
  return files
    .filter((path) => written.has(basename(path)))
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => signatures.test(line) || secrets.some((secret) => line.includes(secret)))
        .map((line) => `${path}: ${line.slice(0, 500)}`),
    );
}

/** The file is not parsed, because a test may have broken it on purpose. */
function secretsIn(path: string): string[] {
  const fields = readFileSync(path, 'utf8').matchAll(/"(?:secretAccessKey|sessionToken)": ?"([^"]{8,})"/g);
  return [...fields].map(([, secret = '']) => secret);
}
