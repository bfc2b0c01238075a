import type { FunctionName } from '../../infra/function-calls.ts';
import { AwsError } from '../../tools/signed/observe.ts';
import type { Trick } from './scene.ts';

type Play = Trick['play'];
type Reply = { readonly text: string; readonly headers?: Readonly<Record<string, string>> };

const STATUS = { NoSuchKey: 404, NoSuchUpload: 404, AccessDenied: 403 };

/** The service fails and does nothing. */
export function failing(by: FunctionName, call: string, about: string, code: keyof typeof STATUS): Trick {
  const play: Play = async () => {
    throw new AwsError(code, code, STATUS[code]);
  };
  return { by, call, about, play };
}

/** The function crashes just before the call. */
export function dying(by: FunctionName, call: string, about: string): Trick {
  return { by, call, about, play: async () => ({}) };
}

/** The service executes the call, but its answer is replaced by this error. */
export function lost(code: string, status: number): Play {
  return async (serve) => {
    await serve();
    throw new AwsError(code, code, status);
  };
}

/** The service leaves rows out of its list. */
export function without(what: RegExp): Play {
  return async (serve) => {
    const reply = (await serve()) as Reply;
    return { ...reply, text: reply.text.replace(what, '') };
  };
}

/** The bucket has versions. */
export const withVersion: Play = async (serve) => {
  const reply = (await serve()) as Reply;
  return { ...reply, headers: { ...reply.headers, 'x-amz-version-id': 'null' } };
};

/** The rows look as if they were last written three weeks ago. */
export const aged: Play = async (serve) => {
  const old = Date.now() - 21 * 24 * 3600 * 1000;
  return JSON.parse(JSON.stringify(await serve()).replaceAll(/("updatedAtMs":\{"N":")\d+/g, `$1${old}`));
};
