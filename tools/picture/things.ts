import type { Resource } from '../local/template/template.ts';
import type { Thing } from './deployment.ts';
import { textOf } from './references.ts';

type Endpoint = {
  readonly name: string;
  readonly provider: string;
  readonly url?: string;
  readonly region: string;
  readonly allow: readonly string[] | Readonly<Record<string, readonly string[]>>;
  readonly secretArn?: string;
};

/** The endpoints that the stack was given, and the stores behind them. */
export type EndpointThings = {
  readonly all: readonly Thing[];
  /** The list of endpoints, if an ARN of Parameter Store names its parameters or the path above them. */
  endpointsBelow(arn: string): string[];
  /** The stores that a bucket's ARN allows a role to use. */
  storesAt(arn: string): string[];
  /** The stores that the keys in a secret belong to. */
  storesBy(secretName: string): string[];
};

export function endpointThings(parameters: readonly Resource[]): EndpointThings {
  const endpoints: Endpoint[] = parameters.map(({ properties }) => JSON.parse(textOf(properties.Value)));
  const names = parameters.map(({ properties }) => textOf(properties.Name));
  const idsOf = (chosen: readonly Endpoint[]) => chosen.map(({ name }) => `store:${name}`);
  const list: Thing = {
    id: 'endpoints',
    kind: 'endpoints',
    title: 'Endpoints',
    lines: [`Parameter Store: ${endpoints.map(({ name }) => name).join(', ')}`],
    isOwned: true,
  };
  return {
    all: [list, ...endpoints.map(storeOf)],
    endpointsBelow: (arn) => {
      const path = /:parameter(\/.+?)(?:\/\*)?$/.exec(arn)?.[1];
      return names.some((name) => name.startsWith(`${path}/`)) ? [list.id] : [];
    },
    storesAt: (arn) => {
      const bucket = /:s3:::([^/]+)/.exec(arn)?.[1];
      const withRole = endpoints.filter(({ secretArn }) => secretArn === undefined);
      return idsOf(withRole.filter((endpoint) => placesOf(endpoint).some((place) => place.split('/')[0] === bucket)));
    },
    storesBy: (secretName) =>
      idsOf(endpoints.filter(({ secretArn }) => secretArn && secretNameOf(secretArn) === secretName)),
  };
}

function storeOf(endpoint: Endpoint): Thing {
  const { name, provider, url, region } = endpoint;
  return {
    id: `store:${name}`,
    kind: 'store',
    title: `Store “${name}”`,
    lines: [`${provider}, ${url === undefined ? region : new URL(url).host}`, usesOf(endpoint)],
    isOwned: false,
  };
}

function usesOf({ allow }: Endpoint): string {
  if (isList(allow)) return `${allow.join(', ')}: read, write`;
  return Object.entries(allow)
    .map(([use, places]) => `${places.join(', ')}: ${use}`)
    .join('; ');
}

function isList(allow: Endpoint['allow']): allow is readonly string[] {
  return Array.isArray(allow);
}

function placesOf({ allow }: Endpoint): readonly string[] {
  return [...new Set(Object.values(allow).flat())];
}

export function tableThing({ logicalId, properties }: Resource): Thing {
  const days = properties.TimeToLiveSpecification ? 'its rows expire' : 'its rows stay';
  return { id: logicalId, kind: 'table', title: 'Checkpoint table', lines: [`DynamoDB; ${days}`], isOwned: true };
}

/** A thing that only the rights of functions name: a secret, or an event bus. */
export function foreignThing(id: string): Thing | undefined {
  const [kind, ...rest] = id.split(':');
  const name = rest.join(':');
  if (kind === 'secret')
    return { id, kind, title: 'Keys of a store', lines: ['Secrets Manager', name], isOwned: false };
  if (kind === 'bus') return { id, kind, title: 'Event bus', lines: ['EventBridge', name], isOwned: false };
  return undefined;
}

/** Secrets Manager puts a hyphen and six characters after a secret's name. Policies write question marks for them. */
export function secretNameOf(arn: string): string {
  return arn.replace(/^.*:secret:/, '').replace(/-\?{6}$/, '');
}
