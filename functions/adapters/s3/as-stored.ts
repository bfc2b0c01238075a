import type { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';

/**
 * Asks for the bytes as they are stored. Google Cloud Storage and Cloudflare R2 unpack objects that are stored as gzip,
 * unless the request accepts gzip: https://cloud.google.com/storage/docs/transcoding. The unpacked bytes have no length
 * and no ranges. The header is added after the signature, because Google's servers change it on its way.
 */
export function asStored<Command extends GetObjectCommand | HeadObjectCommand>(command: Command): Command {
  const stack: Pick<GetObjectCommand['middlewareStack'], 'add'> = command.middlewareStack;
  stack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['accept-encoding'] = 'gzip';
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'asStored' },
  );
  return command;
}
