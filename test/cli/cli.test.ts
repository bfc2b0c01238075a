import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './fixture/api-server.ts';
import { bin, type RunOptions, runCli } from './fixture/run-cli.ts';
import { accepted, copied, failed, progressAt, transferId, view } from './fixture/views.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.close());

const route = `/transfers/${transferId}`;
const copyWords = ['copy', 'minio:raw/movie.mov', 'us3:archive/'];
const run = (words: readonly string[], options: RunOptions = {}) => runCli(words, { home: server.home, ...options });
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const starts = { 'POST /transfers': [{ status: 202, body: accepted }] };
const copies = { ...starts, [`GET ${route}`]: [{ body: view({ progress: progressAt(5) }) }, { body: copied }] };

describe('partway copy', () => {
  it('waits until the object is copied, prints the receipt and exits with 0', async () => {
    server.play(copies);
    const { code, stdout, stderr } = await run(copyWords);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Copied minio:raw/movie.mov to us3:archive/movie.mov')]);
    expect(stderr).toMatch(/40%, 40 MiB of 100 MiB/);
    expect(stderr).not.toContain('\x1b');
  });

  it('prints NDJSON with --json, and its last line is the final view', async () => {
    server.play(copies);
    const { code, stdout } = await run([...copyWords, '--json']);
    expect([code, lines(stdout).map(({ event }) => event)]).toEqual([0, ['progress', 'progress', 'ended']]);
    expect(lines(stdout).at(-1)).toMatchObject({ transferId, state: 'copied', receipt: { crc32: '8a9136aa' } });
  });

  it('prints no progress with --quiet', async () => {
    server.play(copies);
    const { stdout, stderr } = await run([...copyWords, '--quiet']);
    expect([stdout, stderr]).toEqual([expect.stringContaining('Copied'), '']);
  });

  it('prints the id and returns with --detach', async () => {
    server.play(starts);
    expect(await run([...copyWords, '--detach'])).toEqual({ code: 0, stdout: `${transferId}\n`, stderr: '' });
  });

  it('exits with 1 if the transfer fails, and says how to continue', async () => {
    server.play({ ...starts, [`GET ${route}`]: [{ body: failed }] });
    const { code, stderr } = await run(copyWords);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Refused: AccessDenied: no.')]);
    expect(stderr).toContain(`To continue: partway resume ${transferId}`);
  });

  it('exits with 2 if the transfer was refused before a byte moved', async () => {
    const failure = { name: 'SourceMissing', message: 'There is no such key.', next: 'Check the key.' };
    server.play({ ...starts, [`GET ${route}`]: [{ body: { ...failed, failure, refused: true } }] });
    const { code, stderr } = await run(copyWords);
    expect([code, stderr]).toEqual([2, expect.stringContaining('What to do: Check the key.')]);
    expect(stderr).toContain('was refused. It began nothing.');
    expect(stderr).not.toContain('partway resume');
  });

  it('exits with 1 if it was refused in its middle, and says how to go on with it and how to end it', async () => {
    const failure = { name: 'TargetExists', message: 'us3:archive/movie.mov exists.', next: 'Choose another key.' };
    server.play({ ...starts, [`GET ${route}`]: [{ body: { ...failed, failure } }] });
    const { code, stderr } = await run(copyWords);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`To continue: partway resume ${transferId}\n`)]);
    expect(stderr).toContain(`To ask in another way, end it first: partway abort ${transferId}\n`);
  });

  it.each([
    ['2 if the push was refused before it had an upload', { state: 'aborted', refused: true }, 2],
    ['1 if it had sent parts', { state: 'pushing' }, 1],
  ] as const)('exits with %s', async (_, now, expected) => {
    const pushing = view({
      state: 'pushing',
      push: { name: 'package.json', signsCrc32: false, signsMd5: false, etagIsMd5: false, modifiedMs: undefined },
    });
    const error = { name: 'Ended', message: 'It is over.', next: 'Nothing.' };
    server.play({
      'POST /transfers': [{ status: 202, body: pushing }],
      [`GET ${route}/parts`]: [{ body: { parts: [] } }],
      [`POST ${route}/urls`]: [{ status: 409, body: { error } }],
      [`GET ${route}`]: [{ body: { ...pushing, ...now } }],
    });
    const { code, stderr } = await run(['copy', './package.json', 'us3:archive/']);
    expect([code, stderr]).toEqual([expected, expect.stringContaining('Ended: It is over.')]);
  });

  it('exits with 2 if the API refuses the request', async () => {
    const error = { name: 'NotAllowed', message: 'Endpoint "us3" may not touch it.', next: 'Add the bucket.' };
    server.play({ 'POST /transfers': [{ status: 403, body: { error } }] });
    const { code, stdout, stderr } = await run([...copyWords, '--json']);
    expect([code, stderr]).toEqual([2, `NotAllowed: ${error.message}\nWhat to do: ${error.next}\n`]);
    expect(lines(stdout)).toEqual([{ event: 'error', error }]);
  });

  it.each([
    ['./nothing', 'SourceMissing: There is no file ./nothing.'],
    ['./test', 'InvalidRequest: ./test is a directory, and only files and streams can be pushed.'],
  ])('refuses the file %s by name, before it asks the API', async (path, said) => {
    const heard = server.heard.length;
    const { code, stderr } = await run(['copy', path, 'us3:archive/x']);
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(server.heard).toHaveLength(heard);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves the transfer running on %s, and says how to find it',
    async (signal) => {
      server.play({ ...starts, [`GET ${route}`]: [{ body: view({ progress: progressAt(5) }) }] });
      const { code, stderr } = await run(copyWords, { signalAt: { text: '40%', signal } });
      expect(code).toBe(130);
      expect(stderr).toContain(`partway status ${transferId} --watch\n`);
      expect(stderr).toContain(`partway abort ${transferId}\n`);
      expect(server.heard.some(({ method }) => method === 'DELETE')).toBe(false);
    },
  );
});

