/**
 * A program: copies ranges with Partway's own reader into node:http. It computes and compares nothing, so it is the least
 * that a copy can cost. Standard input is the same as that of pipe.ts.
 */
import { once } from 'node:events';
import { type IncomingMessage, Agent as PlainAgent, request as plain } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import { json } from 'node:stream/consumers';
import { plainGets } from '../../../functions/adapters/http/plain-get.ts';
import type { Range } from './pipe.ts';

const STREAMS = 4;
const gets = plainGets();
const agents = {
  'http:': { request: plain, agent: new PlainAgent({ keepAlive: true }) },
  'https:': { request: secure, agent: new SecureAgent({ keepAlive: true }) },
};

async function copy({ bytes, range, get, put }: Range): Promise<void> {
  const { protocol, hostname, port, host, pathname, search } = new URL(get);
  const origin = { protocol: protocol === 'https:' ? protocol : 'http:', hostname, port: Number(port) } as const;
  const read = { origin, path: pathname + search, headers: { host, range }, signal: undefined };
  const { request, agent } = agents[new URL(put).protocol as keyof typeof agents];
  const writing = request(put, { method: 'PUT', headers: { 'content-length': bytes }, agent });
  const body = await gets.get(read);
  body?.body.pipe(writing);
  const [answer] = (await once(writing, 'response')) as [IncomingMessage];
  if (body?.statusCode !== 206 || answer.statusCode !== 200)
    throw new Error(`GET ${body?.statusCode}, PUT ${answer.statusCode}`);
  await once(answer.resume(), 'end');
}

const ranges = (await json(process.stdin)) as Range[];
const stream = async () => {
  for (let next = ranges.shift(); next; next = ranges.shift()) await copy(next);
};
await Promise.all(Array.from({ length: STREAMS }, stream));
process.exit();
