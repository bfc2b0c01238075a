import type { CompleteMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { ObjectWrite } from '../../transfer/at-stores.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';

type Guarded = PutObjectCommand | CompleteMultipartUploadCommand;

/** Adds the condition "only if nothing is there" as the provider takes it: AWS's condition, or a header of its own. */
export function guarding<C extends Guarded>({ overwriteGuard }: ProviderProfile, write: ObjectWrite, command: C): C {
  if (!write.onlyIfAbsent || overwriteGuard === 'none') return command;
  if (overwriteGuard === 'if-none-match') {
    command.input.IfNoneMatch = '*';
    return command;
  }
  // The SDK has no field for this header. Until `build` ends, a header that we add is still signed.
  const { header, value } = overwriteGuard;
  (command as PutObjectCommand).middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers[header] = value;
      return next(args);
    },
    { step: 'build', name: 'overwriteGuard' },
  );
  return command;
}
