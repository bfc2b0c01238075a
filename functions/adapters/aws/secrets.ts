import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { storeKeys } from '../../endpoints/keys.ts';
import { TransferError } from '../../transfer/errors.ts';
import { faultsIn } from '../../transfer/values/faults.ts';
import type { Credentials } from '../s3/client.ts';

const credentialsSchema = z.object(storeKeys);

export type Secrets = (secretArn: string) => Promise<Credentials>;

/** Reads an endpoint's key pair each time, so that a repaired or rotated secret counts at once. */
export function secretsManager(client = new SecretsManagerClient({})): Secrets {
  return async (secretArn) => {
    const text = await client.send(new GetSecretValueCommand({ SecretId: secretArn })).then(
      (answer) => answer.SecretString ?? '',
      (error) => {
        if (error?.name === 'ResourceNotFoundException')
          throw new TransferError('Refused', `There is no secret ${secretArn}.`, { cause: error });
        // Secrets Manager says why: the secret is marked for deletion, or (on a laptop) settings.json cannot be read.
        if (error?.name === 'InvalidRequestException')
          throw new TransferError('Refused', `The secret ${secretArn} cannot be read: ${error.message}`, {
            cause: error,
          });
        if (/AccessDenied|Decryption/.test(error?.name))
          throw new TransferError('Refused', `Partway may not read the secret ${secretArn}.`, { cause: error });
        throw new TransferError('Unreachable', `The secret ${secretArn} could not be read: ${error?.name}.`, {
          cause: error,
        });
      },
    );
    const value = readJson(text);
    const credentials = credentialsSchema.safeParse(value);
    if (!credentials.success) throw new TransferError('Refused', faultOf(secretArn, value, credentials.error));
    const { expiration, ...keys } = credentials.data;
    return { ...keys, ...(expiration === undefined ? {} : { expiration: new Date(expiration) }) };
  };
}

/** Names the fields. No value of the secret is shown. */
function faultOf(secretArn: string, value: unknown, error: z.ZodError): string {
  if (typeof value !== 'object' || value === null)
    return `The secret ${secretArn} is not JSON with accessKeyId and secretAccessKey.`;
  return `The secret ${secretArn} cannot be used: ${faultsIn(error, value, { whole: 'It', hidden: /./ }).join('; ')}.`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
