/**
 * One call of the API. The caller needs `execute-api:Invoke` for `<stage>/<method><path>`. `by` names the function that
 * answers: `stores` calls the stores, `push` signs writes of clients, `api` calls no store.
 */
export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{id}` is the only parameter that it may have. */
  readonly path: `/${string}`;
  readonly by: 'api' | 'stores' | 'push';
};

/**
 * All routes, by the name of the call. infra/transfer-api.ts deploys them. functions/api.ts, functions/stores.ts and
 * functions/push.ts answer them, tools/client/api/api.ts calls them, and docs/api.md explains them.
 */
export const routes = {
  start: { method: 'POST', path: '/transfers', by: 'api' },
  list: { method: 'GET', path: '/transfers', by: 'api' },
  describe: { method: 'GET', path: '/transfers/{id}', by: 'api' },
  parts: { method: 'GET', path: '/transfers/{id}/parts', by: 'api' },
  abort: { method: 'DELETE', path: '/transfers/{id}', by: 'api' },
  pause: { method: 'POST', path: '/transfers/{id}/pause', by: 'api' },
  resume: { method: 'POST', path: '/transfers/{id}/resume', by: 'api' },
  recordParts: { method: 'POST', path: '/transfers/{id}/parts', by: 'api' },
  finish: { method: 'POST', path: '/transfers/{id}/finish', by: 'api' },
  signParts: { method: 'POST', path: '/transfers/{id}/urls', by: 'push' },
  sweep: { method: 'GET', path: '/sweeps/{id}', by: 'api' },
  endpoints: { method: 'GET', path: '/endpoints', by: 'api' },
  plan: { method: 'POST', path: '/plans', by: 'stores' },
  checkEndpoint: { method: 'POST', path: '/endpoints/{id}/check', by: 'stores' },
  uploads: { method: 'GET', path: '/uploads', by: 'stores' },
  abortUpload: { method: 'DELETE', path: '/uploads', by: 'stores' },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;

/** The routes that one function answers. */
export type RoutesBy<By extends Route['by']> = {
  [Name in RouteName]: (typeof routes)[Name]['by'] extends By ? Name : never;
}[RouteName];
