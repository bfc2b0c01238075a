import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** The checkpoint: one table, paid by the request, that forgets by itself and can be put back to any second of 35 days. */
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
          // Keys would do: the rows that are in it are tiny. CloudFormation changes no projection of an index in place.
          projectionType: ProjectionType.ALL,
        },
      ],
    });
  }

  /** The header, the reports and the parts of transfers: rows whose key begins with T#. */
  grantTransfers(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:BatchWriteItem'], 'T#*');
  }

  /** The headers alone, to read: what became of the transfer that wrote an object. */
  grantReading(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:GetItem'], 'T#*');
  }

  /** Which transfer has a target key: rows whose key begins with L#. */
  grantLocks(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'], 'L#*');
  }

  /** Which transfer an idempotency key was accepted for: rows whose key begins with K#. */
  grantKeys(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:PutItem'], 'K#*');
  }

  /** The index says which transfers there are, the table gives their headers. */
  grantList(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:BatchGetItem'], 'T#*');
    const resources = [`${this.table.tableArn}/index/newest`];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['dynamodb:Query'], resources }));
  }

  /** The reports of sweeps, to write: rows whose key begins with S#. */
  grantReporting(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:PutItem', 'dynamodb:Query'], 'S#*');
  }

  grantReports(grantee: IGrantable): void {
    this.grant(grantee, ['dynamodb:GetItem', 'dynamodb:Query'], 'S#*');
  }

  private grant(grantee: IGrantable, actions: string[], leadingKeys: string): void {
    const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [leadingKeys] } };
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions, resources: [this.table.tableArn], conditions }),
    );
  }
}
