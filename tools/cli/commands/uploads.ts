import type { Command } from 'commander';
import { type ExitCode, exitCodes, invalid } from '../failure/failure.ts';
import { oneLine } from '../options/units.ts';
import { uploadsText } from '../text/tables.ts';
import { helpText, type Run } from './command.ts';
import type { Session } from './session.ts';

type UploadsOptions = { readonly keyMarker?: string; readonly uploadIdMarker?: string; readonly abort?: string };
type Place = { readonly endpoint: string; readonly bucket: string; readonly key: string };

export function addUploads(program: Command, run: Run): void {
  const uploads = program.command('uploads').description('list uploads in progress at a store, or abort one by its id');
  uploads.argument('<place>', 'endpoint:bucket or endpoint:bucket/prefix; with --abort endpoint:bucket/key');
  uploads
    .option('--key-marker <key>', 'list only uploads after this key')
    .option('--upload-id-marker <id>', 'with --key-marker: also list uploads of that key after this one');
  uploads.option('--abort <uploadId>', 'abort this upload');
  uploads.addHelpText(
    'after',
    helpText('partway uploads us3:archive/films/', 'partway uploads us3:archive/films/movie.mov --abort 2~x8…'),
  );
  uploads.action((place: string, options: UploadsOptions, command: Command) =>
    run(command, (session) => showUploads(session, parsePlace(place), options)),
  );
}

async function showUploads(
  session: Session,
  { endpoint, bucket, key }: Place,
  { abort, ...markers }: UploadsOptions,
): Promise<ExitCode> {
  if (abort !== undefined) {
    if (key === '') throw invalid('--abort needs the whole key of the upload: endpoint:bucket/key.');
    await session.client.abortUpload({ endpoint, bucket, key, uploadId: abort });
    session.result({ aborted: abort }, () => `Aborted ${oneLine(`${abort} of ${endpoint}:${bucket}/${key}`)}.\n`);
    return exitCodes.done;
  }
  const page = await session.client.uploads({ endpoint, bucket, prefix: key, ...markers });
  session.result(page, (columns) => uploadsText(page, columns));
  return exitCodes.done;
}

function parsePlace(text: string): Place {
  const [, endpoint = '', bucket = '', key = ''] = /^([A-Za-z][A-Za-z0-9-]*):([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  if (endpoint === '') throw invalid(`"${text}" is no place. A place is endpoint:bucket or endpoint:bucket/prefix.`);
  return { endpoint, bucket, key };
}
