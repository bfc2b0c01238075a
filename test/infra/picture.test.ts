import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Resource, Template } from '../../tools/local/template/template.ts';
import { draw } from '../../tools/picture/draw.ts';
import { exampleTemplate } from '../../tools/picture/example.ts';
import { readDeployment } from '../../tools/picture/read-deployment.ts';

const template = await exampleTemplate();
const pictureOf = (resources: Template['resources']) => draw(readDeployment({ ...template, resources }));
const whole = pictureOf(template.resources);
const all = [...template.resources.values()];
const a = (type: string, named = '') =>
  all.find((resource) => resource.type === `AWS::${type}` && resource.logicalId.includes(named))!;

/** The template with one more resource, or with another one in its place. */
function withResource(type: string, properties: Resource['properties'], logicalId = 'Another'): Template['resources'] {
  return new Map([...template.resources, [logicalId, { logicalId, type: `AWS::${type}`, properties }]]);
}

function withProperties({ logicalId, type, properties }: Resource, more: Resource['properties']) {
  return withResource(type.slice('AWS::'.length), { ...properties, ...more }, logicalId);
}

const allows = (Action: string, Resource: unknown) => ({
  Roles: [{ Ref: a('IAM::Role', 'plan').logicalId }],
  PolicyDocument: { Statement: [{ Effect: 'Allow', Action, Resource }] },
});

describe('docs/deployed.svg', () => {
  it('is drawn from the template', () => {
    const file = readFileSync(new URL('../../docs/deployed.svg', import.meta.url), 'utf8');
    expect(file, 'run `npm run docs`').toBe(whole);
  });

  it('differs or cannot be drawn if any one resource of the template is missing', () => {
    // These two types repeat at the end of an arrow what its beginning says. The next test covers them.
    const mirrors = ['AWS::Lambda::Permission', 'AWS::SQS::QueuePolicy'];
    const same = all
      .filter(({ type }) => !mirrors.includes(type))
      .filter(({ logicalId }) => {
        const others = new Map([...template.resources].filter(([id]) => id !== logicalId));
        try {
          return pictureOf(others) === whole;
        } catch {
          return false;
        }
      });
    expect(same.map(({ logicalId }) => logicalId)).toEqual([]);
  });

  it.each<[what: string, resources: () => Template['resources'], refused: RegExp]>([
    ['a kind of resource', () => withResource('S3::Bucket', {}), /does not show: Another \(AWS::S3::Bucket\)/],
    ['a second state machine', () => withResource('StepFunctions::StateMachine', {}), /room for one AWS::StepF/],
    [
      'a function',
      () => withProperties({ ...a('Lambda::Function'), logicalId: 'X' }, {}),
      /no words for the function X/,
    ],
    ['a right', () => withResource('IAM::Policy', allows('kms:Decrypt', '*')), /no place for kms:Decrypt on \*/],
    [
      'a bucket',
      () => withResource('IAM::Policy', allows('s3:GetObject', 'arn:aws:s3:::other/*')),
      /arn:aws:s3:::other/,
    ],
    ['a role', () => withResource('IAM::Role', {}), /who has the role Another/],
    ['a policy', () => withResource('IAM::ManagedPolicy', {}), /whose rights Another holds/],
    ['a caller', () => withProperties(a('Lambda::Permission'), { SourceArn: { Ref: 'Bucket' } }), /who uses Partway/],
    ['a sender', () => withProperties(a('SQS::QueuePolicy'), { Queues: [{ Ref: 'Other' }] }), /who uses Partway/],
    ['a target', () => withProperties(a('Events::Rule'), { Targets: [{ Arn: { Ref: 'Q' } }] }), /what a rule calls: Q/],
    [
      'what an alarm watches',
      () => withProperties(a('CloudWatch::Alarm'), { Dimensions: [{ Value: { Ref: 'Other' } }] }),
      /what an alarm watches: Other/,
    ],
    [
      'a name in the environment of a function',
      () => withProperties(a('Lambda::Function'), { Environment: { Variables: { OTHER: { Ref: 'Other' } } } }),
      /has Other in its environment/,
    ],
  ])('is refused for a template with %s for which it has no place', (_, resources, refused) => {
    expect(() => pictureOf(resources())).toThrow(refused);
  });
});
