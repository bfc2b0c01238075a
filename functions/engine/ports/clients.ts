import type { ObjectWrite, PartWrite } from '../../transfer/at-stores.ts';
import type { SignedSums, SignedWrite } from '../../transfer/push.ts';

/**
 * Each URL is good for a PUT of this length, as often as it is sent, and lives no longer than 15 minutes. A second call
 * gives another URL. Nothing is asked of the store.
 */
export type WriteSigner = {
  /** The PUT does what `writePart` does. The sums are signed with it, so that the store refuses other bytes. */
  part(part: Omit<PartWrite, 'checksum'>, sums?: SignedSums): Promise<SignedWrite>;
  /** The same for `putObject`. */
  object(write: ObjectWrite, bytes: number, sums?: SignedSums): Promise<SignedWrite>;
};

/** Asks a store as a page's browser does, and gives what the browser would see of the answer. Throws Unreachable. */
export type AsPage = (request: PageRequest) => Promise<PageAnswer>;

/** `headers` are those that the browser would send, in small letters. */
export type PageRequest = {
  readonly method: 'OPTIONS' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** The names of the headers are in small letters. */
export type PageAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>> };
