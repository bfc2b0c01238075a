import * as z from 'zod';

const environmentSchema = z.object({
  PARTWAY_TABLE: z.string().min(1),
  /** The path in Parameter Store below which each endpoint has a parameter. */
  PARTWAY_ENDPOINTS: z.string().min(1),
  /**
   * Only functions that start executions have it. The other functions get the ARN of their execution from the state
   * machine.
   */
  PARTWAY_STATE_MACHINE: z.string().optional(),
  /** The memory of the Lambdas that copy. */
  PARTWAY_COPYING_MIB: z.coerce.number().int().positive().optional(),
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
  readonly endpointsPath: string;
  readonly stateMachineArn: string | undefined;
  readonly copyingMiB?: number | undefined;
  readonly urlPolicy: { readonly allowHttp: boolean; readonly allowPrivateAddresses: boolean };
};

/**
 * Reads the environment once for each cold start. infra/transfer-functions.ts writes it. Throws if something is
 * missing.
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const parsed = environmentSchema.parse(environment);
  return {
    tableName: parsed.PARTWAY_TABLE,
    endpointsPath: parsed.PARTWAY_ENDPOINTS,
    stateMachineArn: parsed.PARTWAY_STATE_MACHINE,
    copyingMiB: parsed.PARTWAY_COPYING_MIB,
    urlPolicy: parsed.PARTWAY_URL_POLICY,
  };
}
