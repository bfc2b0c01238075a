import type {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { ObjectWrite } from '../../transfer/at-stores.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';

type Guarded = PutObjectCommand | CompleteMultipartUploadCommand;
type Creating = PutObjectCommand | CreateMultipartUploadCommand | CopyObjectCommand;

/** Adds the condition "only if nothing is there" as the provider takes it: AWS's condition, or a header of its own. */
export function guarding<C extends Guarded>({ overwriteGuard }: ProviderProfile, write: ObjectWrite, command: C): C {
  if (!write.onlyIfAbsent || overwriteGuard === 'none') return command;
  if (overwriteGuard === 'if-none-match') {
    command.input.IfNoneMatch = '*';
    return command;
  }
  const { header, value } = overwriteGuard;
  return withHeaders(command, { [header]: value });
}

/** Adds the headers that the request asks for beside those that Partway knows. */
export function withAsked<C extends Creating>({ addedHeaders }: ObjectWrite, command: C): C {
  return addedHeaders === undefined ? command : withHeaders(command, addedHeaders);
}

/**
 * The SDK has no field for these headers. Until `build` ends, a header that we add is still signed. The SDK writes its own
 * User-Agent with the same priority, and it comes before us.
 */
function withHeaders<C extends Guarded | Creating>(command: C, headers: Readonly<Record<string, string>>): C {
  (command as PutObjectCommand).middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: 'build', priority: 'low', name: `withHeaders ${Object.keys(headers).join(' ')}` },
  );
  return command;
}
