import { readFileSync } from 'node:fs';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type Route, type RouteName, routes } from '../../functions/api/routes.ts';
import { handler as api } from '../../functions/api.ts';
import { handler as push } from '../../functions/push.ts';
import { handler as stores } from '../../functions/stores.ts';
import { apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { startApiServer } from '../cli/fixture/api-server.ts';
import { synthesized } from '../synthesized.ts';

const names = Object.keys(routes) as RouteName[];
const keyOf = ({ method, path }: Route) => `${method} ${path}`;
const keys = Object.values(routes).map(keyOf).toSorted();
const handlers = { api, stores, push };

/** Whether the function has the route. Its answer does not matter. */
async function isAnswered(by: Route['by'], { method, path }: Route): Promise<boolean> {
  const rawPath = path.replace('{id}', 'x');
  const event = {
    version: '2.0',
    routeKey: keyOf({ method, path, by }),
    rawPath,
    headers: {},
    pathParameters: { id: 'x' },
    requestContext: { requestId: 'r', http: { method, path: rawPath } },
  } as unknown as APIGatewayProxyEventV2;
  const context = { getRemainingTimeInMillis: () => 29_000 } as Context;
  const refused = await handlers[by](event, context).then(
    () => undefined,
    (error: Error) => error.message,
  );
  if (refused !== undefined && refused !== 'Route does not exist') throw new Error(refused);
  return refused === undefined;
}

describe('The routes of the API', () => {
  it('differ from each other', () => {
    expect(new Set(keys).size).toBe(names.length);
  });

  it.each(names)('include %s, which only its own function answers', async (name) => {
    const route = routes[name];
    const answering = {
      api: await isAnswered('api', route),
      stores: await isAnswered('stores', route),
      push: await isAnswered('push', route),
    };
    expect(answering).toEqual({ api: route.by === 'api', stores: route.by === 'stores', push: route.by === 'push' });
  });

  it('are those that the stack deploys, each with the function that answers it', () => {
    const deployed = synthesized().routes.map(({ routeKey, functionArn }) => [
      routeKey,
      /:function:\w*Functions(api|stores|push)[0-9A-F]+$/.exec(functionArn)?.[1],
    ]);
    const expected = Object.values(routes).map((route) => [keyOf(route), route.by]);
    expect(deployed.toSorted()).toEqual(expected.toSorted());
  });

  it('are those that docs/api.md explains', () => {
    const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/^\| `((?:[A-Z]+) [^`?]+)[^`]*` \|/gm)].map(([, route]) => route);
    expect(explained.toSorted()).toEqual(keys);
  });

  it('are those that the client calls, each under its name', async () => {
    const server = await startApiServer();
    const { pollMs: _, ...asks } = apiClient(localApi(server.home));
    const asked: Record<string, string> = {};
    for (const [name, ask] of Object.entries(asks)) {
      // This server records each call and refuses it.
      await expect((ask as (id: string) => Promise<unknown>)('x')).rejects.toMatchObject({ name: 'NotFound' });
      const { method, url } = server.heard.at(-1)!;
      asked[name] = `${method} ${url.split('?')[0]!.replace(/\/x(?=\/|$)/, '/{id}')}`;
    }
    expect(asked).toEqual(Object.fromEntries(names.map((name) => [name, keyOf(routes[name])])));
    await server.close();
  });
});
