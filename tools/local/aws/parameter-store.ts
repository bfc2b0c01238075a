import { asString } from '../../json.ts';
import { AwsError } from '../../signed/observe.ts';
import type { Service } from '../door/door.ts';

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
const ROWS_A_PAGE_MAX = 10;

export type Parameters = () => Promise<ReadonlyMap<string, string>>;

/** SSM's Parameter Store, as far as the Lambdas use it. Its values come from the template and do not change. */
export function parameterStore(read: Parameters = async () => new Map()): Service {
  const row = (parameters: ReadonlyMap<string, string>) => (name: string) => ({
    Name: name,
    Type: 'String',
    Value: parameters.get(name),
    Version: 1,
  });
  return {
    signingName: 'ssm',
    targetPrefix: 'AmazonSSM',
    operations: {
      GetParameter: async ({ Name }) => {
        const parameters = await read();
        const name = asString(Name, 'Name');
        if (!parameters.has(name)) throw new AwsError('ParameterNotFound', `There is no parameter ${name}.`);
        return { Parameter: row(parameters)(name) };
      },
      // Without `Recursive` it lists only parameters of this level. A page begins after the last name of the page before.
      GetParametersByPath: async ({ Path, MaxResults = ROWS_A_PAGE_MAX, NextToken = '' }) => {
        const parameters = await read();
        const path = `${asString(Path, 'Path').replace(/\/$/, '')}/`;
        const isBelow = (name: string) => name.startsWith(path) && !name.slice(path.length).includes('/');
        const after = asString(NextToken, 'NextToken');
        const rest = [...parameters.keys()].filter((name) => isBelow(name) && name > after).toSorted();
        const page = rest.slice(0, Math.min(Number(MaxResults), ROWS_A_PAGE_MAX));
        return {
          Parameters: page.map(row(parameters)),
          ...(rest.length > page.length ? { NextToken: page.at(-1) } : {}),
        };
      },
    },
  };
}
