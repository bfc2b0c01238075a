import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** Some actions on one resource. `bytes` is the longest possible length of its ARN. */
export type Grant = { readonly resource: string; readonly bytes: number; readonly actions: readonly string[] };

// Without white space, a managed policy has at most 6,144 characters, a role at most 10 managed policies, and all
// inline policies of a role together 10,240 characters:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. So hundreds of endpoints need managed
// policies. CDK splits a role's policy too, but never a statement, and one statement may be longer than a policy.
const POLICY_BYTES_MAX = 6000;
const POLICIES_MAX = 10;
// The length of the policy's version, brackets and commas. The next number is that of one statement.
const POLICY_BYTES = 50;
const STATEMENT_BYTES = 60;

/**
 * Writes the rights into as few statements as possible, and the statements into as many policies as they need. Throws if a
 * role cannot have that many policies.
 */
export function packedIntoPolicies(grants: readonly Grant[]): PolicyStatement[][] {
  const policies: PolicyStatement[][] = [];
  let room = 0;
  for (const { actions, resources } of grouped(grants)) {
    let statement: PolicyStatement | undefined;
    const begin = STATEMENT_BYTES + JSON.stringify(actions).length;
    for (const { resource, bytes } of resources) {
      if (bytes + 3 + (statement ? 0 : begin) > room) {
        policies.push([]);
        room = POLICY_BYTES_MAX - POLICY_BYTES;
        statement = undefined;
      }
      if (!statement) {
        statement = new PolicyStatement({ actions });
        policies.at(-1)?.push(statement);
        room -= begin;
      }
      statement.addResources(resource);
      room -= bytes + 3; // in quotes, with a comma
    }
  }
  if (policies.length <= POLICIES_MAX) return policies;
  throw new Error(
    `The endpoints cannot be accepted: the rights to them take ${policies.length} IAM policies, and a role can have ${POLICIES_MAX}. Divide the endpoints between two stacks.`,
  );
}

type Group = { readonly actions: string[]; readonly resources: { resource: string; bytes: number }[] };

/** Resources with the same actions share a statement. */
function grouped(grants: readonly Grant[]): Group[] {
  const byResource = new Map<string, { bytes: number; actions: Set<string> }>();
  for (const { resource, bytes, actions } of grants) {
    const known = byResource.get(resource) ?? { bytes, actions: new Set() };
    byResource.set(resource, known);
    for (const action of actions) known.actions.add(action);
  }
  const groups = new Map<string, Group>();
  for (const [resource, { bytes, actions }] of byResource) {
    const sorted = [...actions].sort();
    const group = groups.get(sorted.join()) ?? { actions: sorted, resources: [] };
    groups.set(sorted.join(), group);
    group.resources.push({ resource, bytes });
  }
  return [...groups.values()];
}
