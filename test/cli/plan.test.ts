import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type Adoption, type AtTarget, explain } from '../../functions/transfer/views/explain.ts';
import { type ApiServer, startApiServer } from './fixture/api-server.ts';
import { runCli } from './fixture/run-cli.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.close());

type Found = { readonly atTarget?: AtTarget; readonly adoption?: Adoption };

/** The answer of the API for an object of 100 MiB, with these facts of source and target. */
function explained(found: Found, more: Partial<TransferRequestInput> = {}) {
  const [source, target] = [
    { endpoint: 'minio', bucket: 'raw', key: 'movie.mov' },
    { endpoint: 'us3', bucket: 'archive', key: 'movie.mov' },
  ];
  const facts = { bytes: 100 * MiB, etag: 'e', headers: {}, metadata: {} };
  return explain({
    request: parseRequest({ source, target, ...more }),
    source: facts,
    profile: profiles.us3,
    ...found,
  });
}

const plan = (...words: string[]) =>
  runCli(['plan', 'minio:raw/movie.mov', 'us3:archive/', ...words], { home: server.home });

describe('partway plan', () => {
  it('says what is at the target, and what will happen to it', async () => {
    const there = { bytes: 5, because: 'overwrite is "always"' };
    for (const [atTarget, words] of [
      [{ fate: 'new' }, /^ {2}target +nothing is there$/m],
      [{ fate: 'replaced', ...there }, /^ {2}target +an object of 5 B.* will be replaced$/m],
      [{ fate: 'kept', ...there }, /^ {2}target +an object of 5 B.* stays: nothing is sent$/m],
    ] as const) {
      server.play({ 'POST /plans': [{ body: explained({ atTarget }) }] });
      const { code, stdout } = await plan();
      expect([code, stdout]).toEqual([0, expect.stringMatching(words)]);
      expect(stdout.includes('Lambdas')).toBe(atTarget.fate !== 'kept');
    }
  });

  it('counts the parts that an adopted upload has already', async () => {
    const resumeFrom = { uploadId: 'u', partBytes: 8 * MiB };
    const adoption = { listed: 4, parts: 3, bytes: 24 * MiB };
    server.play({ 'POST /plans': [{ body: explained({ adoption }, { resumeFrom }) }] });
    const { stdout } = await plan('--adopt', 'u', '--part-size', '8MiB');
    expect(stdout).toMatch(/^ {2}adopted +3 parts of 13, 24 MiB; Partway does not send them again$/m);
    expect(stdout).toMatch(/^ {2}3 of 13 parts are there already; Partway sends 10: the store lists 4 parts/m);
  });

  it('prints everything as one object with --json', async () => {
    const body = explained({ atTarget: { fate: 'new' } });
    server.play({ 'POST /plans': [{ body }] });
    expect(JSON.parse((await plan('--json')).stdout)).toEqual(JSON.parse(JSON.stringify(body)));
  });

  it('understands an older stack whose plan does not look at the target', async () => {
    server.play({ 'POST /plans': [{ body: explained({}) }] });
    const { code, stdout } = await plan();
    expect([code, stdout]).toEqual([0, expect.not.stringMatching(/^ {2}target/m)]);
  });

  it('exits with 2 if the copy would be refused', async () => {
    const error = {
      name: 'TargetExists',
      message: 'us3:archive/movie.mov exists already (5 bytes).',
      next: 'Choose.',
    };
    server.play({ 'POST /plans': [{ status: 409, body: { error } }] });
    const { code, stderr } = await plan('--overwrite', 'never');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/TargetExists: .*\(5 bytes\)/)]);
  });
});
