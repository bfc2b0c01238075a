import type { Plugin } from 'esbuild';

/**
 * Gets node:http as CommonJS gets it. An ES import reads every name of a built-in module, and node:http has three lazy ones,
 * such as WebSocket, which load all of `fetch`. That takes 50 ms of CPU, longer than Node itself takes to start, in each
 * function and each program.
 */
export const plainHttp: Plugin = {
  name: 'plain-http',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'require-call' ? undefined : { path: 'node:http', namespace: 'plain-http' },
    );
    onLoad({ filter: /.*/, namespace: 'plain-http' }, () => ({
      contents: "module.exports = process.getBuiltinModule('node:http');",
    }));
  },
};
