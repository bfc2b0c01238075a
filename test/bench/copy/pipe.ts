/**
 * A program: copies ranges as the plainest code for Node does, `response.pipe(request)` of node:http. It computes and
 * compares nothing. Standard input is a JSON list of `{ range, get, put }` with signed URLs.
 */
import { once } from 'node:events';
import { type IncomingMessage, Agent as PlainAgent, request as plain, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import { json } from 'node:stream/consumers';

export type Range = { readonly bytes: number; readonly range: string; readonly get: string; readonly put: string };

const STREAMS = 4;
const agents = {
  'http:': { request: plain, agent: new PlainAgent({ keepAlive: true }) },
  'https:': { request: secure, agent: new SecureAgent({ keepAlive: true }) },
};

function open(url: string, options: RequestOptions) {
  const { request, agent } = agents[new URL(url).protocol as keyof typeof agents];
  return request(url, { ...options, agent });
}

async function copy({ bytes, range, get, put }: Range): Promise<void> {
  const [body] = (await once(open(get, { headers: { range } }).end(), 'response')) as [IncomingMessage];
  const writing = open(put, { method: 'PUT', headers: { 'content-length': bytes } });
  body.pipe(writing);
  const [answer] = (await once(writing, 'response')) as [IncomingMessage];
  if (body.statusCode !== 206 || answer.statusCode !== 200)
    throw new Error(`GET ${body.statusCode}, PUT ${answer.statusCode}`);
  await once(answer.resume(), 'end');
}

const ranges = (await json(process.stdin)) as Range[];
const stream = async () => {
  for (let next = ranges.shift(); next; next = ranges.shift()) await copy(next);
};
await Promise.all(Array.from({ length: STREAMS }, stream));
process.exit();
