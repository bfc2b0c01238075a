import { asList, asObject, asString, type JsonObject } from '../../tools/json.ts';
import { arnOf } from '../../tools/local/template/physical.ts';
import type { ObservedCall } from '../../tools/signed/observe.ts';
import { dynamodbNeeds } from './needs-dynamodb.ts';
import { s3Needs } from './needs-s3.ts';

/** One thing that the caller must be allowed to do: the action, the resource, and the facts for conditions. */
export type Need = {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values. Each service has its own keys. A condition on another key cannot be judged. */
  readonly context?: Readonly<Record<string, readonly string[]>>;
};

/** Computes the needs of an operation from its input. */
export type NeedsOf = (input: JsonObject, call: ObservedCall) => readonly Need[];

/** Throws for an operation that is not listed. If a function makes a new call, list here what AWS demands for it. */
export function needsOf(call: ObservedCall): readonly Need[] {
  const name = `${call.service}:${call.operation}`;
  const needs = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!needs) throw new Error(`${call.caller} calls ${name}, of which test/authorization/needs.ts knows no rights.`);
  return needs(call.input, call);
}

const on =
  (action: string, resource: (input: JsonObject) => string): NeedsOf =>
  (input) => [{ action, resource: resource(input) }];

const execution = ({ executionArn }: JsonObject) => asString(executionArn, 'executionArn');

// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
const known: Readonly<Record<string, NeedsOf>> = {
  'states:StartExecution': on('states:StartExecution', ({ stateMachineArn }) =>
    asString(stateMachineArn, 'stateMachineArn'),
  ),
  'states:DescribeExecution': on('states:DescribeExecution', execution),
  'states:GetExecutionHistory': on('states:GetExecutionHistory', execution),
  'states:RedriveExecution': on('states:RedriveExecution', execution),
  'states:StopExecution': on('states:StopExecution', execution),
  'ssm:GetParameter': on('ssm:GetParameter', ({ Name }) => parameterArn(Name)),
  // AWS uses the path as the call wrote it: https://github.com/aws/aws-dotnet-extensions-configuration/issues/108
  'ssm:GetParametersByPath': on('ssm:GetParametersByPath', ({ Path }) => parameterArn(Path)),
  'secretsmanager:GetSecretValue': on('secretsmanager:GetSecretValue', ({ SecretId }) => secretArn(SecretId)),
  'events:PutEvents': ({ Entries }) => asList(Entries, 'Entries').map(announced),
  'lambda:Invoke': (input, call) => [
    { action: 'lambda:InvokeFunction', resource: functionArn(input), context: { 'aws:SourceArn': sourceArns(call) } },
  ],
  ...dynamodbNeeds,
  ...s3Needs,
};

function parameterArn(name: unknown): string {
  return arnOf('ssm', `parameter${asString(name, 'the name of a parameter')}`);
}

/** The whole ARN of a secret. It ends in six characters of Secrets Manager. A call may give the name, or leave these out. */
function secretArn(id: unknown): string {
  const name = asString(id, 'SecretId').replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, '');
  return arnOf('secretsmanager', `secret:${name.replace(/-local0$/, '')}-local0`);
}

function announced(entry: unknown): Need {
  const { EventBusName = 'default', Source, DetailType } = asObject(entry, 'an entry');
  const context = { 'events:source': [String(Source)], 'events:detail-type': [String(DetailType)] };
  return { action: 'events:PutEvents', resource: arnOf('events', `event-bus/${EventBusName}`), context };
}

function functionArn({ FunctionName }: JsonObject): string {
  const name = asString(FunctionName, 'FunctionName');
  return name.startsWith('arn:') ? name : arnOf('lambda', `function:${name}`);
}

/** The resource for which a service invokes a function, such as the route of an API. The observer does not know the rule. */
function sourceArns({ caller, input }: ObservedCall): string[] {
  if (caller !== 'apigateway.amazonaws.com') return [];
  const { routeKey, requestContext } = asObject(input.Payload, 'the event of an HTTP API');
  const { apiId, stage } = asObject(requestContext, 'requestContext');
  return [arnOf('execute-api', `${apiId}/${stage}/${asString(routeKey, 'routeKey').replace(' ', '')}`)];
}
