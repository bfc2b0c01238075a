import { CfnOutput, type RemovalPolicy } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Speed } from '../functions/transfer/values/speeds.ts';
import { Alarms } from './alarms.ts';
import { EndpointList } from './endpoints/endpoint-list.ts';
import { type EndpointProps, refuseBadEndpoints } from './endpoints/endpoints.ts';
import { Ingest, type IngestProps } from './ingest/ingest.ts';
import { refuseBadIngest } from './ingest/ingest-faults.ts';
import { refuseBadOptions } from './options.ts';
import { Settle } from './settle.ts';
import { Sweeper, type SweepProps } from './sweeper.ts';
import { TransferApi } from './transfer-api.ts';
import { TransferFunctions, type UrlPolicyProps } from './transfer-functions.ts';
import { TransferTable } from './transfer-table.ts';
import { TransferWorkflow } from './transfer-workflow.ts';

export interface PartwayProps {
  /** The stores that transfers may name, with the buckets and prefixes that they may touch there. */
  readonly endpoints: readonly EndpointProps[];
  /** Buckets whose new objects are transferred automatically. */
  readonly ingest?: readonly IngestProps[];
  /** Default: HTTPS to public addresses only. */
  readonly urlPolicy?: UrlPolicyProps;
  /** Who may call the API. Default: IAM. */
  readonly authorizer?: IHttpRouteAuthorizer;
  /** The origins of web pages that may call the API, such as https://app.example.com. Default: none. */
  readonly allowOrigins?: readonly string[];
  /** The size of the Lambdas that copy. Default: `balanced`. docs/limits-and-cost.md says what each costs. */
  readonly speed?: Speed;
  /** The daily sweep. */
  readonly sweep?: SweepProps;
  /** Gets a message for every alarm. */
  readonly alarmTopic?: ITopic;
  /** What happens to the checkpoint when somebody deletes the stack. Default: CloudFormation retains it. */
  readonly removalPolicy?: RemovalPolicy;
}

/** Copies large objects into any S3-compatible store, and resumes after failures. While no transfer runs, no server runs. */
export class Partway extends Construct {
  readonly workflow: TransferWorkflow;
  readonly stateMachine: StateMachine;
  readonly functions: TransferFunctions;
  readonly table: TransferTable;
  readonly endpointList: EndpointList;
  readonly api: TransferApi;

  constructor(
    scope: Construct,
    id: string,
    {
      endpoints,
      ingest = [],
      urlPolicy = {},
      authorizer,
      allowOrigins = [],
      speed = 'balanced',
      sweep = {},
      alarmTopic,
      removalPolicy,
      ...others
    }: PartwayProps,
  ) {
    super(scope, id);
    refuseBadOptions({ endpoints, ingest, urlPolicy, allowOrigins, speed, sweep, ...others });
    refuseBadEndpoints(endpoints);
    refuseBadIngest(this, ingest, endpoints);
    this.table = new TransferTable(this, 'Table', removalPolicy ? { removalPolicy } : {});
    this.endpointList = new EndpointList(this, 'Endpoints', endpoints);
    // Every function depends on the table. With this dependency, the endpoints' parameters exist before the functions.
    this.table.node.addDependency(this.endpointList);
    const { table, endpointList } = this;
    this.functions = new TransferFunctions(this, 'Functions', { table, endpoints, endpointList, urlPolicy, speed });
    this.workflow = new TransferWorkflow(this, 'Workflow', this.functions);
    this.stateMachine = this.workflow.stateMachine;
    this.api = new TransferApi(this, 'Api', {
      handler: this.functions.api,
      stores: this.functions.stores,
      push: this.functions.push,
      ...(authorizer ? { authorizer } : {}),
      allowOrigins,
    });
    const { stateMachine } = this;
    const settle = new Settle(this, 'Settle', { settle: this.functions.settle, stateMachine });
    const arrivals = ingest.length > 0 ? [new Ingest(this, 'Ingest', { ingest, stateMachine })] : [];
    new Sweeper(this, 'Sweeper', { sweep: this.functions.sweep, options: sweep });
    const undelivered = [settle, ...arrivals].map((each) => each.undelivered);
    new Alarms(this, 'Alarms', {
      stateMachine,
      functions: this.functions,
      undelivered,
      ...(alarmTopic ? { topic: alarmTopic } : {}),
    });
    new CfnOutput(this, 'ApiUrl', { value: this.api.url, description: 'For `partway --api`' });
    new CfnOutput(this, 'StateMachineArn', { value: this.stateMachine.stateMachineArn });
  }
}

export type { EndpointProps } from './endpoints/endpoints.ts';
export type { IngestProps } from './ingest/ingest.ts';
export type { SweepProps } from './sweeper.ts';
export type { UrlPolicyProps } from './transfer-functions.ts';
