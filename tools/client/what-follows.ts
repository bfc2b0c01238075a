import { type Remedy, remedyOf } from '../../functions/transfer/errors.ts';

const sentences: Readonly<Record<Remedy, string>> = {
  retry: 'Partway tries again.',
  replan: 'Partway begins again.',
  abort: 'The transfer ends.',
  refuse: 'The transfer stops.',
  leave: 'The transfer stops.',
  send: 'The client sends what is missing.',
};

/** What Partway does about the last error of a transfer that goes on. The error begins with its name and a colon. */
export function whatFollows(lastError: string): string {
  const [name = ''] = lastError.split(':', 1);
  return sentences[remedyOf(name)];
}
