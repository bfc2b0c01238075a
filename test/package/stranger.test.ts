import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { installed, PACK_MS_MAX, packed, root, run as runIn } from './packed.ts';

const bin = (name: string) => join(root, 'node_modules/.bin', name);
const folder = mkdtempSync(join(tmpdir(), 'partway-stranger-'));

function run(command: string, parameters: readonly string[], cwd: string): string {
  const env = { ...process.env, CDK_VALIDATION: 'false', CDK_OUTDIR: join(cwd, 'cdk.out') };
  return runIn(command, parameters, { cwd, env });
}

// The bucket and the secret belong to the same app, so their names are known only after the deployment.
const body = `
const app = new App();
const stack = new Stack(app, 'Theirs');
const bucket = new Bucket(stack, 'Bucket');
new Partway(stack, 'Transfers', {
  endpoints: [
    { name: 'aws', provider: 'aws', region: stack.region, allow: { read: [bucket.bucketName] } },
    {
      name: 'store',
      provider: 'ceph',
      url: 'https://s3.example.org',
      region: 'us-east-1',
      allow: ['backups'],
      secret: new Secret(stack, 'Keys'),
    },
  ],
  ingest: [{ endpoint: 'aws', bucket: bucket.bucketName, into: { endpoint: 'store', bucket: 'backups' } }],
});
app.synth();
`;
const packages = [
  ['App, Stack', 'aws-cdk-lib'],
  ['Bucket', 'aws-cdk-lib/aws-s3'],
  ['Secret', 'aws-cdk-lib/aws-secretsmanager'],
  ['Partway', 'partway'],
] as const;
const esm = packages.map(([names, from]) => `import { ${names} } from '${from}';`).join('\n') + body;
const commonJs = packages.map(([names, from]) => `const { ${names} } = require('${from}');`).join('\n') + body;
const wrong = "\n// @ts-expect-error: a name is text\nnew Partway(stack, 'Wrong', { endpoints: [{ name: 1 }] });\n";

/** An empty app that installs the package. It links our own copy of CDK, because CDK is large. */
function emptyApp(name: string, type: 'module' | 'commonjs', tarball: string): string {
  const app = join(folder, name);
  expect(installed(app, tarball, { manifest: { type } })).toEqual(['partway']);
  mkdirSync(join(app, 'node_modules/@types'));
  for (const peer of ['aws-cdk-lib', 'constructs', '@types/node'])
    symlinkSync(join(root, 'node_modules', peer), join(app, 'node_modules', peer));
  return app;
}

let tarball: string;
beforeAll(async () => {
  tarball = await packed();
}, PACK_MS_MAX);

describe.each([
  ['ESM', 'module', esm, ['--module', 'nodenext', '--skipLibCheck']],
  ['CommonJS', 'commonjs', commonJs, ['--module', 'node16']],
] as const)('A CDK app of a stranger in %s', (name, type, text, options) => {
  let app: string;
  beforeAll(() => {
    app = emptyApp(name, type, tarball);
  });

  it('installs the package and synthesizes a stack with it', () => {
    writeFileSync(join(app, 'app.js'), text);
    run(process.execPath, ['app.js'], app);
    const template = JSON.parse(readFileSync(join(app, 'cdk.out', 'Theirs.template.json'), 'utf8'));
    const resources = Object.values<{ Type: string }>(template.Resources);
    expect(resources.filter(({ Type }) => Type === 'AWS::SSM::Parameter')).toHaveLength(2);
    expect(resources.filter(({ Type }) => Type === 'AWS::Lambda::Function')).toHaveLength(12);
    expect(readdirSync(join(app, 'cdk.out')).filter((entry) => entry.startsWith('asset.'))).not.toEqual([]);
  });

  it('gets the types of the construct from the package', () => {
    writeFileSync(join(app, 'app.ts'), esm + wrong);
    expect(run(bin('tsc'), ['--noEmit', '--strict', '--types', 'node', ...options, 'app.ts'], app)).toBe('');
  });
});

const inNode = `
import { localApi, PartwayError, type UploadProgress, uploadFile, uploadStream } from 'partway/client';
const target = { endpoint: 'b', bucket: 'data', key: 'x' };
const onProgress = ({ bytesDone, bytesTotal, seconds }: UploadProgress) => console.log(bytesDone, bytesTotal, seconds);
try {
  const view = await uploadFile({ api: localApi('.'), source: './x', target, metadata: { a: 'b' }, onProgress });
  const sum: string | undefined = view.receipt?.crc32;
  await uploadStream({ api: localApi('.'), source: process.stdin, target, name: sum });
} catch (error) {
  if (error instanceof PartwayError && error.remedy === 'retry') console.log(error.next);
}
// @ts-expect-error: a source is no number
await uploadFile({ api: localApi('.'), source: 1, target });
// @ts-expect-error: there is no such field
await uploadFile({ api: localApi('.'), source: './x', target, partSize: 5 });
`;
const inAPage = `
import { bearer, uploadFile } from 'partway/client';
const target = { endpoint: 'b', bucket: 'data', key: 'x' };
const api = { url: 'https://api.example', auth: bearer('token') };
document.title = (await uploadFile({ api, source: new Blob(['x']), target })).state;
// @ts-expect-error: a page has no paths
await uploadFile({ api, source: './x', target });
`;

describe('A program of a stranger with partway/client', () => {
  let app: string;
  beforeAll(() => {
    app = emptyApp('client', 'module', tarball);
  });

  it.each([
    ['Node', inNode, ['--module', 'nodenext', '--types', 'node']],
    ['a page', inAPage, ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom', '--types', '']],
  ])('compiles in %s without other types, and the compiler refuses wrong calls', (_name, text, options) => {
    writeFileSync(join(app, 'program.ts'), text);
    expect(run(bin('tsc'), ['--noEmit', '--strict', '--target', 'es2022', ...options, 'program.ts'], app)).toBe('');
  });

  it.each([
    ['loads', 'module.mjs', "import { uploadFile } from 'partway/client'; console.log(typeof uploadFile);"],
    ['requires', 'common.cjs', "console.log(typeof require('partway/client').uploadFile);"],
  ])('%s it', (_how, file, text) => {
    writeFileSync(join(app, file), text);
    expect(run(process.execPath, [file], app)).toBe('function\n');
  });
});
