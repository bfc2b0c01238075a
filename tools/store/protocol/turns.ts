/** The last piece of work in line for each name. */
export type Turns = Map<string, Promise<unknown>>;

/** Runs work that has the same name one after another, so that what it checked is still true when it writes. */
export async function inTurn<Result>(turns: Turns, name: string, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  // The next in line only waits for this one's end; a failure belongs to whoever asked for the work.
  const ended = mine.catch(() => undefined);
  turns.set(name, ended);
  try {
    return await mine;
  } finally {
    if (turns.get(name) === ended) turns.delete(name);
  }
}
