import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { ArrivalTarget } from '../functions/transfer/messages.ts';
import type { EndpointProps } from './endpoints.ts';

/** Objects that are put into a bucket go on their way by themselves. The bucket must send its events to EventBridge. */
export interface IngestProps {
  /** Endpoint and bucket that are watched. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Only keys that begin or end so. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** Where they go: the key is `keyPrefix` and the key of the source. */
  readonly into: { readonly endpoint: string; readonly bucket: string; readonly keyPrefix?: string };
  /** Any other field of a request: partBytes, overwrite, metadata … */
  readonly options?: Record<string, unknown>;
}

/** One rule a bucket. The event's detail goes to the machine as it is: EventBridge gives the key decoded. */
export class Ingest extends Construct {
  readonly undelivered: Queue;

  constructor(
    scope: Construct,
    id: string,
    { ingest, stateMachine }: { ingest: readonly IngestProps[]; stateMachine: StateMachine },
  ) {
    super(scope, id);
    this.undelivered = new Queue(this, 'Undelivered', { enforceSSL: true, retentionPeriod: Duration.days(14) });
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('events.amazonaws.com') });
    ingest.forEach((entry, index) => {
      new Rule(this, `Arrived${index}`, {
        eventPattern: {
          source: ['aws.s3'],
          detailType: ['Object Created'],
          detail: { bucket: { name: [entry.bucket] }, object: { key: keyPattern(entry) } },
        },
        targets: [
          new SfnStateMachine(stateMachine, {
            role,
            deadLetterQueue: this.undelivered,
            maxEventAge: Duration.hours(24),
            input: RuleTargetInput.fromObject({ arrived: EventField.fromPath('$.detail'), into: arrivalTarget(entry) }),
          }),
        ],
      });
    });
  }
}

function arrivalTarget({ endpoint, into, options }: IngestProps): ArrivalTarget {
  return {
    sourceEndpoint: endpoint,
    endpoint: into.endpoint,
    bucket: into.bucket,
    keyPrefix: into.keyPrefix ?? '',
    options: options ?? {},
  };
}

/** EventBridge takes a prefix or a suffix; both together are a wildcard, in which * and \ are escaped. */
function keyPattern({ prefix, suffix }: IngestProps): unknown[] {
  if (prefix && suffix) return [{ wildcard: `${escaped(prefix)}*${escaped(suffix)}` }];
  if (suffix) return [{ suffix }];
  return [{ prefix: prefix ?? '' }];
}

function escaped(text: string): string {
  return text.replace(/[\\*]/g, (character) => `\\${character}`);
}

/** Throws at synth for an endpoint that is not there, and for objects that would set off their own transfer again. */
export function refuseBadIngest(ingest: readonly IngestProps[], endpoints: readonly EndpointProps[]): void {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  for (const name of ingest.flatMap(({ endpoint, into }) => [endpoint, into.endpoint])) {
    if (!byName.has(name)) throw new Error(`Ingest names the endpoint "${name}", which is not declared.`);
  }
  // Two names may mean one store: those without a URL are all AWS.
  const sameStore = (one: string, other: string) => byName.get(one)?.url === byName.get(other)?.url;
  const setsOff = (entry: IngestProps, other: IngestProps) =>
    sameStore(entry.into.endpoint, other.endpoint) && mayMatch(entry, other);
  for (const start of ingest) {
    const circle = circleFrom([start], (entry) => ingest.filter((other) => setsOff(entry, other)));
    if (circle)
      throw new Error(
        `Ingest goes round in a circle: ${circle.map(shown).join(' → ')} → ${shown(start)}. An object would be copied for ever.`,
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

/** Whether what `entry` writes may match what `other` watches. In doubt it may: the keys are not known yet. */
function mayMatch({ into }: IngestProps, other: IngestProps): boolean {
  const [written, watched] = [into.keyPrefix ?? '', other.prefix ?? ''];
  return into.bucket === other.bucket && (written.startsWith(watched) || watched.startsWith(written));
}

function shown({ endpoint, bucket, prefix }: IngestProps): string {
  return `${endpoint}:${bucket}/${prefix ?? ''}`;
}
