import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Calls, TableCall } from './function-calls.ts';

/**
 * The checkpoint: one table with a price for each request. Its rows expire. A person can restore it to any second of the
 * last 35 days.
 */
export class TransferTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { removalPolicy?: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Checkpoints', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
      globalSecondaryIndexes: [
        {
          indexName: 'newest',
          partitionKey: { name: 'kind', type: AttributeType.STRING },
          sortKey: { name: 'createdAtMs', type: AttributeType.NUMBER },
          // The keys alone would be enough. But the rows of this index are tiny, and CloudFormation cannot change the
          // projection of an existing index.
          projectionType: ProjectionType.ALL,
        },
      ],
    });
  }

  /** What a function may do to each kind of row, by the first letter of its key. */
  grant(
    grantee: IGrantable,
    { transfers, locks = [], keys = [], urls = [], sweeps = [], listsTransfers }: Calls,
  ): void {
    this.grantRows(grantee, transfers, 'T#*');
    this.grantRows(grantee, locks, 'L#*');
    this.grantRows(grantee, keys, 'K#*');
    this.grantRows(grantee, urls, 'U#*');
    this.grantRows(grantee, sweeps, 'S#*');
    if (!listsTransfers) return;
    const resources = [`${this.table.tableArn}/index/newest`];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:Query'], resources }));
  }

  private grantRows(grantee: IGrantable, calls: readonly TableCall[], leadingKeys: string): void {
    if (calls.length === 0) return;
    const actions = calls.map((call) => `dynamodb:${call}`);
    const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [leadingKeys] } };
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions, resources: [this.table.tableArn], conditions }),
    );
  }
}
