import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { faultyLine } from '../../functions/endpoints/faulty-line.ts';
import { readIdentity } from '../../tools/local/home/state-folder.ts';
import { fieldLines } from '../../tools/settings/field-lines.ts';
import { settingsFile, settingsPlaces, stateFolder } from '../../tools/settings/places.ts';
import { readKeys, readSettings } from '../../tools/settings/settings.ts';
import { sharedText } from '../../tools/settings/shared-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'partway-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const keys = { accessKeyId: 'AKID', secretAccessKey: 'very-secret' };
const good = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1', ...keys, allow: ['backups'] };

const file = join(folder, 'settings.json');
function write(value: unknown): void {
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
}

/** The refusal of settings.json, without the file's path. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ name: 'SettingsInvalid' });
    return (error as Error).message.replace(`${file} `, '');
  }
  return 'taken';
}

const said = (endpoint: object) => {
  write({ endpoints: { own: endpoint } });
  return refusal(() => readSettings(file));
};

describe('settings.json when the stack starts', () => {
  it('is refused in a short message, however much is wrong', () => {
    const names = Array.from({ length: 5000 }, (_, index) => [`field-${index}${'x'.repeat(200)}`, 1]);
    const text = said({ ...good, ...Object.fromEntries(names) });
    expect(text).toMatch(/`endpoints.own.field-9x+…` is not a field\. Line \d+: More is wrong\.$/);
    expect(text.length).toBeLessThan(2000);
  });

  it('may list origins of web pages, and other texts are refused', () => {
    write({ allowOrigins: ['https://app.example.com', 'http://localhost:8080'] });
    expect(readSettings(file).allowOrigins).toHaveLength(2);
    write({ allowOrigins: ['*'] });
    expect(refusal(() => readSettings(file))).toMatch(/`allowOrigins.0` is "\*"; .*an origin is scheme, host and port/);
  });

  it('may begin with a byte-order mark, as some editors write it', () => {
    write(`\uFEFF${JSON.stringify({ endpoints: { own: good } })}`);
    expect(Object.keys(readSettings(file).endpoints)).toEqual(['own']);
  });

  it('is accepted if every endpoint can work', () => {
    expect(said(good)).toBe('taken');
    expect(said({ ...good, provider: 'aws', url: undefined })).toBe('taken');
    expect(said({ ...good, allow: ['backups', 'genomes/raw/'] })).toBe('taken');
    expect(said({ ...good, allow: { read: ['films'], write: ['backups/'] }, cannedAcls: ['public-read'] })).toBe(
      'taken',
    );
    const role = { arn: 'arn:aws:iam::123456789012:role/partway', externalId: 'partner-7' };
    expect(said({ ...good, provider: 'aws', url: undefined, role, expectedBucketOwner: '123456789012' })).toBe('taken');
    expect(said({ ...good, role: { ...role, stsUrl: 'http://127.0.0.1:8080' }, requesterPays: true })).toBe('taken');
    // Requests may name these too: older buckets and other stores have upper case and "_", and a key may be "../x".
    expect(said({ ...good, allow: ['A_B', 'ok/../'] })).toBe('taken');
  });

  it.each([
    [
      'a kind of store that is not known',
      { ...good, provider: 'cephh' },
      /`endpoints.own.provider` is "cephh"; it takes .*"ceph"/,
    ],
    ['no kind', { ...good, provider: undefined }, /`endpoints.own.provider` is missing; it takes .*"ceph"/],
    ['no region', { ...good, region: undefined }, /`endpoints.own.region` is missing; it takes the region/],
    [
      'a URL that is none',
      { ...good, url: 's3.example.org' },
      /`endpoints.own.url` is "s3.example.org"; it takes a URL that begins/,
    ],
    [
      'a URL with a query',
      { ...good, url: 'https://s3.example.org/?x=1' },
      /`endpoints.own.url`: .*without user, query/,
    ],
    [
      'no URL where the region does not tell it',
      { ...good, url: undefined },
      /`endpoints.own.url`: it is missing; .*such as/,
    ],
    [
      'http where the store takes HTTPS',
      { ...good, provider: 'b2', url: 'http://b2.example.org' },
      /`endpoints.own.url`: .*HTTPS only/,
    ],
    [
      'an address where the bucket stands before the host',
      { ...good, provider: 'obs', url: 'https://10.0.0.1' },
      /`endpoints.own.url`: .*is an IP address/,
    ],
    [
      'a bucket that cannot stand there',
      { ...good, provider: 'obs', allow: ['a.b', 'good'] },
      /`endpoints.own.allow`: .*"a.b" cannot be there/,
    ],
    [
      'a role of another store than AWS without its STS',
      { ...good, role: { arn: 'arn:aws:iam:::role/partway' } },
      /`endpoints.own.role`: .*give the address of the store's own STS as `stsUrl`/,
    ],
    [
      'an STS that anybody on the way can read',
      { ...good, role: { arn: 'arn:aws:iam:::role/partway', stsUrl: 'http://s3.example.org' } },
      /`endpoints.own.role.stsUrl`: .*https/,
    ],
    [
      'an owner at a store that does not compare it',
      { ...good, expectedBucketOwner: '123456789012' },
      /`endpoints.own.expectedBucketOwner`: .*not known to compare/,
    ],
    [
      'a session token for a store that takes none',
      { ...good, provider: 'qingstor', sessionToken: 't' },
      /`endpoints.own.sessionToken`: .*takes none/,
    ],
    [
      'no keys',
      { ...good, accessKeyId: undefined, secretAccessKey: '' },
      /`endpoints.own.accessKeyId` is missing; .*`endpoints.own.secretAccessKey`: it takes/,
    ],
    [
      'a line break after a key, a space before the other',
      { ...good, accessKeyId: 'AKID\n', secretAccessKey: ' x' },
      /`endpoints.own.accessKeyId`: white space .*`endpoints.own.secretAccessKey`: white space/,
    ],
    ['a region with a space', { ...good, region: 'us-east-1 ' }, /`endpoints.own.region` is "us-east-1 "; .*spaces/],
    [
      'a list that is text',
      { ...good, allow: 'backups' },
      /`endpoints.own.allow` is "backups"; it takes a list of buckets/,
    ],
    ['two lists without a place', { ...good, allow: { read: [] } }, /`endpoints.own.allow`: it names no place/],
    [
      'an access point',
      { ...good, allow: ['mine-1a2b-s3alias'] },
      /`endpoints.own.allow.0` is .*this is an access point/,
    ],
    ['an empty list', { ...good, allow: [] }, /`endpoints.own.allow`: it takes a list of buckets/],
    [
      'a list of what are no buckets',
      { ...good, allow: ['/backups'] },
      /`endpoints.own.allow.0` is "\/backups"; it takes/,
    ],
    [
      'a bucket of one letter',
      { ...good, allow: ['backups', 'd'] },
      /`endpoints.own.allow.1` is "d"; .*a bucket name has 2 to 255 letters/,
    ],
    [
      'a bucket that begins as none does',
      { ...good, allow: ['-bad'] },
      /`endpoints.own.allow.0` is "-bad"; .*begins with a letter or digit/,
    ],
    [
      'a bucket with a letter that none has',
      { ...good, allow: ['käse/raw/'] },
      /`endpoints.own.allow.0` is "käse\/raw\/"; .*a bucket name has/,
    ],
    [
      'a prefix that no key can have',
      { ...good, allow: [`backups/${'x'.repeat(1025)}`] },
      /`endpoints.own.allow.0` is .*a key has at most 1,024 bytes/,
    ],
    ['a field that is not known', { ...good, bucket: 'x' }, /`endpoints.own.bucket` is not a field/],
    [
      'a time that is none',
      { ...good, expiration: 'tomorrow' },
      /`endpoints.own.expiration` is "tomorrow"; it takes a time/,
    ],
  ])('with %s is refused, and the error names the field and the allowed values', (_what, endpoint, message) => {
    expect(said(endpoint)).toMatch(message);
  });

  it('is refused with the line of each field, and a missing field belongs to the line of its endpoint', () => {
    write({ endpoints: { one: { ...good, provider: 'cephh' }, two: { ...good, region: undefined } } });
    expect(refusal(() => readSettings(file))).toMatch(
      /^cannot be accepted\. Line 4: `endpoints.one.provider` is "cephh".*\. Line 13: `endpoints.two.region` is missing/,
    );
    write([]);
    expect(refusal(() => readSettings(file))).toMatch(/^cannot be accepted\. Line 1: The file/);
  });

  it('is refused with all endpoints that cannot work', () => {
    write({ endpoints: { one: { ...good, provider: 'obs', url: 'https://10.0.0.1', region: '' }, a: good, two: 7 } });
    const message = refusal(() => readSettings(file));
    for (const field of ['one.url', 'one.region', 'a', 'two']) expect(message).toContain(`\`endpoints.${field}\``);
  });

  it('is refused if it is not JSON, and the error names the line, but not its content', () => {
    write(JSON.stringify({ endpoints: { own: good } }, null, 2).replace('"very-secret",', '"very-secret"'));
    const message = refusal(() => readSettings(file));
    expect(message).toBe('cannot be read: it is no JSON from line 9 on.');
  });

  it('is refused with the reason if it cannot be read at all', () => {
    rmSync(file);
    mkdirSync(file);
    expect(refusal(() => readSettings(file))).toMatch(/cannot be read: EISDIR/);
    rmSync(file, { recursive: true });
  });

  it('never shows a secret', () => {
    const message = said({ ...good, secretAccessKey: ['very-secret'], accessKeyId: 4711, sessionToken: '', bucket: 1 });
    expect(message).toMatch(/secretAccessKey.*sessionToken/);
    expect(message).not.toMatch(/very-secret|4711/);
  });
});

describe('settings.json while the stack runs', () => {
  it('gives an endpoint its keys, even if another endpoint is wrong', () => {
    write({ endpoints: { own: good, other: { provider: 'nope' } } });
    expect(readKeys(file, 'own')).toEqual(keys);
  });

  it('gives no keys if a line or field is wrong, and the error names it', () => {
    write('{\n  "endpoints": {\n');
    expect(refusal(() => readKeys(file, 'own'))).toBe('cannot be read: it is no JSON from line 2 on.');
    write({ endpoints: { own: { ...good, secretAccessKey: undefined } } });
    expect(refusal(() => readKeys(file, 'own'))).toMatch(/`endpoints.own.secretAccessKey` is missing/);
    write({ endpoints: {} });
    expect(refusal(() => readKeys(file, 'own'))).toBe('has no endpoint "own" any more.');
  });
});

describe('settings are looked for', () => {
  afterEach(() => vi.unstubAllEnvs());
  const home = join(folder, 'state');
  const config = join(folder, 'config');
  const inHome = join(home, 'settings.json');
  const ofUser = join(config, 'partway', 'settings.json');

  it('in the state folder, and then in the configuration of the user', () => {
    vi.stubEnv('XDG_CONFIG_HOME', config);
    expect([settingsPlaces(home), settingsFile(home)]).toEqual([[inHome, ofUser], undefined]);
    expect(readSettings(undefined)).toMatchObject({ endpoints: {}, path: undefined });
    mkdirSync(join(config, 'partway'), { recursive: true });
    writeFileSync(ofUser, JSON.stringify({ endpoints: { own: good } }));
    expect(readSettings(settingsFile(home))).toMatchObject({ endpoints: { own: good }, path: ofUser });
    mkdirSync(home);
    writeFileSync(inHome, '{}');
    expect(settingsFile(home)).toBe(inHome);
  });

  it('in ~/.config where XDG_CONFIG_HOME is no absolute path', () => {
    vi.stubEnv('HOME', '/home/somebody');
    for (const given of ['', 'relative', undefined]) {
      vi.stubEnv('XDG_CONFIG_HOME', given);
      expect(settingsPlaces(home)[1]).toBe('/home/somebody/.config/partway/settings.json');
    }
  });
});

describe('the line of a field', () => {
  it('is where it begins, in lists and in objects', () => {
    const text = '{"a": {\n"b": [1,\n{"c": "x:,{\\"",\n"d": []}, true]},\n"e\\"": null, "f": {} }';
    expect([...fieldLines(text)]).toEqual([
      ...[['a', 1] as const, ['a.b', 2] as const, ['a.b.0', 2] as const, ['a.b.1', 3] as const],
      ...[['a.b.1.c', 3] as const, ['a.b.1.d', 4] as const, ['a.b.2', 4] as const, ['e"', 5] as const],
      ['f', 5],
    ]);
  });
});

describe('the first line that is no JSON', () => {
  it.each([
    ['', 1],
    ['{\n"a": 1,\n}', 3],
    ['{\n"a": 1\n"b": 2\n}', 3],
    ['{\n"a": x\n}', 2],
    ['{\n"a": "x\n}', 2],
    ['{"a": 1}\n\n]', 3],
    ['{\n"a": [1, 2\n}\n', 3],
    [
      '{\n"a": "a long text before the mistake, and after it",,\n"b": "a long text as well, so that nothing is left out"\n}',
      2,
    ],
    ['{\n"a": 1', 2],
  ])('of %j is line %i', (text, line) => {
    expect(faultyLine(text)).toBe(line);
  });

  it('does not exist if the whole text is JSON', () => {
    expect(faultyLine('{\n"a": [1, "two\\n"]\n}\n')).toBeUndefined();
  });
});

describe('the folder of the stack', () => {
  it('is FolderUnusable if it cannot be made', () => {
    write('{}');
    expect(() => stateFolder(join(file, 'home'))).toThrow(
      expect.objectContaining({ name: 'FolderUnusable', message: expect.stringContaining('ENOTDIR') }),
    );
  });

  it('is FolderUnusable if its keys cannot be read, and the error does not show them', () => {
    writeFileSync(join(folder, 'identity.json'), '{ "api": { "secretAccessKey": "very-secret" ');
    const expected = { name: 'FolderUnusable', message: expect.not.stringContaining('very-secret') };
    expect(() => readIdentity(folder)).toThrow(expect.objectContaining(expected));
  });
});

it('settings.json that other users may read is told, with the command that keeps it private', () => {
  write({});
  chmodSync(file, 0o644);
  expect(sharedText(file)).toMatch(/other users .* chmod 600 .*settings\.json/);
  chmodSync(file, 0o600);
  expect([sharedText(file), sharedText(undefined)]).toEqual([undefined, undefined]);
});
