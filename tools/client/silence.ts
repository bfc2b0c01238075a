import { durationText } from '../../functions/transfer/values/sizes.ts';

/** For how long nothing may happen to a part before it is sent again. */
export type SilenceLimits = {
  /** While its bytes leave. */
  readonly bytesMsMax: number;
  /** When all have left: the system still sends what it has taken, and the store puts it on its disks. */
  readonly answerMsMax: number;
};

export const silenceMax: SilenceLimits = { bytesMsMax: 30_000, answerMsMax: 120_000 };

/** Watches one part that is sent. */
export type SilenceWatch = {
  /** Aborts when it has been silent for too long. */
  readonly signal: AbortSignal;
  /** Bytes have left. */
  moved(): void;
  /** All bytes have left. */
  allSent(): void;
  /** What was silent and for how long, as a clause. `undefined`: nothing was. */
  why(): string | undefined;
  end(): void;
};

export function watchForSilence({ bytesMsMax, answerMsMax }: SilenceLimits): SilenceWatch {
  const stop = new AbortController();
  let why: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expect = (msMax: number, what: string) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      why = `${what} for ${durationText(msMax / 1000)}`;
      stop.abort();
    }, msMax);
  };
  const expectBytes = () => expect(bytesMsMax, 'nothing moved');
  expectBytes();
  return {
    signal: stop.signal,
    moved: expectBytes,
    allSent: () => expect(answerMsMax, 'all bytes were sent, and no answer came'),
    why: () => why,
    end: () => clearTimeout(timer),
  };
}
