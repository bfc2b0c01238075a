import { memorySweeps } from '../../functions/adapters/memory/sweeps.ts';
import type { Executions, Ports } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { checkpointsPort } from './checkpoints-port.ts';
import { isRedrivable, type Machine, statusAt } from './machine/executions.ts';
import type { Process } from './process.ts';
import { signerOf } from './signed-writes.ts';
import { sourcePort, targetAsSourcePort } from './source-port.ts';
import { profileOf, targetPort } from './target-port.ts';
import type { World } from './world.ts';

const endpointB = { name: 'b', provider: 'aws', region: 'us-east-1', allow: ['data'] } as const;

/** The world as one Lambda call sees it. At each call of a port the request may be lost or the Lambda may die. */
export function portsOf(world: World, machine: Machine, process: Process): Ports {
  const { network, scheduler, chance, trace } = world;
  const secret = (what: string) => network(process, { place: 'secrets', what, apply: () => undefined });
  const target = async (endpoint: string) => {
    if (endpoint !== 'b') world.model.violated(7, `${process.name} opens the source's endpoint to write.`);
    await secret('the secret of b');
    return targetPort(world, process);
  };
  return {
    checkpoints: checkpointsPort(world, process),
    sweeps: memorySweeps(), // No sweep runs in the simulation.
    executions: executionsPort(world, machine, process),
    source: async ({ request }) => {
      if (!('endpoint' in request.source)) throw new TransferError('InvalidRequest', 'No URLs here.');
      const { endpoint, key } = request.source;
      await secret(`the secret of ${endpoint}`);
      return sourcePort(world, process, key, request.verifySource);
    },
    written: async ({ request }) => {
      await secret('the secret of b');
      return targetAsSourcePort(world, process, request.target.key);
    },
    target: ({ request }) => target(request.target.endpoint),
    store: target,
    signer: async () => {
      await secret('the secret of b');
      return signerOf(world);
    },
    asPage: async () => Promise.reject(new Error('No page asks here')),
    profile: async () => {
      const profile = profileOf(world.target.manners);
      return world.checksParts ? profile : { ...profile, partChecksum: 'none', comparesContentMd5: false };
    },
    admit: async () => {},
    endpoint: async (name) => [endpointB].find((each) => each.name === name),
    endpoints: async () => [endpointB],
    announce: ({ type }) => network(process, { place: 'executions', what: `announce ${type}`, apply: () => undefined }),
    clock: {
      nowMs: scheduler.nowMs,
      random: chance.real,
      sleep: (ms, signal) => sleepingIn(world, process, ms, signal),
    },
    deadlineMs: () => process.endsAtMs,
    log: (message, facts) => trace.note(process.name, `logs: ${message} ${JSON.stringify(facts)}`),
  };
}

export function sleepingIn(
  { scheduler }: World,
  process: Process,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const cancel = scheduler.after(ms, () => process.isAlive() && resolve());
    signal?.addEventListener(
      'abort',
      () => {
        cancel();
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

function executionsPort({ network, scheduler, weather }: World, machine: Machine, process: Process): Executions {
  const call = <T>(what: string, apply: () => T) => network(process, { place: 'executions', what: what, apply });
  const find = (arn: string) => machine.executions.get(arn.split(':').at(-1) ?? '');
  return {
    start: (name, input) => call(`start ${name}`, () => machine.start(name, input).status === 'RUNNING'),
    describe: (arn) =>
      call(`describe ${arn}`, () => {
        const execution = find(arn);
        const status = execution && statusAt(execution, scheduler.nowMs() - weather.describeLagMs());
        if (!execution || !status) return undefined;
        return { status, redrivable: isRedrivable({ ...execution, status }, scheduler.nowMs()) };
      }),
    redrive: (arn) => call(`redrive ${arn}`, () => machine.redrive(arn)),
    stop: (arn, reason) => call(`stop ${arn}`, () => machine.stop(arn, reason)),
    eventCount: (arn) => call(`events of ${arn}`, () => find(arn)?.events ?? 0),
  };
}
