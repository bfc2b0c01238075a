/**
 * `node test/servers/main.ts ceph swift r2 [--bluestore]` starts the named servers, prints a JSON line for each, and
 * keeps them running until Ctrl-C.
 */
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { type RealServer, type ServerName, serverNames, startServer } from './servers.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { bluestore: { type: 'boolean' } } });
const names = positionals.length > 0 ? positionals.map(asServerName) : serverNames;

const running: RealServer[] = [];
for (const name of names) {
  const server = await startServer(name, tmpdir(), { cephStore: values.bluestore ? 'bluestore' : 'memstore' });
  const { stop: _, ...address } = server;
  console.log(JSON.stringify(address));
  running.push(server);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => Promise.all(running.map((server) => server.stop())));
}

function asServerName(name: string): ServerName {
  const known = serverNames.find((serverName) => serverName === name);
  if (!known) throw new Error(`There is no server ${name}. The servers are ${serverNames.join(', ')}.`);
  return known;
}
