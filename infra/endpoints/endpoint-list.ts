import { Names, Stack, Token } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { placesFor } from '../../functions/transfer/values/places.ts';
import type { EndpointProps } from './endpoints.ts';
import { bytesAtMost, type Kind } from './lengths.ts';

// The limit of a standard parameter, which costs nothing: https://docs.aws.amazon.com/general/latest/gr/ssm.html
const VALUE_BYTES_MAX = 4096;

/**
 * The endpoints as the Lambdas read them: one SSM parameter for each, below one path of this construct. There may be
 * hundreds of them (a Lambda's environment has only 4 KB), and a new endpoint changes no function.
 */
export class EndpointList extends Construct {
  /** The Lambdas get this path. An endpoint's parameter is at this path, a slash, and its name. */
  readonly path: string;

  constructor(scope: Construct, id: string, endpoints: readonly EndpointProps[]) {
    super(scope, id);
    const stack = Stack.of(this);
    // Two stacks of one app may contain the same construct path, and one stack may contain two of these constructs.
    this.path = `/partway/${stack.stackName}/${Names.uniqueResourceName(this, { maxLength: 64 })}`;
    for (const endpoint of endpoints) {
      const { secret, kmsKeyArns: _, ...facts } = endpoint;
      refuseTooLong(this, endpoint);
      new StringParameter(this, endpoint.name, {
        parameterName: `${this.path}/${endpoint.name}`,
        simpleName: false,
        stringValue: stack.toJsonString({ ...facts, ...(secret ? { secretArn: secret.secretArn } : {}) }),
        description: `An endpoint of Partway: ${stack.stackName}`,
      });
    }
  }

  /** Allows to read one endpoint by its name. */
  grantRead(grantee: IGrantable): void {
    this.grant(grantee, 'ssm:GetParameter', '/*');
  }

  /** Allows to list all endpoints. IAM checks the path as the call wrote it: docs/aws-assumptions.md. */
  grantList(grantee: IGrantable): void {
    this.grant(grantee, 'ssm:GetParametersByPath', '');
  }

  private grant(grantee: IGrantable, action: string, below: string): void {
    const resourceName = this.path.slice(1) + below;
    const resources = [Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName })];
    grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [action], resources }));
  }
}

/** Throws if Parameter Store would refuse the value once its tokens are known. */
function refuseTooLong(scope: Construct, { name, secret, ...endpoint }: EndpointProps): void {
  const as = (kind: Kind) => (text: string) =>
    Token.isUnresolved(text) ? 'x'.repeat(bytesAtMost(scope, text, kind)) : text;
  const { url, region, allow, role, kmsKeyArns: _, ...others } = endpoint;
  const places = Array.isArray(allow)
    ? allow.map(as('bucket'))
    : (['read', 'write'] as const).map((use) => [use, placesFor(endpoint, use).map(as('bucket'))]);
  const secretArn = secret && as('secretArn')(secret.secretArn);
  const value = {
    name,
    ...others,
    url: url && as('url')(url),
    region: as('region')(region),
    places,
    role: role && { ...role, arn: as('roleArn')(role.arn) },
    secretArn,
  };
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes <= VALUE_BYTES_MAX) return;
  throw new Error(
    `The endpoints cannot be accepted: "${name}" takes ${bytes} bytes of a parameter that holds ${VALUE_BYTES_MAX}; split its places over two endpoints.`,
  );
}
