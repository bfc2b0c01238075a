import * as z from 'zod';
import type { Endpoint } from '../transfer/endpoint.ts';

const endpointSchema = z.strictObject({
  name: z.string(),
  provider: z.string(),
  url: z.string().optional(),
  region: z.string(),
  secretArn: z.string().optional(),
  allow: z.array(z.string()),
});

const environmentSchema = z.object({
  PARTWAY_TABLE: z.string().min(1),
  PARTWAY_ENDPOINTS: z.string().transform((text) => z.array(endpointSchema).parse(JSON.parse(text))),
  /** Only where executions are begun: the others are told theirs by the state machine. */
  PARTWAY_STATE_MACHINE: z.string().optional(),
  PARTWAY_URL_POLICY: z
    .string()
    .default('{}')
    .transform((text) =>
      z
        .object({ allowHttp: z.boolean().default(false), allowPrivateAddresses: z.boolean().default(false) })
        .parse(JSON.parse(text)),
    ),
});

export type Config = {
  readonly tableName: string;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly stateMachineArn: string | undefined;
  readonly urlPolicy: { readonly allowHttp: boolean; readonly allowPrivateAddresses: boolean };
};

/** Reads the environment, once a cold start; infra/transfer-functions.ts writes it. Throws when something is missing. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environmentSchema.parse(environment);
  return {
    tableName: parsed.PARTWAY_TABLE,
    endpoints: new Map(
      parsed.PARTWAY_ENDPOINTS.map((endpoint) => [
        endpoint.name,
        { ...endpoint, url: endpoint.url, secretArn: endpoint.secretArn },
      ]),
    ),
    stateMachineArn: parsed.PARTWAY_STATE_MACHINE,
    urlPolicy: parsed.PARTWAY_URL_POLICY,
  };
}
