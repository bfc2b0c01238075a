import { Token } from 'aws-cdk-lib';
import { isAwsUrl } from '../../functions/endpoints/aws-url.ts';
import type { EndpointProps } from '../endpoints/endpoints.ts';
import type { IngestProps } from './ingest.ts';

/** Throws if an object would start its own transfer again. */
export function refuseCircles(ingest: readonly IngestProps[], endpoints: ReadonlyMap<string, EndpointProps>): void {
  const setsOff = (entry: IngestProps, other: IngestProps) =>
    storeOf(endpoints.get(entry.into.endpoint)) === storeOf(endpoints.get(other.endpoint)) && mayMatch(entry, other);
  for (const start of ingest) {
    const circle = circleFrom([start], (entry) => ingest.filter((other) => setsOff(entry, other)));
    if (circle)
      throw new Error(
        `Ingest goes round in a circle: ${circle.map(shown).join(' → ')} → ${shown(start)}. Partway would copy an object for ever.`,
      );
  }
}

function circleFrom(
  path: readonly IngestProps[],
  following: (entry: IngestProps) => IngestProps[],
): readonly IngestProps[] | undefined {
  const last = path.at(-1);
  for (const next of last ? following(last) : []) {
    if (next === path[0]) return path;
    const circle = path.includes(next) ? undefined : circleFrom([...path, next], following);
    if (circle) return circle;
  }
  return undefined;
}

/**
 * Whether `entry` may write an object that `other` watches. The keys are not known yet, so the answer is yes if we are not
 * sure.
 */
function mayMatch({ into }: IngestProps, other: IngestProps): boolean {
  const [written, watched] = [into.keyPrefix ?? '', other.prefix ?? ''];
  return into.bucket === other.bucket && (written.startsWith(watched) || watched.startsWith(written));
}

/** Two endpoint names may mean one store, and one URL may be written in two ways. */
function storeOf({ url }: { readonly url?: string } = {}): string {
  if (url === undefined) return 'AWS';
  if (Token.isUnresolved(url)) return url;
  return isAwsUrl(url) ? 'AWS' : new URL(url).href.replace(/\/$/, '');
}

export function shown({ endpoint, bucket, prefix }: IngestProps): string {
  return `${endpoint}:${bucket}/${prefix ?? ''}`;
}
