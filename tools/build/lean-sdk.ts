import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import { root } from '../programs/programs.ts';

/**
 * Leaves out of the bundles what a Lambda never uses of the SDK, so that it starts sooner. esbuild drops unused code by
 * itself, but three things in the SDK keep it from that. The names of the files are those of the versions in
 * package-lock.json. test/infra/bundles.test.ts fails if a new version makes a bundle large again.
 */
export const leanSdk: Plugin = {
  name: 'lean-sdk',
  setup({ onLoad, onResolve }) {
    // Lambda gives the keys of the role as environment variables. The other ways to find keys (files, SSO, roles to
    // assume, the metadata of a machine) come with four clients of their own.
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({ path, namespace: 'lean-sdk' }));
    onLoad({ filter: /.*/, namespace: 'lean-sdk' }, () => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: root,
    }));
    onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => ({
      contents: leanSchemas(readFileSync(path, 'utf8')),
    }));
    // A client reads only its version from it.
    onLoad({ filter: /@aws-sdk[\\/]client-[\w-]+[\\/]package\.json$/ }, ({ path }) => ({
      contents: JSON.stringify({ version: JSON.parse(readFileSync(path, 'utf8')).version }),
      loader: 'json',
    }));
  },
};

/**
 * The schemas of a service, in a form of which esbuild can drop those that nobody uses.
 * - Each error registers its class. Without that, the SDK throws the service's base class, with the name of the error.
 *   So our adapters look at names, never at classes.
 * - An object with a computed key, such as `{ [_h]: … }`, may run code, as esbuild sees it. Each of these keys is the
 *   name of a constant text in the same file, so we write the text there.
 */
export function leanSchemas(code: string): string {
  const texts = new Map([...code.matchAll(/^const (\w+) = (".*");$/gm)].map(([, name, text]) => [name, text]));
  return code
    .replace(/^n0_registry\.registerError\(.*\);$/gm, '')
    .replace(/\[(\w+)\]:/g, (key, name) => (texts.has(name) ? `${texts.get(name)}:` : key));
}
