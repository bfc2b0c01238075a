import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { FunctionName } from '../../infra/function-calls.ts';
import type { StackConfig } from '../../infra/stack-config.ts';
import { type ApiClient, apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { observedInvoke } from '../../tools/local/lambda/observed.ts';
import type { InvokeOutcome } from '../../tools/local/machine/run.ts';
import { type RunningStack, startStack } from '../../tools/local/stack.ts';
import { type Callers, newCallers } from '../../tools/signed/callers.ts';
import type { Observe, ObservedCall } from '../../tools/signed/observe.ts';
import { startStore } from '../../tools/store/server.ts';
import { clientOf } from '../store/running-store.ts';
import { type Allowed, authorizing, guardOf } from './authorize.ts';
import { functionOf } from './names.ts';
import type { Rights } from './rights.ts';

/** Something that happens to the first matching call, or with `always` to every matching call. */
export type Trick = {
  readonly by?: FunctionName;
  readonly always?: true;
  /** The call, for example `dynamodb:PutItem`. */
  readonly call: string;
  /** A text in the JSON of the call's input. */
  readonly about?: string;
  readonly play: (serve: () => Promise<unknown>) => Promise<unknown>;
};

export type Scene = {
  readonly stack: RunningStack;
  readonly api: ApiClient;
  /** A client of the store that stands in for AWS S3, with the keys of the account's owner. */
  readonly owner: S3Client;
  readonly rights: Rights;
  /** The rights that allowed each call so far. */
  readonly allowed: readonly Allowed[];
  readonly denied: readonly string[];
  /** The calls to AWS's services that had a signature of a URL in them: by whom, which call, and which kind of row. */
  readonly signed: readonly string[];
  readonly tricks: Trick[];
  /** Invokes a function with any payload, as a rule or a late attempt would. */
  invoke(name: FunctionName, payload: unknown): Promise<InvokeOutcome>;
  /** Replaces the stack's own rights from now on. */
  rule(by: Rights): void;
  close(): Promise<void>;
};

const keys = { accessKeyId: 'owner', secretAccessKey: 'owner-secret' };

const urlPolicy = { allowHttp: true, allowPrivateAddresses: true };

/**
 * A whole stack with one more endpoint, `s3`, which the functions reach with their own roles. Transfers may read its bucket
 * `films` and write to its bucket `archive`.
 */
export async function openScene(): Promise<Scene> {
  const home = mkdtempSync(join(tmpdir(), 'partway-authorization-'));
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ urlPolicy }));
  const [callers, allowed, denied, tricks] = [newCallers(), [] as Allowed[], [] as string[], [] as Trick[]];
  const allow = { read: ['films'], write: ['archive'] };
  const endpoints: StackConfig['endpoints'] = {
    s3: { provider: 'aws', region: 'us-east-1', allow, cannedAcls: ['public-read'] },
  };
  const own = await guardOf(home, endpoints);
  let rights: Rights | undefined;
  const guard = {
    rights: () => rights ?? own.rights(),
    onDenied: (what: string) => void denied.push(what),
    onAllowed: (each: Allowed) => void allowed.push(each),
  };
  const signed: string[] = [];
  const observe = noting(signed, authorizing(guard, playing(tricks)));
  const aws = await startAwsS3({ home, callers, observe });
  const stack = await startStack({
    home,
    observe,
    callers,
    endpoints,
    waitFactor: 0.001,
    variables: { AWS_ENDPOINT_URL_S3: aws.url },
  }).catch(async (error) => {
    await aws.close();
    throw error;
  });
  return {
    stack,
    allowed,
    denied,
    signed,
    tricks,
    rights: own.rights(),
    api: apiClient(localApi(home)),
    owner: clientOf(aws.url, { credentials: keys }),
    invoke: (name, payload) =>
      observedInvoke(observe, stack.lambdas.invoke)(nameOf(own.rights(), name), payload, turnOf(name)),
    rule: (by) => {
      rights = by;
    },
    close: async () => {
      await stack.close();
      await aws.close();
    },
  };
}

/** A store that stands in for AWS S3. */
function startAwsS3({ home, ...seen }: { home: string; callers: Callers; observe: Observe }) {
  const buckets = ['films', 'archive'];
  return startStore({ directory: join(home, 's3'), port: 0, ...keys, region: 'us-east-1', buckets, ...seen });
}

const turnOf = (name: FunctionName) => ({ by: name === 'sweep' ? 'events' : 'states' }) as const;

function nameOf({ functions }: Rights, wanted: FunctionName): string {
  const found = functions.find((name) => functionOf(name) === wanted);
  if (found === undefined) throw new Error(`The stack has no function ${wanted}.`);
  return found;
}

/** Notes which calls to AWS's services have a signature of a URL in them. Stores get such URLs, of course. */
function noting(signed: string[], next: Observe): Observe {
  return (call, serve) => {
    const { caller, service, operation, input } = call;
    const text = service === 's3' ? '' : JSON.stringify(input);
    const [, row = ''] = /"pk":\{"S":"(\w#)/.exec(text) ?? [];
    if (text.includes('X-Amz-Signature'))
      signed.push(`${functionOf(caller) ?? caller} ${service}:${operation} ${row}`.trimEnd());
    return next(call, serve);
  };
}

function playing(tricks: Trick[]): Observe {
  return async (call, serve) => {
    const trick = tricks.find((each) => concerns(each, call));
    if (!trick) return serve();
    if (!trick.always) tricks.splice(tricks.indexOf(trick), 1);
    return trick.play(serve);
  };
}

function concerns({ by, call, about = '' }: Trick, { caller, service, operation, input }: ObservedCall): boolean {
  const isBy = by === undefined || functionOf(caller) === by;
  return isBy && call === `${service}:${operation}` && JSON.stringify(input).includes(about);
}
