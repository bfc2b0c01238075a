import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { installPackages, unavailableReason } from '../servers/packages.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), macs].find((path) =>
    existsSync(path),
  );
}

/** Installs a browser if possible. If not, prints a large warning and returns the reason. In CI it throws. */
export async function whyNoChromium(): Promise<string | undefined> {
  if (findChromium()) return undefined;
  const because = unavailableReason(['chromium']);
  if (because === undefined) return void (await installPackages(['chromium']));
  if (process.env.CI) throw new Error(`No browser: ${because}`);
  console.warn(`\n${'!'.repeat(80)}\nTESTS IN A BROWSER ARE SKIPPED: ${because}\n${'!'.repeat(80)}\n`);
  return because;
}

/** One page of a headless Chromium, driven by the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/ */
export type Page = {
  open(url: string): Promise<void>;
  /** The value of an expression, which may be a promise. */
  value<T>(expression: string): Promise<T>;
  choose(selector: string, path: string): Promise<void>;
  reload(): Promise<void>;
  /** Limits the bytes per second that the page may send. */
  slowDown(bytesPerSecond: number): Promise<void>;
};
export type Browser = { readonly page: Page; close(): Promise<void> };

export async function startChromium(): Promise<Browser> {
  const program = findChromium();
  if (!program) throw new Error('There is no Chromium.');
  const profile = mkdtempSync(join(tmpdir(), 'partway-chromium-'));
  // Chromium refuses a sandbox for root. These pages are our own, so none is needed.
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const child = spawn(program, [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const debuggerUrl = await heard(child.stderr, /DevTools listening on (ws:\S+)/);
  child.stderr.resume(); // Chromium keeps writing to it.
  const pages = await fetch(`http://${new URL(debuggerUrl).host}/json/list`);
  const [page] = (await pages.json()) as { webSocketDebuggerUrl: string }[];
  const protocol = await connect(page?.webSocketDebuggerUrl ?? '');
  return {
    page: pageOf(protocol),
    close: async () => {
      protocol.close();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function heard(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  let said = '';
  for await (const line of createInterface(stream)) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return found;
    said += `${line}\n`;
  }
  throw new Error(`Chromium did not start: ${said}`);
}

type Protocol = {
  send<T>(method: string, params?: object): Promise<T>;
  /** Resolves with the next event of this name. */
  next(event: string): Promise<void>;
  close(): void;
};
type Message = { id?: number; method?: string; result?: unknown; error?: { message: string } };

async function connect(url: string): Promise<Protocol> {
  const socket = new WebSocket(url);
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  const events = new Map<string, () => void>();
  socket.addEventListener('message', ({ data }) => {
    const { id = 0, method = '', result, error } = JSON.parse(String(data)) as Message;
    if (error) asked.get(id)?.reject(new Error(error.message));
    else asked.get(id)?.resolve(result);
    asked.delete(id);
    events.get(method)?.();
    events.delete(method);
  });
  await once(socket, 'open');
  let id = 0;
  return {
    send: <T>(method: string, params: object = {}) => {
      id += 1;
      const answer = Promise.withResolvers<unknown>();
      asked.set(id, answer);
      socket.send(JSON.stringify({ id, method, params }));
      return answer.promise as Promise<T>;
    },
    next: (event) => new Promise((resolve) => events.set(event, resolve)),
    close: () => socket.close(),
  };
}

type Evaluated = {
  result: { value: unknown; objectId: string };
  exceptionDetails?: { exception: { description: string } };
};

function pageOf({ send, next }: Protocol): Page {
  const evaluate = async (expression: string, returnByValue: boolean) => {
    const asked = { expression, returnByValue, awaitPromise: true };
    const { result, exceptionDetails } = await send<Evaluated>('Runtime.evaluate', asked);
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result;
  };
  const loaded = async (method: string, params: object) => {
    await send('Page.enable');
    const event = next('Page.loadEventFired');
    await send(method, params);
    await event;
  };
  return {
    open: (url) => loaded('Page.navigate', { url }),
    reload: () => loaded('Page.reload', {}),
    value: async <T>(expression: string) => (await evaluate(expression, true)).value as T,
    choose: async (selector, path) => {
      const { objectId } = await evaluate(`document.querySelector(${JSON.stringify(selector)})`, false);
      await send('DOM.setFileInputFiles', { objectId, files: [path] });
    },
    slowDown: async (uploadThroughput) => {
      await send('Network.enable');
      await send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput,
      });
    },
  };
}
