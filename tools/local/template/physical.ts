import type { Resource } from './template.ts';

/** The account and region of the stack on this computer. No real account has this number. */
export const place = { account: '000000000000', region: 'us-east-1', partition: 'aws' } as const;

export const arnOf = (service: string, rest: string): string =>
  `arn:${place.partition}:${service}:${place.region}:${place.account}:${rest}`;

type Physical = {
  /** The property that has the physical name. If a resource lacks it, its name is the logical id. */
  readonly nameProperty?: string;
  readonly ref: (name: string) => string;
  readonly attributes: { readonly [attribute: string]: (name: string) => string };
};

const itself = (name: string): string => name;
const queueUrl = (name: string): string => `http://localhost/${place.account}/${name}`;
const iamArn = (rest: string): string => `arn:${place.partition}:iam::${place.account}:${rest}`;

const table: Physical = {
  nameProperty: 'TableName',
  ref: itself,
  attributes: {
    Arn: (name) => arnOf('dynamodb', `table/${name}`),
    StreamArn: (name) => arnOf('dynamodb', `table/${name}/stream/local`),
  },
};

const plain: Physical = { ref: itself, attributes: {} };

/**
 * The values of Ref and Fn::GetAtt, by resource type. An unknown attribute throws, so that we notice it when the stack
 * starts, and not as a strange text in a Lambda's environment.
 */
const physicalByType: { readonly [type: string]: Physical } = {
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    ref: itself,
    attributes: { Arn: (name) => arnOf('lambda', `function:${name}`) },
  },
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    ref: (name) => name.toLowerCase(),
    attributes: {
      Arn: (name) => `arn:${place.partition}:s3:::${name.toLowerCase()}`,
      DomainName: (name) => `${name.toLowerCase()}.s3.localhost`,
      RegionalDomainName: (name) => `${name.toLowerCase()}.s3.localhost`,
    },
  },
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    ref: queueUrl,
    attributes: { Arn: (name) => arnOf('sqs', name), QueueName: itself, QueueUrl: queueUrl },
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    ref: (name) => arnOf('sns', name),
    attributes: { TopicArn: (name) => arnOf('sns', name), TopicName: itself },
  },
  'AWS::StepFunctions::StateMachine': {
    nameProperty: 'StateMachineName',
    ref: (name) => arnOf('states', `stateMachine:${name}`),
    attributes: { Arn: (name) => arnOf('states', `stateMachine:${name}`), Name: itself },
  },
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name',
    ref: (name) => arnOf('secretsmanager', `secret:${name}-local0`),
    attributes: { Id: (name) => arnOf('secretsmanager', `secret:${name}-local0`) },
  },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    ref: itself,
    attributes: { Arn: (name) => iamArn(`role/${name}`), RoleId: itself },
  },
  'AWS::IAM::ManagedPolicy': { ref: (name) => iamArn(`policy/${name}`), attributes: {} },
  'AWS::KMS::Key': { ref: itself, attributes: { Arn: (name) => arnOf('kms', `key/${name}`), KeyId: itself } },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    ref: itself,
    attributes: { Arn: (name) => arnOf('logs', `log-group:${name}:*`) },
  },
  'AWS::Events::EventBus': {
    nameProperty: 'Name',
    ref: itself,
    attributes: { Arn: (name) => arnOf('events', `event-bus/${name}`), Name: itself },
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    ref: itself,
    attributes: { Arn: (name) => arnOf('events', `rule/${name}`) },
  },
  'AWS::ApiGatewayV2::Api': {
    ref: itself,
    attributes: {
      ApiId: itself,
      ApiEndpoint: (name) => `https://${name}.execute-api.${place.region}.amazonaws.com`,
    },
  },
  'AWS::SSM::Parameter': { nameProperty: 'Name', ref: itself, attributes: {} },
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    ref: itself,
    attributes: { Arn: (name) => arnOf('cloudwatch', `alarm:${name}`) },
  },
};

/** `resolve` gives the name, because a stack may build it from intrinsics. */
export function physicalName(resource: Resource, resolve: (value: unknown) => unknown): string {
  const { nameProperty } = physicalByType[resource.type] ?? plain;
  const name = nameProperty === undefined ? undefined : resolve(resource.properties[nameProperty]);
  return typeof name === 'string' ? name : resource.logicalId;
}

export function physicalRef(resource: Resource, name: string): string {
  return (physicalByType[resource.type] ?? plain).ref(name);
}

export function physicalAttribute(resource: Resource, name: string, attribute: string): string {
  const read = (physicalByType[resource.type] ?? plain).attributes[attribute];
  if (read === undefined) {
    throw new Error(`${resource.logicalId} (${resource.type}): the attribute ${attribute} is not known here`);
  }
  return read(name);
}
