/** For each name, the last piece of work that waits or runs. */
export type Turns = Map<string, Promise<unknown>>;

/** Runs work of the same name one after another, so that a condition that it has checked is still true when it writes. */
export async function inTurn<Result>(turns: Turns, name: string, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  // The next work only waits for the end of this one. Only the caller of this work gets its error.
  const ended = mine.catch(() => undefined);
  turns.set(name, ended);
  try {
    return await mine;
  } finally {
    if (turns.get(name) === ended) turns.delete(name);
  }
}
