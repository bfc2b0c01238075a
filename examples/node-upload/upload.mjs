/**
 * `node upload.mjs ./disk.img b:backups/disk.img`: uploads a file, and shows how far it is. Ctrl-C stops it; the same command
 * goes on. It asks the stack on this computer (`partway serve`), or a deployed one that PARTWAY_API and AWS_REGION name.
 */
import { iam, localApi, PartwayError, uploadFile } from 'partway/client';

const [source, target] = process.argv.slice(2);
const [, endpoint, bucket, key] = /^([^:]+):([^/]+)\/(.+)$/.exec(target ?? '') ?? [];
if (!source || !key) throw new Error('Usage: node upload.mjs <file> <endpoint>:<bucket>/<key>');

const { PARTWAY_API, PARTWAY_HOME = '.partway', AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
const api = PARTWAY_API ? { url: PARTWAY_API, auth: iam({ region: AWS_REGION, credentials }) } : localApi(PARTWAY_HOME);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  const { state, receipt, failure } = await uploadFile({
    api,
    source,
    target: { endpoint, bucket, key },
    signal: stop.signal,
    onStarted: ({ transferId, target }) => console.log(`Transfer ${transferId} to ${target}`),
    onProgress: ({ bytesDone, bytesTotal, seconds }) =>
      console.log(`${bytesDone} of ${bytesTotal} bytes after ${seconds.toFixed(1)} s`),
    onTrouble: (sentence) => console.log(sentence),
  });
  console.log(
    state,
    receipt ? `CRC32 ${receipt.crc32}. Proven: ${receipt.proofs.join('; ')}` : (failure?.message ?? ''),
  );
  if (state !== 'copied') process.exitCode = 1;
} catch (error) {
  if (stop.signal.aborted) {
    console.log('Stopped. The same command goes on.');
    process.exitCode = 130;
  } else if (error instanceof PartwayError) {
    console.log(`${error.name}: ${error.message}\nWhat to do: ${error.next}`);
    process.exitCode = 1;
  } else throw error;
}
