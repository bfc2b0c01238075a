import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as Lambda, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Speed, speeds } from '../functions/transfer/values/speeds.ts';
import { grantAnnouncing } from './announcing.ts';
import type { EndpointList } from './endpoints/endpoint-list.ts';
import type { EndpointProps } from './endpoints/endpoints.ts';
import { callsOf, type FunctionName } from './function-calls.ts';
import { grantStores } from './store-grants.ts';
import type { TransferTable } from './transfer-table.ts';

export interface TransferFunctionsProps {
  readonly table: TransferTable;
  readonly endpoints: readonly EndpointProps[];
  readonly endpointList: EndpointList;
  readonly urlPolicy: UrlPolicyProps;
  readonly speed: Speed;
}

/** Which URLs may be a `url` source. Both default to false: HTTPS to public addresses only. */
export interface UrlPolicyProps {
  readonly allowHttp?: boolean;
  readonly allowPrivateAddresses?: boolean;
}

// How much memory the copying functions have, is in functions/transfer/values/speeds.ts. The other functions wait for
// answers, and with 256 MB they start fast enough.
const DECIDING_MIB = 256;

/** The longest time that Lambda allows. A batch is planned to take a minute, but a bad network may need all of it. */
export const COPY_TIMEOUT = Duration.minutes(15);
/** Enough for ListParts of 10,000 parts, and for the minutes that a store may take for Complete. */
export const DECIDE_TIMEOUT = Duration.minutes(5);

/** One Lambda for each file in functions/. This file says how each one runs. function-calls.ts says what it may touch. */
export class TransferFunctions extends Construct {
  readonly initiate: Lambda;
  readonly plan: Lambda;
  readonly copyWhole: Lambda;
  readonly copyBatch: Lambda;
  readonly readBack: Lambda;
  readonly complete: Lambda;
  readonly abort: Lambda;
  readonly settle: Lambda;
  readonly sweep: Lambda;
  readonly api: Lambda;
  readonly stores: Lambda;
  readonly push: Lambda;
  private readonly props: TransferFunctionsProps;

  constructor(scope: Construct, id: string, props: TransferFunctionsProps) {
    super(scope, id);
    this.props = props;
    const { copyingMiB } = speeds[props.speed];
    this.initiate = this.lambda('initiate', { timeout: DECIDE_TIMEOUT, memoryMiB: DECIDING_MIB });
    this.plan = this.lambda('plan', { timeout: DECIDE_TIMEOUT, memoryMiB: DECIDING_MIB });
    this.copyWhole = this.lambda('copy-whole', { timeout: COPY_TIMEOUT, memoryMiB: copyingMiB });
    this.copyBatch = this.lambda('copy-batch', { timeout: COPY_TIMEOUT, memoryMiB: copyingMiB });
    this.readBack = this.lambda('read-back', { timeout: COPY_TIMEOUT, memoryMiB: copyingMiB });
    this.complete = this.lambda('complete', { timeout: DECIDE_TIMEOUT, memoryMiB: DECIDING_MIB });
    this.abort = this.lambda('abort', { timeout: DECIDE_TIMEOUT, memoryMiB: DECIDING_MIB });
    this.settle = this.lambda('settle', { timeout: Duration.minutes(1), memoryMiB: DECIDING_MIB });
    this.sweep = this.lambda('sweep', { timeout: COPY_TIMEOUT, memoryMiB: DECIDING_MIB });
    this.api = this.lambda('api', { timeout: Duration.seconds(29), memoryMiB: DECIDING_MIB });
    this.stores = this.lambda('stores', { timeout: Duration.seconds(29), memoryMiB: DECIDING_MIB });
    this.push = this.lambda('push', { timeout: Duration.seconds(29), memoryMiB: DECIDING_MIB });
  }

  get all(): Lambda[] {
    const { initiate, plan, copyWhole, copyBatch, readBack, complete, abort, settle, sweep, api, stores, push } = this;
    return [initiate, plan, copyWhole, copyBatch, readBack, complete, abort, settle, sweep, api, stores, push];
  }

  private lambda(name: FunctionName, { timeout, memoryMiB }: { timeout: Duration; memoryMiB: number }): Lambda {
    const { table, endpointList, urlPolicy } = this.props;
    const logGroup = new LogGroup(this, `${name}-log`, {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, `${name}-role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    this.grant(role, name);
    return new Lambda(this, name, {
      code: Code.fromAsset(bundleOf(name)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout,
      memorySize: memoryMiB,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      environment: {
        PARTWAY_TABLE: table.table.tableName,
        PARTWAY_ENDPOINTS: endpointList.path,
        PARTWAY_URL_POLICY: JSON.stringify(urlPolicy),
        PARTWAY_COPYING_MIB: String(speeds[this.props.speed].copyingMiB),
        NODE_OPTIONS: '--enable-source-maps',
      },
    });
  }

  private grant(role: Role, name: FunctionName): void {
    const { table, endpoints, endpointList } = this.props;
    const calls = callsOf(name);
    table.grant(role, calls);
    if (calls.announces) grantAnnouncing(role);
    if (calls.endpoints) endpointList.grantRead(role);
    if (calls.endpoints === 'all') endpointList.grantList(role);
    grantStores(this, role, { id: name, calls, endpoints });
  }
}

/** The bundles are in dist/, which is beside infra/ in the sources and beside lib/ in the package. */
function bundleOf(name: string): string {
  const places = ['../dist/functions/', '../../dist/functions/'].map((place) =>
    fileURLToPath(new URL(place + name, import.meta.url)),
  );
  const place = places.find((directory) => existsSync(directory));
  if (place === undefined) throw new Error(`There is no bundle of functions/${name}.ts; run: npm run build`);
  return place;
}
