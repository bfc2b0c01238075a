import { asList, asString, isObject, type JsonObject } from '../../json.ts';
import { arnOf, physicalAttribute, physicalName, physicalRef, place } from './physical.ts';
import type { Resource, Template } from './template.ts';

/** Replaces every intrinsic function in a value of the template. Throws on an unknown one. */
export type Resolve = (value: unknown) => unknown;

/** The value of Ref for `AWS::NoValue`. CloudFormation leaves out a property with this value, and so do we. */
const NO_VALUE = undefined;

export function intrinsicsOf(template: Template): Resolve {
  const resolve: Resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve).filter((each) => each !== NO_VALUE);
    if (!isObject(value)) return value;
    const [only, ...others] = Object.keys(value);
    if (only !== undefined && others.length === 0) {
      const intrinsic = intrinsics[only];
      if (intrinsic) return intrinsic(value[only], template, resolve);
      if (only.startsWith('Fn::') || only === 'Condition')
        throw new Error(`the intrinsic function ${only} is not known here`);
    }
    const entries = Object.entries(value).map(([key, each]) => [key, resolve(each)] as const);
    return Object.fromEntries(entries.filter(([, each]) => each !== NO_VALUE));
  };
  return resolve;
}

type Intrinsic = (argument: unknown, template: Template, resolve: Resolve) => unknown;

const intrinsics: { readonly [name: string]: Intrinsic } = {
  Ref: (argument, template, resolve) => reference(asString(argument, 'Ref'), template, resolve),
  'Fn::GetAtt': (argument, template, resolve) => {
    const [logicalId, ...path] = typeof argument === 'string' ? argument.split('.') : asList(argument, 'Fn::GetAtt');
    const resource = resourceOf(template, asString(logicalId, 'Fn::GetAtt'));
    return physicalAttribute(resource, physicalName(resource, resolve), path.join('.'));
  },
  'Fn::Join': (argument, _template, resolve) => {
    const [separator, parts] = asList(argument, 'Fn::Join');
    return asList(resolve(parts), 'Fn::Join').join(asString(separator, 'Fn::Join'));
  },
  'Fn::Select': (argument, _template, resolve) => {
    const [index, list] = asList(argument, 'Fn::Select');
    return asList(resolve(list), 'Fn::Select')[Number(index)];
  },
  'Fn::Split': (argument, _template, resolve) => {
    const [separator, text] = asList(argument, 'Fn::Split');
    return asString(resolve(text), 'Fn::Split').split(asString(separator, 'Fn::Split'));
  },
  'Fn::Sub': (argument, _template, resolve) => substitute(argument, resolve),
  'Fn::FindInMap': (argument, template, resolve) => {
    const path = asList(resolve(argument), 'Fn::FindInMap');
    const found = path.reduce((map: unknown, key) => (isObject(map) ? map[String(key)] : undefined), template.mappings);
    if (found === undefined) throw new Error(`Fn::FindInMap: the template has no ${path.join('.')}`);
    return found;
  },
};

function substitute(argument: unknown, resolve: Resolve): string {
  const [text, given] = Array.isArray(argument) ? argument : [argument, {}];
  const variables: JsonObject = isObject(given) ? given : {};
  // `${!Literal}` is CloudFormation's way to write `${Literal}`.
  return asString(text, 'Fn::Sub')
    .replace(/\$\{([^!}][^}]*)\}/g, (_, key: string) => {
      if (key in variables) return String(resolve(variables[key]));
      return String(resolve(key.includes('.') ? { 'Fn::GetAtt': key } : { Ref: key }));
    })
    .replace(/\$\{!/g, '$${');
}

function reference(id: string, template: Template, resolve: Resolve): unknown {
  if (id === 'AWS::NoValue') return NO_VALUE;
  const pseudo = pseudoParameters(template.stackName)[id];
  if (pseudo !== undefined) return pseudo;
  const parameter = template.parameters[id];
  if (isObject(parameter)) return parameter.Default ?? '';
  const resource = resourceOf(template, id);
  return physicalRef(resource, physicalName(resource, resolve));
}

function pseudoParameters(stackName: string): { readonly [id: string]: string | undefined } {
  return {
    'AWS::AccountId': place.account,
    'AWS::Region': place.region,
    'AWS::Partition': place.partition,
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': arnOf('cloudformation', `stack/${stackName}/local`),
  };
}

function resourceOf(template: Template, logicalId: string): Resource {
  const resource = template.resources.get(logicalId);
  if (!resource) throw new Error(`the template names ${logicalId}, but has no such resource or parameter`);
  return resource;
}
