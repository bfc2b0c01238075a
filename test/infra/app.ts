import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Partway, type PartwayProps } from '../../infra/partway.ts';

/** A stack like a user's: AWS by role, another store by secret, one bucket that is watched. */
export function synthesized(more: Partial<PartwayProps> = {}): {
  app: App;
  stack: Stack;
  partway: Partway;
  template: Template;
} {
  const app = new App();
  const stack = new Stack(app, 'Partway');
  const partway = new Partway(stack, 'Partway', {
    endpoints: [
      { name: 'aws', provider: 'aws', region: 'eu-central-1', allow: ['incoming', 'raw/genomes/'] },
      {
        name: 'store',
        provider: 'ceph',
        url: 'https://s3.example.org',
        region: 'us-east-1',
        allow: ['backups'],
        secret: Secret.fromSecretNameV2(stack, 'Secret', 'partway/store'),
      },
    ],
    ingest: [
      {
        endpoint: 'aws',
        bucket: 'incoming',
        prefix: 'out*/',
        suffix: '.bam',
        into: { endpoint: 'store', bucket: 'backups' },
      },
    ],
    ...more,
  });
  return { app, stack, partway, template: Template.fromStack(stack) };
}
