import { asList, asObject, asString, type JsonObject } from '../../tools/json.ts';
import { intrinsicsOf } from '../../tools/local/template/intrinsics.ts';
import { physicalAttribute, physicalName } from '../../tools/local/template/physical.ts';
import { readTemplate } from '../../tools/local/template/template.ts';
import type { ObservedCall } from '../../tools/signed/observe.ts';
import type { Statement } from './evaluate.ts';

/** Who may do what in a synthesized stack: its roles by their names, and the services that functions admit. */
export type Rights = {
  readonly statements: ReadonlyMap<string, readonly Statement[]>;
  /** The names of the functions. */
  readonly functions: readonly string[];
  /** The principals of a call. If several are possible, each of them must be allowed. */
  principalsOf(call: ObservedCall): readonly string[];
};

type Resource = { readonly arn: string; readonly properties: JsonObject };

/** Reads the output of `cdk synth`. Throws if a policy has something that we cannot judge. */
export function readRights(directory: string): Rights {
  const template = readTemplate(directory);
  const resolve = intrinsicsOf(template);
  const all = (type: string): Resource[] =>
    [...template.resources.values()]
      .filter((resource) => resource.type === type)
      .map((resource) => {
        const name = physicalName(resource, resolve);
        const arn = hasArn.includes(type) ? physicalAttribute(resource, name, 'Arn') : String(name);
        return { arn, properties: asObject(resolve(resource.properties), resource.logicalId) };
      });
  const statements = new Map<string, Statement[]>();
  const grant = (principal: string, granted: readonly Statement[]) =>
    statements.set(principal, [...(statements.get(principal) ?? []), ...granted]);
  grantRoles(grant, all);
  const rules = all('AWS::Events::Rule');
  for (const { properties } of all('AWS::Lambda::Permission')) {
    grant(asString(properties.Principal, 'Principal'), permission(properties, rules));
  }
  const functions = all('AWS::Lambda::Function').map(({ arn }) => arn.replace(/^.*:function:/, ''));
  return { statements, functions, principalsOf: principalsIn(all) };
}

const hasArn = ['AWS::Lambda::Function', 'AWS::IAM::Role', 'AWS::StepFunctions::StateMachine', 'AWS::Events::Rule'];

type Grant = (principal: string, statements: readonly Statement[]) => void;
type All = (type: string) => Resource[];

function grantRoles(grant: Grant, all: All): void {
  for (const { properties } of all('AWS::IAM::Policy')) {
    for (const role of asList(properties.Roles, 'Roles')) grant(String(role), statementsOf(properties.PolicyDocument));
  }
  // A role's list refers to a managed policy by Ref, which here is its logical id.
  const managed = new Map(all('AWS::IAM::ManagedPolicy').map(({ arn, properties }) => [arn, properties]));
  for (const { arn, properties } of all('AWS::IAM::Role')) {
    if (properties.Policies !== undefined) throw new Error(`${arn} has policies inside, which are not read here.`);
    for (const policy of asList(properties.ManagedPolicyArns ?? [], 'ManagedPolicyArns')) {
      const found = managed.get(String(policy).replace(/^.*:policy\//, ''));
      if (!found) throw new Error(`The policy ${policy} is none of this stack.`);
      grant(roleName(arn), statementsOf(found.PolicyDocument));
    }
  }
}

const roleName = (arn: unknown): string => asString(arn, 'the ARN of a role').replace(/^.*:role\//, '');

function principalsIn(all: All): Rights['principalsOf'] {
  const roles = new Map(all('AWS::Lambda::Function').map(({ arn, properties }) => [arn, roleName(properties.Role)]));
  const machines = all('AWS::StepFunctions::StateMachine').map(({ properties }) => roleName(properties.RoleArn));
  const targets = all('AWS::Events::Rule').flatMap(targetsOf);
  return ({ caller, service, operation, input }) => {
    const name = `${caller} ${service}:${operation}`;
    if (name === 'states.amazonaws.com lambda:Invoke') return machines;
    if (name === 'events.amazonaws.com states:StartExecution') {
      const ours = targets.filter(({ Arn }) => Arn === input.stateMachineArn);
      return [...new Set(ours.map(({ RoleArn }) => roleName(RoleArn)))];
    }
    const role = [...roles].find(([arn]) => arn.endsWith(`:${caller}`))?.[1];
    return [role ?? caller];
  };
}

/** A permission of a function. The bus does not say which rule invokes it, so we take any rule with this target. */
function permission({ Action, FunctionName, SourceArn, Principal, ...others }: JsonObject, rules: readonly Resource[]) {
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Error(`A permission of ${FunctionName} has ${unknown}, which is not known here.`);
  const statement = { effect: 'Allow', actions: words(Action), resources: words(FunctionName) } as const;
  const conditions = { ArnLike: { 'aws:SourceArn': [asString(SourceArn, 'SourceArn')] } };
  if (Principal !== 'events.amazonaws.com') return [{ ...statement, conditions }];
  const rule = rules.find(({ arn }) => arn === SourceArn);
  const isMeant = rule && targetsOf(rule).some(({ Arn }) => Arn === FunctionName);
  return isMeant ? [{ ...statement, conditions: {} }] : [];
}

function targetsOf({ properties }: Resource): JsonObject[] {
  return asList(properties.Targets, 'Targets').map((target) => asObject(target, 'a target'));
}

function statementsOf(document: unknown): Statement[] {
  return asList(asObject(document, 'a policy').Statement, 'Statement').map((each) => {
    const { Effect, Action, Resource, Condition = {}, Sid: _, ...others } = asObject(each, 'a statement');
    const unknown = Object.keys(others);
    if (unknown.length > 0) throw new Error(`A statement has ${unknown.join(', ')}, which is not known here.`);
    if (Effect !== 'Allow' && Effect !== 'Deny') throw new Error(`A statement has the effect ${Effect}.`);
    return {
      effect: Effect,
      actions: words(Action),
      resources: words(Resource),
      conditions: conditionsOf(asObject(Condition, 'Condition')),
    };
  });
}

function conditionsOf(condition: JsonObject): Statement['conditions'] {
  const operators = Object.entries(condition).map(([operator, keys]) => {
    const entries = Object.entries(asObject(keys, operator)).map(([key, wanted]) => [key, words(wanted)] as const);
    return [operator, Object.fromEntries(entries)] as const;
  });
  return Object.fromEntries(operators);
}

function words(oneOrMore: unknown): string[] {
  const all = Array.isArray(oneOrMore) ? oneOrMore : [oneOrMore];
  return all.map((word) => asString(word, 'a word of a policy'));
}
