import type { Template } from 'aws-cdk-lib/assertions';
import { deployed } from './deployed.ts';

export type Statement = { Action: string[]; Resource: string[]; Condition?: unknown };
type Policy = { readonly isManaged: boolean; readonly characters: number; readonly statements: Statement[] };
export type RoleOf = { readonly policies: Policy[]; readonly statements: Statement[]; readonly actions: Set<string> };

/** The rights of a function's role, from all its policies, as they are on AWS. */
export function rolesOf(template: Template): (functionName: string) => RoleOf {
  const resources = template.toJSON().Resources;
  const roles = Object.entries(template.findResources('AWS::IAM::Role'));
  const inline = Object.values(template.findResources('AWS::IAM::Policy'));
  const policyOf = (document: unknown, isManaged: boolean): Policy => {
    const there = deployed(document, resources) as { Statement: { Action: unknown; Resource: unknown }[] };
    const statements = there.Statement.map((each) => ({
      ...each,
      Action: [each.Action].flat() as string[],
      Resource: [each.Resource].flat() as string[],
    }));
    return { isManaged, characters: JSON.stringify(there).length, statements };
  };
  return (functionName) => {
    const [id, role] = roles.find(([each]) => each.includes(`Functions${functionName.replaceAll('-', '')}role`)) ?? [];
    const managed: { Ref: string }[] = role?.Properties.ManagedPolicyArns ?? [];
    const policies = [
      ...inline
        .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === id))
        .map(({ Properties }) => policyOf(Properties.PolicyDocument, false)),
      ...managed.map(({ Ref }) => policyOf(resources[Ref].Properties.PolicyDocument, true)),
    ];
    const statements = policies.flatMap((policy) => policy.statements);
    return { policies, statements, actions: new Set(statements.flatMap(({ Action }) => Action)) };
  };
}
