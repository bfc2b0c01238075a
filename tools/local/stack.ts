import { join } from 'node:path';
import type { RouteName } from '../../functions/api/routes.ts';
import type { StackConfig } from '../../infra/stack-config.ts';
import { lockFolder } from '../leases/lock.ts';
import { buckets, REGION, secretName } from '../settings/embedded.ts';
import { settingsFile, stateFolder } from '../settings/places.ts';
import { readKeys, readSettings, type Settings } from '../settings/settings.ts';
import { type Callers, newCallers } from '../signed/callers.ts';
import { type Observe, unobserved } from '../signed/observe.ts';
import { verifySignature } from '../signed/signature.ts';
import type { StoreOptions } from '../store/server.ts';
import { type Bus, createBus } from './aws/bus.ts';
import { startDoorbell } from './aws/doorbell.ts';
import { startGateway } from './aws/gateway.ts';
import { servicesOf } from './aws/services.ts';
import { sweepDaily } from './aws/sweep-daily.ts';
import { startTables } from './aws/table.ts';
import { builtStack } from './built-stack.ts';
import type { Service } from './door/door.ts';
import { endpointsOf, parametersOf } from './endpoints.ts';
import { functionBehind, startFunctions } from './functions.ts';
import { forgetAddress, tellAddress } from './home/stack-file.ts';
import { type Identity, type KeyPair, keepIdentity, keepPrivate, readIdentity } from './home/state-folder.ts';
import type { LambdaHost } from './lambda/host.ts';
import { observedInvoke } from './lambda/observed.ts';
import { type Executions, openExecutions } from './machine/executions.ts';
import type { Invoke } from './machine/run.ts';
import { portOrAnother } from './port.ts';
import { type StoreProcess, startStoreProcess } from './store-process.ts';
import { type Assembly, readAssembly } from './template/assembly.ts';
import { openThings, type Things } from './things.ts';

export type StackOptions = {
  readonly home?: string | undefined;
  /** The factor for waits and retries: a person at a laptop does not wait for half an hour. */
  readonly waitFactor?: number;
  readonly environmentsAtOnce?: number;
  /** Calls that come soon: their functions start while the stack does, so that the calls find them warm. */
  readonly warm?: readonly RouteName[];
  /** Called just before others can find the stack. */
  readonly onReady?: (folder: string) => void;
  /** For tests: hears all calls to services, and may change what happens to them. */
  readonly observe?: Observe;
  /** For tests: the callers that the services know. A store that knows them too can stand in for AWS S3. */
  readonly callers?: Callers;
  /**
   * For tests: more endpoints, for instance AWS S3 with the role of the function itself, which settings.json does not
   * allow.
   */
  readonly endpoints?: StackConfig['endpoints'];
  /** For tests: more variables for every function, such as AWS_ENDPOINT_URL_S3. */
  readonly variables?: { readonly [name: string]: string };
};

export type RunningStack = {
  readonly folder: string;
  readonly settings: Settings;
  readonly apiUrl: string;
  readonly region: string;
  readonly apiKeys: KeyPair;
  readonly stores: Readonly<Record<'a' | 'b', { url: string } & KeyPair>>;
  readonly executions: Executions;
  readonly lambdas: LambdaHost;
  close(): Promise<void>;
};

/**
 * The synthesized stack on this computer: bundles in processes, the machine, DynamoDB's protocol, the API, the events,
 * and two stores. Everything listens on 127.0.0.1 and is stored in one folder. A second start goes on with it. Throws
 * FolderInUse if another process has the folder, FolderUnusable, and SettingsInvalid for a settings.json that cannot
 * work.
 */
export async function startStack(options: StackOptions = {}): Promise<RunningStack> {
  const folder = stateFolder(options.home);
  const things = openThings();
  try {
    keepPrivate(folder);
    things.hold(lockFolder(folder), (unlock) => unlock());
    forgetAddress(folder);
    return await startIn(folder, options, things);
  } catch (error) {
    await things.close();
    throw error;
  }
}

async function startIn(folder: string, options: StackOptions, things: Things): Promise<RunningStack> {
  const [settings, identity] = [readSettings(settingsFile(folder)), readIdentity(folder)];
  const late: Late = { bus: undefined, machines: [], services: [] };
  const doorbell = things.hold(await startDoorbell(() => present(late.bus)), (each) => each.close());
  // What runs as a process of its own begins first. It loads on another core, while this process goes on.
  const starting = startStores(folder, identity, doorbell.url, things);
  const assembly = readAssembly(await builtStack(folder));
  const { callers = newCallers(), observe = unobserved, environmentsAtOnce, variables } = options;
  const base: Base = { folder, options, settings, identity, stores: starting, assembly };
  const services = () => late.services;
  const functions = { folder, assembly, settings, callers, observe, environmentsAtOnce, variables, services };
  const lambdas = await startFunctions(functions, things);
  for (const name of options.warm ?? []) lambdas.warm(present(functionBehind(assembly, name)));
  late.services = await openServices(base, late, things);
  const invoke = observedInvoke(observe, lambdas.invoke);
  const executions = things.hold(runMachine(base, late, invoke), (each) => each.close());
  const bus = openBus(assembly, { invoke, executions, observe });
  Object.assign(late, { bus, machines: [executions] });
  const gateway = things.hold(await startApi(assembly, invoke, { ...identity, ...settings }), (each) => each.close());
  const stores = await starting;
  keepIdentity(folder, { ...identity, ports: { api: gateway.port, a: stores.a.port, b: stores.b.port } });
  await executions.recover();
  things.hold(sweepDaily(bus, assembly), (end) => end());
  options.onReady?.(folder);
  const api = { apiUrl: gateway.url, region: REGION };
  things.hold(tellAddress(folder, { ...api, settings: settings.path, ...identity.api }), (forget) => forget());
  const storeFacts = { a: { url: stores.a.url, ...identity.a }, b: { url: stores.b.url, ...identity.b } };
  const { close } = things;
  return { folder, settings, ...api, apiKeys: identity.api, stores: storeFacts, executions, lambdas, close };
}

