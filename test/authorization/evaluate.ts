import type { Need } from './needs.ts';

type Conditions = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** A statement of a policy. It has lists where IAM also takes a single word. */
export type Statement = {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: Conditions;
};

/** One action on one resource of a statement. */
export type Right = { readonly statement: Statement; readonly action: string; readonly resource: string };

/** Whether a call is allowed. `by` has the rights that allow it, or the rights that deny it. It is empty if nothing matches. */
export type Verdict = { readonly isAllowed: boolean; readonly by: readonly Right[] };

/**
 * Decides as IAM does within one account: one statement that denies is stronger than all that allow, and a call is denied if
 * nothing allows it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(statements: readonly Statement[], need: Need): Verdict {
  const denying = rightsFor(statements, 'Deny', need);
  if (denying.length > 0) return { isAllowed: false, by: denying };
  const allowing = rightsFor(statements, 'Allow', need);
  return { isAllowed: allowing.length > 0, by: allowing };
}

function rightsFor(statements: readonly Statement[], effect: Statement['effect'], need: Need): Right[] {
  return statements
    .filter((statement) => statement.effect === effect)
    .flatMap(rightsOf)
    .filter(({ action, resource }) => nameMatches(action, need.action) && arnMatches(resource, need.resource))
    .filter(({ statement }) => conditionsHold(statement.conditions, need));
}

export function rightsOf(statement: Statement): Right[] {
  const { actions, resources } = statement;
  return actions.flatMap((action) => resources.map((resource) => ({ statement, action, resource })));
}

/** IAM ignores upper and lower case in the names of actions. */
function nameMatches(pattern: string, action: string): boolean {
  return textMatches(pattern.toLowerCase(), action.toLowerCase());
}

/**
 * A star matches no colon, except in the last part of the ARN.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
function arnMatches(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [wanted, given] = [segments(pattern), segments(arn)];
  return wanted.length === given.length && wanted.every((segment, index) => textMatches(segment, given[index] ?? ''));
}

// arn:partition:service:region:account:resource
function segments(arn: string): string[] {
  const words = arn.split(':');
  return [...words.slice(0, 5), words.slice(5).join(':')];
}

const special = /\$\{([*?$])\}|\$\{([^}]*)\}|([*?])|([^*?$]+|\$)/g;

/** `*` is any text, `?` is any character, and `${*}` is a star. Throws for a policy variable, because we use none. */
export function textMatches(pattern: string, text: string): boolean {
  const expression = pattern.replaceAll(special, (_, literal, variable, wildcard, plain) => {
    if (variable !== undefined) throw new Error(`The policy variable ${variable} is not known here.`);
    if (wildcard !== undefined) return wildcard === '*' ? '[^]*' : '[^]';
    return (literal ?? plain).replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${expression}$`).test(text);
}

function conditionsHold(conditions: Conditions, { action, context = {} }: Need): boolean {
  return Object.entries(conditions).every(([operator, keys]) => {
    const test = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (!test) throw new Error(`The condition operator ${operator} is not known here.`);
    return Object.entries(keys).every(([key, wanted]) => {
      const values = Object.hasOwn(context, key) ? context[key] : undefined;
      if (!values) throw new Error(`The condition key ${key} of ${action} is not known here.`);
      return test(values, wanted);
    });
  });
}

type Operator = (values: readonly string[], wanted: readonly string[]) => boolean;

const like: Operator = (values, wanted) =>
  values.every((value) => wanted.some((pattern) => textMatches(pattern, value)));
const one =
  (test: Operator): Operator =>
  (values, wanted) =>
    values.length === 1 && test(values, wanted);

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const operators: Readonly<Record<string, Operator>> = {
  StringEquals: one((values, wanted) => values.every((value) => wanted.includes(value))),
  ArnLike: one((values, wanted) => values.every((value) => wanted.some((pattern) => arnMatches(pattern, value)))),
  // This operator also holds for a request without any value for the key.
  'ForAllValues:StringLike': like,
};
