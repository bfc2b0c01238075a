import { fromEnv } from '@aws-sdk/credential-provider-env';
import type { OfRole } from '../../endpoints/sts.ts';
import type { Clock } from '../../engine/ports/ports.ts';
import { isPassing } from '../../transfer/errors.ts';
import type { Credentials } from '../s3/client.ts';
import { assumeRole } from './assume-role.ts';

type ReadBase = () => Promise<Credentials>;
type Session = { readonly base: string; readonly assumedMs: number; readonly credentials: Credentials };

/** Gives credentials of the role. `isRefused`: a store has refused the last ones, or they are about to expire. */
type ReadSession = (why?: { readonly isRefused: boolean }) => Promise<Credentials>;

// A Lambda runs for at most 15 minutes, a presigned URL lives as long, and the SDK asks for new credentials 5 minutes
// before the old ones expire. A session of AssumeRole has an hour, unless the role says otherwise.
const LEFT_MS_MIN = 20 * 60_000;
// If a store refuses, the session may have been revoked, so we assume the role again. But most refusals are about rights.
// So that these are told as refusals, and not tried again and again, a session stays for so long.
const AGE_MS_MIN = 5 * 60_000;

/**
 * The sessions of the roles that endpoints name. One session is used as long as the keys that asked for it stay the same
 * and enough of its time is left. If STS cannot be reached, an older session goes on to its end.
 */
export function roleSessions(
  clock: Pick<Clock, 'nowMs'>,
  assume: typeof assumeRole = assumeRole,
): (endpoint: OfRole, base?: ReadBase) => ReadSession {
  const sessions = new Map<string, Session>();
  return (endpoint, base = fromEnv()) => {
    const name = JSON.stringify([endpoint.name, endpoint.region, endpoint.role]);
    return async ({ isRefused } = { isRefused: false }) => {
      const keys = await base();
      const known = sessions.get(name);
      const isOurs = known?.base === JSON.stringify(keys);
      if (known && isOurs && isGood(known, clock.nowMs(), isRefused)) return known.credentials;
      try {
        const credentials = await assume(endpoint, keys);
        sessions.set(name, { base: JSON.stringify(keys), assumedMs: clock.nowMs(), credentials });
        return credentials;
      } catch (error) {
        if (known && isOurs && isPassing(error) && leftMsOf(known, clock.nowMs()) > 0) return known.credentials;
        throw error;
      }
    };
  };
}

function isGood(session: Session, nowMs: number, isRefused: boolean): boolean {
  if (isRefused) return nowMs - session.assumedMs < AGE_MS_MIN && leftMsOf(session, nowMs) > 0;
  return leftMsOf(session, nowMs) > LEFT_MS_MIN;
}

function leftMsOf({ credentials }: Session, nowMs: number): number {
  return (credentials.expiration?.getTime() ?? 0) - nowMs;
}