/** What the parts of the stack are made from. */
type Base = {
  readonly folder: string;
  readonly options: StackOptions;
  readonly settings: Settings;
  readonly identity: Identity;
  /** They are still starting. */
  readonly stores: Promise<Stores>;
  readonly assembly: Assembly;
};

/** What is made after those that call it. Nothing calls it before all exist. */
type Late = { bus: Bus | undefined; machines: readonly Executions[]; services: readonly Service[] };

/** What the functions call. */
async function openServices(base: Base, late: Late, things: Things): Promise<readonly Service[]> {
  const { folder, options, settings, identity, stores, assembly } = base;
  const tables = things.hold(await startTables(join(folder, 'table'), assembly.tables), (each) => each.stop());
  const services = servicesOf({
    machines: () => late.machines,
    putEvents: (entries) => present(late.bus).put(entries),
    secrets: secretsOf(identity, settings),
    parameters: async () => {
      const running = await stores;
      return parametersOf({ ...endpointsOf(settings, (name) => running[name].url), ...options.endpoints }, assembly);
    },
  });
  return [...services, tables.service];
}

function runMachine({ folder, options, assembly }: Base, late: Late, invoke: Invoke): Executions {
  return openExecutions({
    directory: folder,
    machine: present(assembly.stateMachines[0]),
    invoke,
    onStatusChange: (event) => present(late.bus).deliver(event),
    waitFactor: options.waitFactor ?? 1 / 60,
  });
}

type Stores = Readonly<Record<'a' | 'b', StoreProcess>>;

function startStores(folder: string, { a, b, ports }: Identity, notifyUrl: string, things: Things): Promise<Stores> {
  const start = (name: 'a' | 'b', options: Pick<StoreOptions, 'accessKeyId' | 'secretAccessKey' | 'notifyUrl'>) => {
    const directory = join(folder, 'stores', name);
    const starting = startStoreProcess({
      directory,
      port: ports[name],
      region: REGION,
      buckets: buckets[name],
      ...options,
    });
    // If something else fails meanwhile, the store is stopped as soon as it is up.
    return things.hold(starting, (store) =>
      store.then(
        (each) => each.stop(),
        () => {},
      ),
    );
  };
  const both = Promise.all([start('a', { ...a, notifyUrl }), start('b', b)]).then(([a, b]) => ({ a, b }));
  // Whoever waits for the stores gets the failure. Until then, Node must not end this process because of it.
  both.catch(() => {});
  return both;
}

/** Read at each request, as Secrets Manager is. So a person who repairs settings.json need not restart the stack. */
function secretsOf({ a, b }: Identity, { path, endpoints }: Settings): Record<string, () => string> {
  const own = Object.keys(endpoints).map((name) => [name, () => readKeys(path, name)] as const);
  const all = [['a', () => a] as const, ['b', () => b] as const, ...own];
  return Object.fromEntries(all.map(([name, read]) => [secretName(name), () => JSON.stringify(read())]));
}

type Hands = { readonly invoke: Invoke; readonly executions: Executions; readonly observe: Observe };

function openBus(assembly: Assembly, { invoke, executions, observe }: Hands): Bus {
  return createBus({
    rules: assembly.rules,
    invoke,
    startExecution: (stateMachineArn, request) => {
      const input = { stateMachineArn, name: request.name, input: JSON.stringify(request.input) };
      const call = { caller: 'events.amazonaws.com', service: 'states', operation: 'StartExecution', input };
      return observe(call, async () => executions.start(request));
    },
    onUndelivered: ({ rule, error }) => {
      // An event that was on its way when the stack closed is delivered after the next start.
      if (error.name !== 'HostClosed') console.error(`An event for ${rule} was not delivered: ${error.message}`);
    },
  });
}

async function startApi(
  assembly: Assembly,
  invoke: Invoke,
  { api, ports, allowOrigins }: Identity & Pick<Settings, 'allowOrigins'>,
) {
  return startGateway({
    routes: assembly.routes,
    invoke,
    port: await portOrAnother(ports.api),
    allowOrigins,
    authorize: async ({ method = '', url = '', headers }, body) => {
      const rules = { credentials: api, region: REGION, service: 'execute-api' };
      return verifySignature({ method, url, headers, body }, rules).then(
        () => ({ userArn: 'arn:aws:iam::000000000000:user/local' }),
        () => undefined,
      );
    },
  });
}

function present<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error('The stack is still starting.');
  return thing;
}
