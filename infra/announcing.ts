import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

/** Lets a role put events on the account's default bus, with Partway as their source and no other. */
export function grantAnnouncing(role: Role): void {
  const bus = Stack.of(role).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [bus],
      conditions: { StringEquals: { 'events:source': 'partway' } },
    }),
  );
}
