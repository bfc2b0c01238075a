import {
  GetParameterCommand,
  GetParametersByPathCommand,
  type GetParametersByPathCommandOutput as Page,
  type Parameter,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { readDeployed } from '../../endpoints/deployed.ts';
import type { Clock } from '../../engine/ports/ports.ts';
import type { Endpoint } from '../../transfer/endpoint.ts';
import { type ErrorName, isPassing, TransferError } from '../../transfer/errors.ts';
import { endpointName } from '../../transfer/request.ts';

/**
 * The endpoints that the stack has, read when somebody asks for them. Both answers are remembered for a minute. If
 * Parameter Store does not answer, we go on with what we read before. Throws Throttled, Unreachable, Refused, and
 * InvalidRequest for an endpoint that cannot be used.
 */
export type EndpointRegister = {
  /** `undefined`: the stack has none of this name. */
  read(name: string): Promise<Endpoint | undefined>;
  list(): Promise<readonly Endpoint[]>;
};

// After this time every Lambda knows a new endpoint or a new place. A thousand Lambdas at work then ask about 33 times
// a second. An account may ask 40 times a second, unless it pays for more:
// https://docs.aws.amazon.com/general/latest/gr/ssm.html, "Default throughput"
const KEPT_MS = 60_000;
// About 8 s of waiting in all, enough for forty Lambdas that start at once.
const ATTEMPTS_MAX = 6;
// GetParametersByPath gives no more on a page, and a stack has at most 500 resources.
const ROWS_A_PAGE = 10;
const PAGES_MAX = 50;

/** One SSM parameter for each endpoint, below one path. */
export function parameterStore(
  path: string,
  clock: Pick<Clock, 'nowMs'>,
  client = new SSMClient({ maxAttempts: ATTEMPTS_MAX }),
): EndpointRegister {
  const known = new Map<string, () => Promise<Endpoint | undefined>>();
  const one = async (name: string) => {
    const found = await asked(client.send(new GetParameterCommand({ Name: `${path}/${name}` }))).catch(notFound);
    return found?.Parameter && endpointIn(found.Parameter, path);
  };
  const all = async () => {
    const endpoints: Endpoint[] = [];
    let from: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const command = new GetParametersByPathCommand({ Path: path, MaxResults: ROWS_A_PAGE, NextToken: from });
      const { Parameters = [], NextToken }: Page = await asked(client.send(command));
      endpoints.push(...Parameters.map((parameter) => endpointIn(parameter, path)));
      if (!NextToken) return endpoints;
      from = NextToken;
    }
    throw new TransferError('Unreachable', `The list of the stack's endpoints does not end after ${PAGES_MAX} pages.`);
  };
  return {
    read: async (name) => {
      if (!endpointName.safeParse(name).success) return undefined;
      const read = known.get(name) ?? remembered(clock, () => one(name));
      known.set(name, read);
      const endpoint = await read();
      // We do not remember what is missing: anybody may ask for any name.
      if (!endpoint) known.delete(name);
      return endpoint;
    },
    list: remembered(clock, all),
  };
}

/** Asks at most once in KEPT_MS. If asking again fails, we use the old value for one more minute. */
function remembered<T>(clock: Pick<Clock, 'nowMs'>, ask: () => Promise<T>): () => Promise<T> {
  let last: { readonly value: Promise<T>; readonly askedMs: number } | undefined;
  return () => {
    if (last && clock.nowMs() - last.askedMs < KEPT_MS) return last.value;
    const before = last;
    const value = ask().catch((error) => {
      if (before && isPassing(error)) return before.value;
      last = undefined;
      throw error;
    });
    last = { value, askedMs: clock.nowMs() };
    return value;
  };
}

function endpointIn({ Name = '', Value = '' }: Parameter, path: string): Endpoint {
  return readDeployed(Value, Name.slice(path.length + 1));
}

function notFound(error: unknown): undefined {
  if (error instanceof TransferError && error.cause instanceof Error && error.cause.name === 'ParameterNotFound')
    return undefined;
  throw error;
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error) => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw new TransferError(nameOf(name), `The stack's endpoints could not be read: ${name}: ${message}`, {
      cause: error,
    });
  });
}

function nameOf(name: string): ErrorName {
  if (/Throttl|TooMany|RequestLimit/.test(name)) return 'Throttled';
  return /AccessDenied|ParameterNotFound|Validation/.test(name) ? 'Refused' : 'Unreachable';
}
