/**
 * How long to wait after rounds that copied nothing: 1, 5, 15, then 30 minutes. If a provider fails for a quarter of an
 * hour, that costs a few requests. If it fails for a night, nobody is woken up.
 */
const WAITS_SECONDS = [60, 300, 900, 1800] as const;

export type Patience = { readonly idleRounds: number; readonly idleMs: number; readonly patienceSeconds: number };

/** Seconds to wait before the next round, or `undefined` when patience has run out. */
export function waitBefore({ idleRounds, idleMs, patienceSeconds }: Patience): number | undefined {
  if (idleRounds === 0) return 0;
  const idleSeconds = idleMs / 1000;
  if (idleSeconds >= patienceSeconds) return undefined;
  const wanted = WAITS_SECONDS[Math.min(idleRounds, WAITS_SECONDS.length) - 1] ?? 1800;
  return cutShort(wanted, patienceSeconds - idleSeconds);
}

/**
 * The same for a step that cannot reach a store and has no rounds to count. It waits as long as the outage has lasted
 * so far (1 to 30 minutes).
 */
export function waitForStore(awaySeconds: number, patienceSeconds: number): number | undefined {
  if (awaySeconds >= patienceSeconds) return undefined;
  return cutShort(Math.min(Math.max(awaySeconds, 60), 1800), patienceSeconds - awaySeconds);
}

/** Makes the last wait shorter, so that a patience of a minute means a minute. A Wait state takes at least a second. */
function cutShort(wantedSeconds: number, leftSeconds: number): number {
  return Math.max(1, Math.ceil(Math.min(wantedSeconds, leftSeconds)));
}
