import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { arrivalTarget } from './arrival-target.ts';

/** Starts a transfer for each object that is put into a bucket. The bucket must send its events to EventBridge. */
export interface IngestProps {
  /** The endpoint and the bucket to watch. */
  readonly endpoint: string;
  readonly bucket: string;
  /** The rule watches only keys that begin with `prefix` and end with `suffix`. */
  readonly prefix?: string;
  readonly suffix?: string;
  /** Where the objects go. The target key is `keyPrefix` and then the key of the source. */
  readonly into: { readonly endpoint: string; readonly bucket: string; readonly keyPrefix?: string };
  /** Any other field of a request: partBytes, overwrite, metadata … */
  readonly options?: Record<string, unknown>;
  /**
   * The store puts S3's events on the bus by itself, as the stores of `npm run local` do. On AWS no other store can do
   * that, because only S3 may send events with the source aws.s3.
   *
   * @internal
   */
  readonly storeSendsEvents?: boolean;
}

/** One rule for each entry. The machine gets the event's detail unchanged. The key in it is not URL-encoded. */
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

/** EventBridge takes a prefix or a suffix. If there are both, we write one wildcard, in which * and \ are escaped. */
function keyPattern({ prefix, suffix }: IngestProps): unknown[] {
  if (prefix && suffix) return [{ wildcard: `${escaped(prefix)}*${escaped(suffix)}` }];
  if (suffix) return [{ suffix }];
  return [{ prefix: prefix ?? '' }];
}

function escaped(text: string): string {
  return text.replace(/[\\*]/g, (character) => `\\${character}`);
}
