import {
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { TransferError } from '../../transfer/errors.ts';
import type { Credentials } from '../s3/client.ts';

const credentialsSchema = z.object({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  /** When the credentials expire, if that is known. We read them again five minutes before. */
  expiration: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

export type Secrets = (secretArn: string) => Promise<Credentials>;

/** Reads an endpoint's key pair each time, so that a repaired or rotated secret counts at once. */
export function secretsManager(client = new SecretsManagerClient({})): Secrets {
  return async (secretArn) => {
    const text = await client.send(new GetSecretValueCommand({ SecretId: secretArn })).then(
      (answer) => answer.SecretString ?? '',
      (error) => {
        if (error instanceof ResourceNotFoundException)
          throw new TransferError('Refused', `There is no secret ${secretArn}.`, { cause: error });
        // Secrets Manager says why: the secret is marked for deletion, or (on a laptop) settings.json cannot be read.
        if (error instanceof InvalidRequestException)
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
    const credentials = credentialsSchema.safeParse(readJson(text));
    if (credentials.success) return credentials.data;
    // The value of the secret must not be shown, so our message contains neither its text nor zod's message, which may
    // quote it.
    throw new TransferError(
      'Refused',
      `The secret ${secretArn} is not JSON with accessKeyId and secretAccessKey, or a field of it is wrong.`,
    );
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
