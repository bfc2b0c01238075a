import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type EndpointProps, Partway, type PartwayProps } from '../../infra/partway.ts';

/** A stack like that of a user: AWS with a role, another store with a secret, and one watched bucket. */
export function synthesized(more: Partial<PartwayProps> = {}, props: StackProps = {}) {
  const app = new App();
  const stack = new Stack(app, 'Partway', props);
  const secret = Secret.fromSecretNameV2(stack, 'Secret', 'partway/store');
  const endpoints: readonly EndpointProps[] = [
    { name: 'aws', provider: 'aws', region: 'eu-central-1', allow: ['incoming', 'raw/genomes/'] },
    { name: 'store', provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1', allow: ['backups'], secret },
  ];
  const partway = new Partway(stack, 'Partway', {
    endpoints,
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
  return { app, stack, partway, endpoints, template: Template.fromStack(stack) };
}
