import { readFileSync } from 'node:fs';
import { asList, asObject, asString, isObject, type JsonObject } from '../../json.ts';
import { intrinsicsOf, type Resolve } from './intrinsics.ts';
import { arnOf, physicalName } from './physical.ts';
import { type Resource, readTemplate, type Template } from './template.ts';

export type LocalFunction = {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly codeDirectory: string;
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly environment: { readonly [name: string]: string };
  readonly reservedConcurrency?: number;
};

export type LocalStateMachine = {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly definition: JsonObject;
};

export type LocalTable = {
  readonly logicalId: string;
  readonly name: string;
  readonly keySchema: readonly JsonObject[];
  readonly attributeDefinitions: readonly JsonObject[];
  readonly globalSecondaryIndexes: readonly JsonObject[];
  readonly ttlAttribute?: string;
};

export type LocalRoute = {
  readonly logicalId: string;
  readonly apiId: string;
  /** Written as in HTTP APIs: `POST /transfers/{id}/pause`, or `$default`. */
  readonly routeKey: string;
  readonly authorizationType: string;
  readonly functionArn: string;
};

export type LocalTarget = {
  readonly id: string;
  readonly arn: string;
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: { readonly pathsMap: { readonly [name: string]: string }; readonly template: string };
  readonly retriesMax?: number;
};

export type LocalRule = {
  readonly logicalId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly busName: string;
  readonly eventPattern?: JsonObject;
  readonly scheduleExpression?: string;
  readonly targets: readonly LocalTarget[];
};

/** The part of a synthesized stack that runs on this computer. We ignore all other resources. */
export type Assembly = {
  readonly stackName: string;
  readonly resolve: Resolve;
  readonly functions: readonly LocalFunction[];
  readonly stateMachines: readonly LocalStateMachine[];
  readonly tables: readonly LocalTable[];
  readonly routes: readonly LocalRoute[];
  readonly rules: readonly LocalRule[];
  readonly eventBusNames: readonly string[];
};

/** Reads the output of `cdk synth`. You may leave out `stackName` if the folder has only one stack. */
export function readAssembly(directory: string, stackName?: string): Assembly {
  const template = readTemplate(directory, stackName);
  const resolve = intrinsicsOf(template);
  const each = <T>(types: readonly string[], read: (resource: Resolved) => T[]): T[] =>
    [...template.resources.values()]
      .filter(({ type }) => types.includes(type))
      .flatMap((resource) => read(resolved(resource, resolve)));
  const integrations = new Map(
    each(['AWS::ApiGatewayV2::Integration'], (resource) => [[resource.logicalId, resource]]),
  );
  return {
    stackName: template.stackName,
    resolve,
    functions: each(['AWS::Lambda::Function'], (resource) => readFunction(resource, template)),
    stateMachines: each(['AWS::StepFunctions::StateMachine'], (resource) => [readStateMachine(resource, template)]),
    tables: each(['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'], (resource) => [readTable(resource)]),
    routes: each(['AWS::ApiGatewayV2::Route'], (resource) => [readRoute(resource, integrations)]),
    rules: each(['AWS::Events::Rule'], (resource) => [readRule(resource)]),
    eventBusNames: each(['AWS::Events::EventBus'], ({ name }) => [name]),
  };
}

type Resolved = { readonly logicalId: string; readonly name: string; readonly properties: JsonObject };

function resolved(resource: Resource, resolve: Resolve): Resolved {
  const properties = asObject(resolve(resource.properties), resource.logicalId);
  return { logicalId: resource.logicalId, name: physicalName(resource, resolve), properties };
}

function readFunction({ logicalId, name, properties }: Resolved, template: Template): LocalFunction[] {
  const code = asObject(properties.Code, `${logicalId}: Code`);
  // Only CDK's own custom resources have inline code. They are not needed on this computer.
  if (typeof code.S3Key !== 'string') return [];
  const variables = asObject(
    asObject(properties.Environment ?? {}, logicalId).Variables ?? {},
    `${logicalId}: Variables`,
  );
  const reserved = properties.ReservedConcurrentExecutions;
  return [
    {
      logicalId,
      name,
      arn: arnOf('lambda', `function:${name}`),
      codeDirectory: template.assetPath(code.S3Key),
      handler: asString(properties.Handler, `${logicalId}: Handler`),
      // Lambda's own defaults: 3 s and 128 MiB.
      timeoutSeconds: Number(properties.Timeout ?? 3),
      memoryMiB: Number(properties.MemorySize ?? 128),
      environment: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
      ...(reserved === undefined ? {} : { reservedConcurrency: Number(reserved) }),
    },
  ];
}

