import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { costOf } from './cost.ts';
import { partway } from './partway.ts';
import type { Side } from './sides.ts';
import { bySignedUrls } from './signed.ts';
import { PART_BYTES, STREAMS, type Way } from './way.ts';

const rclone: Way = {
  name: 'rclone copyto',
  verifies: 'MD5 of each part',
  copy: ({ source, target, from, to }) => {
    const certificates = process.env.NODE_EXTRA_CA_CERTS;
    const options = [
      ...['--s3-chunk-size', '64Mi', '--s3-upload-concurrency', `${STREAMS}`, '--s3-no-check-bucket'],
      ...['--config', '/dev/null'],
      ...(certificates ? ['--ca-cert', certificates] : []),
    ];
    const places = [`source:${source.bucket}/${from}`, `target:${target.bucket}/${to}`];
    const remotes = { ...rcloneRemote('SOURCE', source), ...rcloneRemote('TARGET', target) };
    return costOf(['rclone', 'copyto', ...options, ...places], remotes);
  },
};

function rcloneRemote(name: string, { url, accessKeyId, secretAccessKey, region }: Side) {
  const fields = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: url,
    REGION: region,
    ACCESS_KEY_ID: accessKeyId,
    SECRET_ACCESS_KEY: secretAccessKey,
  };
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [`RCLONE_CONFIG_${name}_${field}`, value] as const),
  );
}

const awsCli: Way = {
  name: 'aws s3 cp | aws s3 cp',
  verifies: 'nothing of the whole',
  copy: ({ source, target, from, to, bytes }) => {
    const read = `${awsCp('SOURCE', source)} s3://${source.bucket}/${from} -`;
    const write = `${awsCp('TARGET', target)} --expected-size ${bytes} - s3://${target.bucket}/${to}`;
    return costOf(['sh', '-c', `${read} | ${write}`], keysOf({ source, target }));
  },
};

function awsCp(name: string, { url, region }: Side): string {
  return `${signs(name)} AWS_DEFAULT_REGION=${region} aws --endpoint-url ${url} s3 cp --quiet`;
}

const s5cmd: Way = {
  name: 's5cmd cat | s5cmd pipe',
  verifies: 'nothing of the whole',
  copy: ({ source, target, from, to }) => {
    const sizes = `-c ${STREAMS} -p 64`;
    const read = `${s5cmdAt('SOURCE', source)} cat ${sizes} s3://${source.bucket}/${from}`;
    const write = `${s5cmdAt('TARGET', target)} pipe ${sizes} s3://${target.bucket}/${to}`;
    return costOf(['sh', '-c', `${read} | ${write}`], keysOf({ source, target }));
  },
};

function s5cmdAt(name: string, { url, region }: Side): string {
  return `${signs(name)} AWS_REGION=${region} s5cmd --endpoint-url ${url}`;
}

function signs(name: string): string {
  return `AWS_ACCESS_KEY_ID=$${name}_KEY AWS_SECRET_ACCESS_KEY=$${name}_SECRET`;
}

function keysOf({ source, target }: { readonly source: Side; readonly target: Side }) {
  return {
    SOURCE_KEY: source.accessKeyId,
    SOURCE_SECRET: source.secretAccessKey,
    TARGET_KEY: target.accessKeyId,
    TARGET_SECRET: target.secretAccessKey,
  };
}

const libStorage: Way = {
  name: '@aws-sdk/lib-storage',
  verifies: 'nothing',
  copy: ({ source, target, from, to }) => {
    const task = { source, target, from, to, partBytes: PART_BYTES };
    return costOf([process.execPath, join(import.meta.dirname, 'lib-storage.ts')], {}, task);
  },
};

const installed: readonly (Way & { readonly program?: string; readonly from?: string })[] = [
  partway,
  { ...rclone, program: 'rclone', from: 'apt-get install rclone' },
  { ...awsCli, program: 'aws', from: 'apt-get install awscli' },
  { ...s5cmd, program: 's5cmd', from: 'https://github.com/peak/s5cmd' },
  libStorage,
  bySignedUrls('response.pipe(request)', 'pipe.ts'),
  bySignedUrls('the leanest reader', 'lean.ts'),
];

/** The programs that are installed. Says which are missing, and where they come from. */
export function ways(): readonly Way[] {
  return installed.filter(({ name, program, from }) => {
    const isHere = program === undefined || isInstalled(program);
    if (!isHere) console.log(`${name} is missing (${from}), so the run measures the rest.`);
    return isHere;
  });
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
