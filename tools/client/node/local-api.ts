import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { localErrors } from '../../failures/local-errors.ts';
import { isRunning, type ProcessName, processIn } from '../../leases/processes.ts';
import { type Api, type Auth, iam } from '../api/auth.ts';
import { PartwayError } from '../api/partway-error.ts';
import { byHttp } from './by-http.ts';

const POLL_MS = 250; // nobody pays for it, and a transfer on one computer lasts seconds

/** Written by the stack on this computer when it is ready to be called. */
type StackFacts = ProcessName & {
  readonly apiUrl: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly settings: string | undefined;
};

/** Its URL and its keys are read for each call. */
export type LocalApi = Omit<Api, 'url'> & { readonly url: () => string; readonly auth: Auth };

/**
 * The stack on this computer that runs in this folder. We look it up for each call, because a stack that is started again
 * has another port. Its calls throw NoStack where none runs.
 */
export function localApi(home: string): LocalApi {
  return {
    pollMs: POLL_MS,
    send: byHttp,
    url: () => livingStack(home).apiUrl,
    auth: async (request) => {
      const { region, accessKeyId, secretAccessKey } = livingStack(home);
      return iam({ region, credentials: { accessKeyId, secretAccessKey } })(request);
    },
  };
}

/** The process of the stack that runs in this folder. */
export function runningStack(home: string): number | undefined {
  try {
    const stack = readStack(home);
    return isRunning(stack) ? stack.pid : undefined;
  } catch (error) {
    if (error instanceof PartwayError) return undefined;
    throw error;
  }
}

/** The file from which the stack that runs in this folder has its settings. `undefined`: there was none. */
export function settingsInUse(home: string): string | undefined {
  return livingStack(home).settings;
}

function livingStack(home: string): StackFacts {
  const stack = readStack(home);
  if (isRunning(stack)) return stack;
  throw noStack(`The stack in ${home} has stopped: its process ${stack.pid} is gone.`);
}

function readStack(home: string): StackFacts {
  const path = join(home, 'stack.json');
  try {
    return factsIn(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = isMissing ? `No stack runs on this computer: there is no ${path}.` : `${path} cannot be read.`;
    throw noStack(message, error);
  }
}

/** Throws a TypeError for what no stack has written. */
function factsIn(content: Record<string, unknown>): StackFacts {
  const name = processIn(content);
  const { apiUrl, region, accessKeyId, secretAccessKey, settings } = content;
  const texts = [apiUrl, region, accessKeyId, secretAccessKey, settings ?? 'none'];
  if (!name || !texts.every((text) => typeof text === 'string' && text !== ''))
    throw new TypeError('It is no address of a stack.');
  return { ...name, apiUrl, region, accessKeyId, secretAccessKey, settings } as StackFacts;
}

function noStack(message: string, cause?: unknown): PartwayError {
  return new PartwayError(
    { name: 'NoStack', message, next: localErrors.NoStack },
    { reached: false, mayPass: true, cause },
  );
}