function readStateMachine({ logicalId, name, properties }: Resolved, template: Template): LocalStateMachine {
  const substitutions = asObject(properties.DefinitionSubstitutions ?? {}, logicalId);
  // CloudFormation does not change a placeholder if no substitution has its name.
  const text = definitionText(logicalId, properties, template).replace(/\$\{([A-Za-z0-9_]+)\}/g, (whole, key: string) =>
    String(substitutions[key] ?? whole),
  );
  const definition = asObject(JSON.parse(text), `${logicalId}: definition`);
  return { logicalId, name, arn: arnOf('states', `stateMachine:${name}`), definition };
}

function definitionText(logicalId: string, properties: JsonObject, template: Template): string {
  const { DefinitionString, DefinitionS3Location, Definition } = properties;
  if (typeof DefinitionString === 'string') return DefinitionString;
  if (isObject(DefinitionS3Location)) {
    return readFileSync(template.assetPath(asString(DefinitionS3Location.Key, logicalId)), 'utf8');
  }
  return JSON.stringify(asObject(Definition, `${logicalId}: Definition`));
}

function readTable({ logicalId, name, properties }: Resolved): LocalTable {
  const objects = (value: unknown, what: string): JsonObject[] =>
    asList(value ?? [], `${logicalId}: ${what}`).map((each) => asObject(each, `${logicalId}: ${what}`));
  const ttl = properties.TimeToLiveSpecification;
  return {
    logicalId,
    name,
    keySchema: objects(properties.KeySchema, 'KeySchema'),
    attributeDefinitions: objects(properties.AttributeDefinitions, 'AttributeDefinitions'),
    globalSecondaryIndexes: objects(properties.GlobalSecondaryIndexes, 'GlobalSecondaryIndexes'),
    ...(isObject(ttl) && ttl.Enabled === true ? { ttlAttribute: asString(ttl.AttributeName, logicalId) } : {}),
  };
}

function readRoute({ logicalId, properties }: Resolved, integrations: ReadonlyMap<string, Resolved>): LocalRoute {
  const target = asString(properties.Target, `${logicalId}: Target`);
  const integration = integrations.get(target.replace(/^integrations\//, ''))?.properties;
  if (!integration) throw new Error(`${logicalId}: the template has no integration ${target}`);
  if (integration.IntegrationType !== 'AWS_PROXY' || integration.PayloadFormatVersion !== '2.0') {
    throw new Error(`${logicalId}: only Lambda integrations with payload format 2.0 are run on this computer`);
  }
  // The URI is the function's ARN, or an API Gateway ARN with the function's inside.
  const functionArn = /arn:[a-z-]+:lambda:[^/]+/.exec(asString(integration.IntegrationUri, logicalId))?.[0];
  return {
    logicalId,
    apiId: asString(properties.ApiId, `${logicalId}: ApiId`),
    routeKey: asString(properties.RouteKey, `${logicalId}: RouteKey`),
    authorizationType: asString(properties.AuthorizationType ?? 'NONE', `${logicalId}: AuthorizationType`),
    functionArn: asString(functionArn, `${logicalId}: IntegrationUri`),
  };
}

function readRule({ logicalId, name, properties }: Resolved): LocalRule {
  const { EventPattern, ScheduleExpression, EventBusName, State, Targets } = properties;
  return {
    logicalId,
    name,
    enabled: State === undefined || State === 'ENABLED',
    // A rule may name its bus by ARN.
    busName: String(EventBusName ?? 'default').replace(/^arn:.*:event-bus\//, ''),
    ...(isObject(EventPattern) ? { eventPattern: EventPattern } : {}),
    ...(typeof ScheduleExpression === 'string' ? { scheduleExpression: ScheduleExpression } : {}),
    targets: asList(Targets ?? [], `${logicalId}: Targets`).map((target) => readTarget(asObject(target, logicalId))),
  };
}

function readTarget(target: JsonObject): LocalTarget {
  const { Id, Arn, Input, InputPath, InputTransformer, RetryPolicy } = target;
  return {
    id: asString(Id, 'Targets: Id'),
    arn: asString(Arn, 'Targets: Arn'),
    ...(typeof Input === 'string' ? { input: Input } : {}),
    ...(typeof InputPath === 'string' ? { inputPath: InputPath } : {}),
    ...(isObject(InputTransformer) ? { inputTransformer: readTransformer(InputTransformer) } : {}),
    ...(isObject(RetryPolicy) && typeof RetryPolicy.MaximumRetryAttempts === 'number'
      ? { retriesMax: RetryPolicy.MaximumRetryAttempts }
      : {}),
  };
}

function readTransformer({ InputPathsMap, InputTemplate }: JsonObject): NonNullable<LocalTarget['inputTransformer']> {
  const paths = Object.entries(asObject(InputPathsMap ?? {}, 'InputPathsMap'));
  return {
    pathsMap: Object.fromEntries(paths.map(([key, path]) => [key, asString(path, 'InputPathsMap')])),
    template: asString(InputTemplate, 'InputTemplate'),
  };
}
