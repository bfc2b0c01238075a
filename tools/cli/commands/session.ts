import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import { type ApiClient, apiClient } from '../../client/api/api.ts';
import type { Api } from '../../client/api/auth.ts';
import { localApi, settingsInUse } from '../../client/node/local-api.ts';
import type { WatchOptions } from '../../client/watch.ts';
import { defaultHome, settingsPlaces } from '../../settings/places.ts';
import { deployedApi } from '../api/deployed-api.ts';
import type { OwnStack } from '../api/own-stack.ts';
import { oneLine } from '../options/units.ts';
import {
  type Display,
  jsonDisplay,
  liveDisplay,
  type Output,
  plainDisplay,
  silentDisplay,
  writeJson,
} from '../text/display.ts';

export type GlobalOptions = {
  readonly api?: string;
  readonly home: string;
  readonly region?: string;
  readonly json?: true;
  readonly quiet?: true;
};

/** The surroundings of a run: where it writes, and what interrupts it. */
export type Surroundings = { readonly stdout: Output; readonly stderr: Output; readonly signal: AbortSignal };

/** The file that the stack has read, and the places where it may be. `path` is undefined if there was none. */
export type SettingsInUse = { readonly path: string | undefined; readonly places: readonly string[] };

/** One run of one command. Results go to stdout. Everything before the result goes to stderr. */
export type Session = {
  readonly api: Api;
  readonly client: ApiClient;
  readonly signal: AbortSignal;
  /** The document for programs, or the text for people, who may have a terminal of so many columns. */
  result(document: unknown, text: (columns?: number) => string): void;
  /** Writes a sentence for people, but not with --quiet. */
  remark(sentence: string): void;
  /** Text that a person must read even with --quiet. */
  complain(text: string): void;
  display(): Display;
  /** The same client for the time after Ctrl-C, which ends all calls of the other one. */
  readonly clientAfterCtrlC: ApiClient;
  /** Throws InvalidRequest for an endpoint that a stack of this folder would not have. It starts nothing. */
  refuseUnknown(request: TransferRequestInput): Promise<void>;
  /** The settings of the stack on this computer. A deployed stack has none: `undefined`. */
  settings(): SettingsInUse | undefined;
  /** Starts the stack of this computer now. Otherwise the first question to the API starts it. */
  wake(): void;
  /** What a person reads while the API is away. A stack on this computer may have ended, and then nothing goes on. */
  readonly outage: Pick<WatchOptions, 'meanwhile' | 'next'>;
  /** Whether the stack ends soon after this command. */
  endsWithUs(): boolean;
  /** The command line that a person would type here, with the options of the connection. */
  commandLine(words: string): string;
};

/** `stack` is left out if the API is elsewhere, or runs without this command. */
export function openSession(
  options: GlobalOptions,
  { stdout, stderr, signal }: Surroundings,
  stack?: OwnStack,
): Session {
  const api = stack?.api ?? apiOf(options);
  return {
    api,
    client: apiClient(api, signal),
    signal,
    clientAfterCtrlC: apiClient(api),
    refuseUnknown: async (request) => stack?.refuseUnknown(endpointsIn(request)),
    settings: () => (options.api === undefined ? settingsOf(options.home) : undefined),
    wake: () => stack?.wake(),
    outage: options.api === undefined ? outageHere(options) : {},
    endsWithUs: () => stack?.endsWithUs() ?? false,
    result: (document, text) => {
      if (options.json) writeJson(stdout, document);
      else stdout.write(text(stdout.isTTY ? stdout.columns : undefined));
    },
    remark: (sentence) => {
      if (!options.quiet) stderr.write(`${oneLine(sentence)}\n`);
    },
    complain: (text) => stderr.write(text),
    display: () => {
      if (options.quiet) return silentDisplay;
      if (options.json) return jsonDisplay(stdout);
      return stderr.isTTY ? liveDisplay(stderr) : plainDisplay(stderr);
    },
    commandLine: (words) => `partway ${words}${connectionWords(options)}`,
  };
}

function apiOf({ api, home, region }: GlobalOptions): Api {
  return api === undefined ? localApi(home) : deployedApi({ apiUrl: api, region });
}

const settingsOf = (home: string): SettingsInUse => ({ path: settingsInUse(home), places: settingsPlaces(home) });

function endpointsIn({ source, target }: TransferRequestInput): string[] {
  return 'endpoint' in source ? [source.endpoint, target.endpoint] : [target.endpoint];
}

function outageHere(options: GlobalOptions): Session['outage'] {
  return {
    meanwhile: 'If the stack on this computer has ended, nothing moves until it runs again. Asking again.',
    next: `Start the stack again: partway serve${connectionWords(options)}. It continues its transfers where they were.`,
  };
}

/** Repeats typed options only, because the environment has the same values the next time. */
function connectionWords({ api, home, region }: GlobalOptions): string {
  const words = [
    api !== undefined && api !== process.env.PARTWAY_API ? ` --api ${api}` : '',
    home !== defaultHome() && home !== process.env.PARTWAY_HOME ? ` --home ${home}` : '',
    region !== undefined ? ` --region ${region}` : '',
  ];
  return words.join('');
}