describe('the other commands', () => {
  it('status shows a transfer, and exits with 0 even if that has failed', async () => {
    server.play({ [`GET ${route}`]: [{ body: failed }] });
    const { code, stdout } = await run(['status', transferId]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/state +failed.*Refused: AccessDenied/s)]);
  });

  it('status --json prints the view of the API', async () => {
    server.play({ [`GET ${route}`]: [{ body: copied }] });
    const { stdout } = await run(['status', transferId, '--json']);
    expect(lines(stdout)).toEqual([JSON.parse(JSON.stringify(copied))]);
  });

  it('status --watch runs until the transfer ends', async () => {
    server.play({ [`GET ${route}`]: [{ body: view() }, { body: { ...failed, state: 'aborted' } }] });
    const { code, stderr } = await run(['status', transferId, '--watch']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('was aborted')]);
  });

  it('list shows one page, and says how to get the next', async () => {
    server.play({ 'GET /transfers': [{ body: { transfers: [copied, failed], after: 'token' } }] });
    const { code, stdout, stderr } = await run(['list', '--limit', '2', '--after', 'x']);
    expect([code, stdout.split('\n').length, server.heard[0]?.url]).toEqual([0, 4, '/transfers?limit=2&after=x']);
    expect(stderr).toBe('More: partway list --after token\n');
  });

  it('parts lists the parts that are safe at the target', async () => {
    const part = { partNumber: 1, bytes: 8_388_608, etag: 'e1', crc32: 255, round: 1 };
    server.play({ [`GET ${route}/parts`]: [{ body: { parts: [part], after: 1 } }] });
    const { stdout, stderr } = await run(['parts', transferId]);
    expect([stdout, stderr]).toEqual([
      expect.stringMatching(/1 +8 MiB +000000ff +e1/),
      `More: partway parts ${transferId} --after 1\n`,
    ]);
  });

  it('sweep --report shows all pages of the report of the latest sweep', async () => {
    const orphan = { endpoint: 'us3', bucket: 'archive', key: 'k', uploadId: '2~x8', initiatedAtMs: 0 };
    const report = {
      sweepId: '20261126T030000000Z-1f3a',
      dryRun: false,
      transfersLookedAt: 1200,
      uploadsLookedAt: 3,
      startedAt: '2026-11-26T03:00:00.000Z',
      finishedAt: '2026-11-26T03:00:09.000Z',
      counts: { givenUp: 1, settled: 0, orphan: 2, skipped: 0, notLookedAt: 1 },
    };
    const first = [
      { outcome: 'givenUp', transferId, target: 'us3:archive/movie.mov' },
      { outcome: 'orphan', ...orphan, aborted: true },
    ];
    const second = [
      { outcome: 'orphan', ...orphan, aborted: false },
      { outcome: 'notLookedAt', what: 'us3:raw/', why: 'The sweep had no more time.' },
    ];
    const pages = {
      'GET /sweeps/latest': [{ body: { ...report, rows: first, after: 1 } }],
      [`GET /sweeps/${report.sweepId}`]: [{ body: { ...report, rows: second } }],
    };
    server.play(pages);
    const { code, stdout } = await run(['sweep', '--report']);
    expect([code, server.heard[1]?.url]).toEqual([0, `/sweeps/${report.sweepId}?after=1`]);
    for (const line of [
      /began \(UTC\) +2026-11-26 03:00:00\n/,
      /looked at +1,200 transfers, 3 open uploads\n/,
      /orphans +2 uploads, 1 aborted\n/,
      /not looked at +1; the next sweep begins there\n/,
      /given up +4f0c\S+ +us3:archive\/movie\.mov\n/,
      /aborted +2~x8 +begun 1970-01-01, us3:archive\/k\n/,
      /orphan +2~x8 +begun/,
      /not looked at +us3:raw\/ +The sweep had no more time\.\n/,
    ])
      expect(stdout).toMatch(line);
    server.play(pages);
    const { stdout: json } = await run(['sweep', '--report', '--json']);
    expect(lines(json)).toEqual([{ ...report, rows: [...first, ...second] }]);
  });

  it('sweep --report <id> shows the report of that sweep, also if the sweep still runs', async () => {
    const counts = { givenUp: 0, settled: 0, orphan: 0, skipped: 0, notLookedAt: 0 };
    const facts = { sweepId: 's1', dryRun: true, transfersLookedAt: 0, uploadsLookedAt: 0, counts, rows: [] };
    server.play({ 'GET /sweeps/s1': [{ body: { ...facts, startedAt: '2026-11-26T03:00:00.000Z' } }] });
    const { stdout } = await run(['sweep', '--report', 's1']);
    expect(stdout).toMatch(/s1, a rehearsal: nothing was changed\n.*ended \(UTC\) +not yet/s);
  });

  it('sweep without --report starts nothing, and says what the command is for', async () => {
    server.play({});
    const { code, stderr } = await run(['sweep']);
    expect([code, server.heard]).toEqual([2, []]);
    expect(stderr).toMatch(/runs by itself once a day.*partway sweep --report/s);
  });

  it('resume continues the transfer, and ignores the old failure', async () => {
    const described = [{ body: failed }, { body: failed }, { body: view() }, { body: copied }];
    server.play({ [`GET ${route}`]: described, [`POST ${route}/resume`]: [{ status: 202, body: failed }] });
    const { code, stderr } = await run(['resume', transferId]);
    expect([code, stderr]).toEqual([0, expect.stringContaining('5 of 13 parts are there already')]);
  });

  it('abort waits until the transfer is aborted', async () => {
    const described = [{ body: view() }, { body: view() }, { body: { ...view(), state: 'aborted' } }];
    server.play({ [`GET ${route}`]: described, [`DELETE ${route}`]: [{ status: 202, body: view() }] });
    const { code, stdout } = await run(['abort', transferId]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${transferId} is aborted`)]);
  });

  it('abort waits until the state is aborted, also if an old failure or Stopped is shown before', async () => {
    const asked = { ...failed, updatedAt: '2026-11-20T10:00:02.000Z' };
    const stopped = {
      ...failed,
      updatedAt: '2026-11-20T10:00:03.000Z',
      failure: { ...failed.failure, name: 'Stopped' },
    };
    const described = [{ body: asked }, { body: stopped }, { body: view() }, { body: { ...failed, state: 'aborted' } }];
    server.play({ [`GET ${route}`]: described, [`DELETE ${route}`]: [{ status: 202, body: asked }] });
    expect(await run(['abort', transferId])).toMatchObject({ code: 0, stdout: expect.stringContaining('is aborted') });
  });

  it('abort of a copied transfer changes nothing, and says where the object is', async () => {
    const message = `Transfer ${transferId} is copied: there is nothing to abort, and the object at us3:archive/movie.mov stays.`;
    const ended = { error: { name: 'Ended', message, next: 'Nothing is left to do.' } };
    server.play({ [`DELETE ${route}`]: [{ status: 409, body: ended }] });
    const { code, stdout, stderr } = await run(['abort', transferId, '--json']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^Ended: .* is copied: .* us3:archive\/movie.mov stays/)]);
    expect(lines(stdout)).toMatchObject([{ event: 'error', error: { name: 'Ended' } }]);
  });

  it('abort of an aborted transfer, and resume of a copied one, say that it is done already', async () => {
    server.play({
      [`DELETE ${route}`]: [{ status: 202, body: { ...failed, state: 'aborted' } }],
      [`GET ${route}`]: [{ body: copied }],
    });
    expect(await run(['abort', transferId])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('was aborted already'),
    });
    expect(await run(['resume', transferId])).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('is copied. There is nothing to resume: the object is at us3:archive/movie.mov'),
    });
    expect(server.heard.map(({ method }) => method)).toEqual(['DELETE', 'GET']);
  });

  it('pause of a failed transfer does not say that it was paused', async () => {
    server.play({ [`GET ${route}`]: [{ body: failed }], [`POST ${route}/pause`]: [{ status: 202, body: failed }] });
    const { code, stdout, stderr } = await run(['pause', transferId]);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/failed\.\nRefused: .*partway resume/s)]);
  });

  it('pause says which bytes are in flight, which it throws away, and at the end what it threw away', async () => {
    const progress = { ...view().progress, bytesInFlight: 300 * 1024, bytesTooSlow: 100 * 1024 };
    const pausing = { ...view(), progress, pausesBy: '2026-11-27T12:00:00.000Z' };
    const paused = { ...view(), state: 'paused', progress: { ...progress, bytesInFlight: 0, bytesLost: 100 * 1024 } };
    server.play({ [`POST ${route}/pause`]: [{ status: 202, body: pausing }], [`GET ${route}`]: [{ body: paused }] });
    const { code, stdout, stderr } = await run(['pause', transferId]);
    expect(code).toBe(0);
    expect(stderr).toContain('300 KiB are in flight. Partway finishes these parts first, for a minute at most.');
    expect(stderr).toContain('100 KiB of them belong to parts that need longer. Partway throws these away');
    expect(stdout).toContain('100 KiB of unfinished parts were thrown away. To continue: partway resume');
  });

  it('resume changes the bandwidth, also to none, and refuses words that are no bandwidth', async () => {
    for (const [word, bytes] of [
      ['50MiB', 50 * 1024 * 1024],
      ['2MB/s', 2_000_000],
      ['off', null],
    ] as const) {
      server.play({ [`GET ${route}`]: [{ body: view() }], [`POST ${route}/resume`]: [{ status: 202, body: view() }] });
      await run(['resume', transferId, '--detach', '--bandwidth', word]);
      expect(JSON.parse(server.heard.at(-1)!.body)).toEqual({ bandwidthBytesPerSecond: bytes });
    }
    const { code, stderr } = await run(['resume', transferId, '--bandwidth', 'fast']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('write a bandwidth as 50MiB, 1.5GiB, 100MB')]);
  });

  it('an empty id, "." and ".." are refused as NotFound, because a URL would drop them', async () => {
    server.play({ 'GET /transfers': [{ body: { transfers: [] } }] });
    for (const id of ['', '.', '..']) {
      const { code, stderr } = await run(['status', id]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(`NotFound: There is no transfer "${id}".`)]);
    }
  });

  it('endpoints lists the stores', async () => {
    const endpoint = { name: 'us3', provider: 'ucloud-us3', region: 'cn-bj', url: 'https://x', allow: ['archive'] };
    const films = { name: 'films', provider: 'aws', region: 'eu-central-1', allow: { read: ['films', 'shows/'] } };
    server.play({ 'GET /endpoints': [{ body: { endpoints: [endpoint, films] } }] });
    const { stdout } = await run(['endpoints']);
    expect(stdout).toMatch(/^endpoint .* may read +may write\n/);
    expect(stdout).toMatch(/us3 +ucloud-us3 +cn-bj +https:\/\/x +archive +archive\n/);
    expect(stdout).toMatch(/films +aws +eu-central-1 +\(by its region\) +films, shows\/ +-\n/);
  });
});

describe('the command line', () => {
  it('lists the exit codes and examples in every help', async () => {
    for (const words of [[], ['copy'], ['status'], ['list'], ['parts'], ['resume'], ['abort'], ['endpoints']]) {
      const { code, stdout } = await run([...words, '--help']);
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/Examples:\n {2}\$ partway .*130 {2}you pressed Ctrl-C/s),
      ]);
    }
  });

  it('prints the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    [['xyzzy', 'a', 'b'], "Unknown command 'xyzzy'."],
    [['copi', 'a', 'b'], "Unknown command 'copi' (Did you mean copy?)"],
    [['copy', 'a'], "Missing required argument 'target'."],
    [['status'], "Missing required argument 'id'."],
    [['status', 'x', '--xyzzy'], "Unknown option '--xyzzy'."],
    [['list', '--limit', 'few'], '--limit is "few"; it takes a whole number.'],
    [[...copyWords, '--part-size', '8mib'], '--part-size is "8mib"; write a size as 64MiB'],
    [[...copyWords, '--part-size', '1e3'], '--part-size is "1e3"; write a size as 64MiB'],
    [[...copyWords, '--part-size', '-1'], '--part-size is "-1"; write a size as 64MiB'],
    [[...copyWords, '--overwrite', 'maybe'], '--overwrite is "maybe"; allowed choices are always, never'],
    [[...copyWords, '--idempotency-key', ''], '--idempotency-key is ""; it takes 1 to 256 characters'],
    [[...copyWords, '--idempotency-key', 'schlüssel'], '--idempotency-key is "schlüssel"; it takes 1 to 256'],
    [['endpoints', 'check'], "Missing required argument 'name'."],
    [['uploads', 'b:data', '--abort', 'u'], '--abort needs the whole key of the upload'],
  ])('exits with 2 if it is wrong, with a name, a sentence and what to do: %j', async (words, sentence) => {
    const { code, stdout, stderr } = await run([...words, '--json']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^InvalidRequest: [^\n]+\nWhat to do: [^\n]+\.\n$/)]);
    expect(stderr).toContain(sentence);
    const error = { name: 'InvalidRequest', message: expect.stringContaining(sentence), next: expect.any(String) };
    expect(lines(stdout)).toEqual([{ event: 'error', error }]);
  });

  it('prints the help if it has no command, or a refusal if it has --json', async () => {
    expect(await run([])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Usage: partway') });
    const { code, stdout } = await run(['--json']);
    expect([code, lines(stdout)]).toMatchObject([2, [{ event: 'error', error: { name: 'InvalidRequest' } }]]);
  });

  it('names the option if the API refuses a field, and with --json also the field', async () => {
    const error = {
      name: 'InvalidRequest',
      message: '`partBytes` is 1 MiB; this target takes parts of at least 5 MiB.',
      next: 'Correct it.',
    };
    server.play({ 'POST /transfers': [{ status: 400, body: { error } }] });
    const { stdout, stderr } = await run([...copyWords, '--part-size', '1MiB', '--json']);
    expect(stderr).toContain('InvalidRequest: --part-size is 1 MiB; this target takes parts of at least 5 MiB.');
    expect(lines(stdout)[0].error.fields).toEqual([{ field: 'partBytes', option: '--part-size' }]);
  });

  it('exits with 3 and says what to start if no stack runs', async () => {
    const { code, stderr } = await run(['list'], { home: `${server.home}/nowhere` });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^NoStack: .*\nWhat to do: .*npm run local/)]);
  });

  it('exits with 3 if the API refuses the signature', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'other', AWS_SECRET_ACCESS_KEY: 'other', AWS_REGION: 'eu-test-1' };
    const { code, stderr } = await run(['list', '--api', server.url], { env });
    expect([code, stderr]).toEqual([3, expect.stringMatching(/^NotAllowed: .* 403: Forbidden/)]);
  });

  it('calls a deployed stack with the AWS credentials of the person who runs it', async () => {
    server.play({ 'GET /transfers': [{ body: { transfers: [] } }] });
    const env = { AWS_ACCESS_KEY_ID: 'AKIDLOCAL', AWS_SECRET_ACCESS_KEY: 'local-secret', PARTWAY_API: server.url };
    const { code, stdout } = await run(['list', '--region', 'eu-test-1'], { env });
    expect([code, stdout]).toEqual([0, 'There are no transfers.\n']);
  });
});

describe('typed options and the environment', () => {
  const env = { PARTWAY_API: 'http://127.0.0.1:1', AWS_REGION: 'eu-test-1' };

  it('may disagree: a typed --home is stronger than PARTWAY_API', async () => {
    server.play({ 'GET /transfers': [{ body: { transfers: [] } }] });
    expect((await runCli(['list', '--home', server.home], { env })).code).toBe(0);
  });

  it('agree that a deployed stack is stronger than the one on this computer', async () => {
    expect((await run(['list'], { env })).code).toBe(3);
  });

  it('differ in proposed commands: these repeat only typed options', async () => {
    server.play({ 'GET /transfers': [{ body: { transfers: [copied], after: 'token' } }] });
    const { stderr } = await runCli(['list', '--home', server.home]);
    expect(stderr).toBe(`More: partway list --after token --home ${server.home}\n`);
  });
});

// The user's Node may be older than ours. Then the bin starts our own Node.
describe('under an older Node', () => {
  // npx puts node_modules/.bin first in PATH, and our own Node with it. So we leave it out.
  const folders = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'));
  const node = folders.map((folder) => join(folder, 'node')).find((path) => existsSync(path)) ?? process.execPath;

  it('gives the same result and exit code', async () => {
    server.play({ [`GET ${route}`]: [{ body: failed }], ...starts });
    const { code, stderr } = await run(copyWords, { node });
    expect([code, stderr]).toEqual([1, expect.stringContaining('Refused: AccessDenied')]);
  });

  it('asks for npm ci if the packages are missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'partway-bare-'));
    mkdirSync(join(folder, 'tools/cli'), { recursive: true });
    const script = join(folder, 'tools/cli/partway.mjs');
    copyFileSync(bin, script);
    for (const older of [node, undefined]) {
      const { code, stderr } = await runCli([], { script, ...(older ? { node: older } : {}) });
      expect([code, stderr]).toEqual([2, expect.stringContaining('Run `npm ci`')]);
    }
    rmSync(folder, { recursive: true });
  });

  it('passes Ctrl-C on', async () => {
    server.play({ ...starts, [`GET ${route}`]: [{ body: view({ progress: progressAt(5) }) }] });
    const { code, stderr } = await run(copyWords, { node, signalAt: { text: '40%', signal: 'SIGINT' } });
    expect([code, stderr]).toEqual([130, expect.stringContaining('continues without the CLI')]);
  });
});
