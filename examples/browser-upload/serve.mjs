/**
 * `node serve.mjs [port]`: serves index.html and the client to a browser on this computer. Both are files that never change,
 * so any web server can do the same.
 */
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const files = {
  '/': { path: new URL('index.html', import.meta.url), type: 'text/html; charset=utf-8' },
  '/partway-client.mjs': { path: import.meta.resolve('partway/client/browser'), type: 'text/javascript' },
};

const server = createServer((request, response) => {
  const file = files[request.url.split('?')[0]];
  if (!file) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': file.type, 'cache-control': 'no-cache' });
  createReadStream(fileURLToPath(file.path)).pipe(response);
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () =>
  console.log(`http://localhost:${server.address().port}`),
);
