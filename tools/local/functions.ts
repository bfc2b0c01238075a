import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type RouteName, routes } from '../../functions/api/routes.ts';
import type { Settings } from '../settings/settings.ts';
import type { Callers } from '../signed/callers.ts';
import type { Observe } from '../signed/observe.ts';
import { type Service, startDoor } from './door/door.ts';
import { type LambdaHost, startLambdaHost } from './lambda/host.ts';
import type { Assembly } from './template/assembly.ts';
import type { Things } from './things.ts';

export type FunctionsOptions = {
  readonly folder: string;
  readonly assembly: Assembly;
  readonly settings: Settings;
  readonly callers: Callers;
  readonly observe: Observe;
  readonly environmentsAtOnce: number | undefined;
  readonly variables: { readonly [name: string]: string } | undefined;
  /** Asked at each call of a function. The services open after the door, and no function is called before they are open. */
  readonly services: () => readonly Service[];
};

/** The Lambdas of the template, and the door to the services that they call. */
export async function startFunctions(options: FunctionsOptions, things: Things): Promise<LambdaHost> {
  const { folder, assembly, settings, callers, observe, environmentsAtOnce, variables, services } = options;
  const door = things.hold(await startDoor({ services, callers, observe }), (each) => each.close());
  const lambdas = startLambdaHost({
    callers,
    environmentsAtOnce,
    functions: assembly.functions,
    log: logSink(folder),
    variables: { ...serviceEndpoints(door.url), ...settingsOf(settings), ...variables },
  });
  return things.hold(lambdas, (each) => each.close());
}

/** The function that answers this call of the API. */
export function functionBehind({ routes: deployed }: Assembly, name: RouteName): string | undefined {
  const { method, path } = routes[name];
  return deployed.find(({ routeKey }) => routeKey === `${method} ${path}`)?.functionArn;
}

/** One variable for each service, and never one for all: a laptop must still reach S3 at AWS. */
function serviceEndpoints(door: string): Record<string, string> {
  const services = ['DYNAMODB', 'EVENTBRIDGE', 'SECRETS_MANAGER', 'SFN', 'SSM'];
  return Object.fromEntries(services.map((name) => [`AWS_ENDPOINT_URL_${name}`, door]));
}

/** What the template would have of these settings. */
function settingsOf({ urlPolicy }: Settings): Record<string, string> {
  return { PARTWAY_URL_POLICY: JSON.stringify(urlPolicy) };
}

/** The functions' output, in one file for all, with the function's name before each line. */
function logSink(folder: string) {
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const file = createWriteStream(join(folder, 'logs', 'functions.log'), { flags: 'a', mode: 0o600 });
  return ({ functionName, line }: { functionName: string; line: string }) => file.write(`${functionName} ${line}\n`);
}
