import { request as ask, createServer, type IncomingMessage } from 'node:http';
import { type Listening, listening } from '../listening.ts';

const writes = /\.(PutItem|DeleteItem|BatchWriteItem)$/;

/**
 * Stands before DynamoDB and cuts the connection instead of passing on the answer to every second write. So what was
 * written is written again by the SDK, which did not hear of it.
 */
export function losingAnswers(endpoint: string): Promise<Listening> {
  let heard = true;
  const server = createServer((request, response) => {
    const isLost = isFirstWrite(request) && heard;
    if (isFirstWrite(request)) heard = !heard;
    const { method, url, headers } = request;
    const passed = ask(new URL(url ?? '/', endpoint), { method: method ?? 'POST', headers }, (answer) => {
      if (isLost) return answer.resume().on('end', () => request.socket.destroy());
      return answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    request.pipe(passed);
  });
  return listening(server);
}

/** The SDK numbers its attempts: "attempt=1; max=8". What it tries again it hears of. */
function isFirstWrite({ headers }: IncomingMessage): boolean {
  const attempt = String(headers['amz-sdk-request']);
  return attempt.startsWith('attempt=1;') && writes.test(String(headers['x-amz-target']));
}
