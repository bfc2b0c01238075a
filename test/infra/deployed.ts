type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>>;

const place = { partition: 'aws-us-gov', region: 'ap-northeast-1', account: '123456789012' };
const arn = (service: string, rest: string) =>
  `arn:${place.partition}:${service}:${place.region}:${place.account}:${rest}`;
// CloudFormation adds a hyphen and 12 or 13 characters to a logical id.
const named = (logicalId: string) => `Partway-${logicalId}-ABCDEFGHIJKLM`;

/** The value of Ref on AWS, or a text of the same length. */
const refs: Readonly<Record<string, (logicalId: string) => string>> = {
  'AWS::S3::Bucket': () => 'b'.repeat(63),
  'AWS::SecretsManager::Secret': (id) => arn('secretsmanager', `secret:${id}-AbCdEfGhIjKl-MnOpQr`),
  'AWS::StepFunctions::StateMachine': (id) => arn('states', `stateMachine:${id}-AbCdEfGhIjKl`),
  'AWS::SSM::Parameter': named,
  'AWS::DynamoDB::GlobalTable': named,
  'AWS::Lambda::Function': named,
  'AWS::Logs::LogGroup': named,
  'AWS::IAM::Role': named,
};

const attributes: Readonly<Record<string, (logicalId: string) => string>> = {
  'AWS::DynamoDB::GlobalTable.Arn': (id) => arn('dynamodb', `table/${named(id)}`),
  'AWS::Logs::LogGroup.Arn': (id) => arn('logs', `log-group:${named(id)}:*`),
  'AWS::Lambda::Function.Arn': (id) => arn('lambda', `function:${named(id)}`),
  'AWS::StepFunctions::StateMachine.Name': (id) => `${id}-AbCdEfGhIjKl`,
  'AWS::KMS::Key.Arn': () => arn('kms', 'key/mrk-0123456789abcdef0123456789abcdef'),
  'AWS::IAM::Role.Arn': (id) => `arn:${place.partition}:iam::${place.account}:role/${named(id)}`,
  'AWS::SQS::Queue.Arn': (id) => arn('sqs', named(id)),
};

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': place.partition,
  'AWS::Region': place.region,
  'AWS::AccountId': place.account,
  'AWS::StackName': 'Partway',
};
const STACK_ID = arn('cloudformation', 'stack/Partway/51af3dc0-da77-11e4-872e-1234567db123');

/** A template's value on AWS: each reference becomes a text of its real length. Throws for an unknown reference. */
export function deployed(value: unknown, resources: Resources, stackId = STACK_ID): unknown {
  const within = (each: unknown) => deployed(each, resources, stackId);
  if (Array.isArray(value)) return value.map(within);
  if (typeof value !== 'object' || value === null) return value;
  const [key = '', argument] = Object.entries(value)[0] ?? [];
  if (key === 'Ref' && argument === 'AWS::StackId') return stackId;
  if (key === 'Ref') return pseudo[argument] ?? known(refs, `${resources[argument]?.Type}`)(argument);
  if (key === 'Fn::GetAtt') return known(attributes, `${resources[argument[0]]?.Type}.${argument[1]}`)(argument[0]);
  if (key === 'Fn::Join') return (within(argument[1]) as string[]).join(argument[0]);
  if (key === 'Fn::Split') return (within(argument[1]) as string).split(argument[0]);
  if (key === 'Fn::Select') return (within(argument[1]) as string[])[Number(argument[0])];
  // A secret of another stack. The name of its export is the logical id and a hash of 8 characters.
  if (key === 'Fn::ImportValue')
    return known(refs, 'AWS::SecretsManager::Secret')(/Ref(\w+)\w{8}$/.exec(argument)?.[1] ?? '');
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, within(each)]));
}

function known<T>(table: Readonly<Record<string, T>>, name: string): T {
  const found = table[name];
  if (found === undefined) throw new Error(`test/infra/deployed.ts does not know how long ${name} is on AWS.`);
  return found;
}
