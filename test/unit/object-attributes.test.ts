import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { droppedAttributes } from '../../functions/transfer/attributes/dropped.ts';
import { carry, setByAnother } from '../../functions/transfer/attributes/object-attributes.ts';
import { metadataBytes } from '../../functions/transfer/attributes/object-metadata.ts';
import { refuseUnsupported } from '../../functions/transfer/attributes/unsupported.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import type { ObjectFacts } from '../../functions/transfer/transfer.ts';
import { explain } from '../../functions/transfer/views/explain.ts';

const object = { endpoint: 'a', bucket: 'from', key: 'x' };
const requestOf = (more: Partial<TransferRequestInput> = {}) =>
  parseRequest({ source: object, target: { endpoint: 'b', bucket: 'to', key: 'x' }, ...more });
const factsOf = (more: Partial<ObjectFacts> = {}): ObjectFacts => ({
  bytes: 1,
  etag: 'e',
  headers: {},
  metadata: {},
  ...more,
});

type Situation = {
  asked?: Partial<TransferRequestInput>;
  found?: Partial<ObjectFacts>;
  profile?: ProviderProfile;
  ours?: Record<string, string>;
};

const carriageOf = ({ asked, found, profile = profiles.aws, ours = {} }: Situation) => ({
  request: requestOf(asked),
  source: factsOf(found),
  profile,
  ours,
});

/** What is written, and what is not carried. The ACL is left out, because it is never carried. */
function carried(situation: Situation) {
  const { written, notCarried } = carry(carriageOf(situation));
  return {
    ...written,
    left: notCarried.filter(({ what }) => what !== 'ACL').map(({ what, why }) => `${what}: ${why}`),
  };
}

const refusal = (situation: Situation) => () => refuseUnsupported(carriageOf(situation));
const invalid = (message: RegExp) =>
  expect.objectContaining({ name: 'InvalidRequest', message: expect.stringMatching(message) });

describe('Expires', () => {
  it.each(['Wed, 21 Oct 2015 07:28:00 GMT', 'Wednesday, 21-Oct-15 07:28:00 GMT', 'Wed Oct 21 07:28:00 2015'])(
    'is copied if it is %s, in any time zone',
    (expires) => {
      onTestFinished(() => void vi.unstubAllEnvs());
      for (const zone of ['UTC', 'Asia/Shanghai']) {
        vi.stubEnv('TZ', zone);
        expect(carried({ found: { headers: { expires } } })).toMatchObject({
          headers: { expires: 'Wed, 21 Oct 2015 07:28:00 GMT' },
          left: [],
        });
      }
    },
  );

  it.each([
    ...['0', '-1', 'Wed, never', '2015-10-21T07:28:00Z', 'Monster 1', 'Wed, 21 Oct 2015 07:28:00', 'Wed, 21 Oct 2015'],
    ...['Mon, 31 Feb 2020 00:00:00 GMT', 'Mon, 21 Foo 2020 00:00:00 GMT', 'Sat, 01 Jan 200000 00:00:00 GMT'],
  ])('is not copied if it is not an HTTP date: %s', (expires) => {
    expect(carried({ found: { headers: { expires } } })).toMatchObject({
      headers: {},
      left: [`expires: S3 takes only a date, and the source has "${expires}"`],
    });
  });
});

describe('A header that a request adds', () => {
  const headers = { 'x-oss-forbid-overwrite': 'true' };

  it('is written, and the plan shows it with its value', () => {
    expect(carried({ asked: { headers } }).addedHeaders).toEqual(headers);
    const { reasons } = explain({ request: requestOf({ headers }), source: factsOf(), profile: profiles.oss });
    expect(reasons.map(({ decision }) => decision)).toContain('header x-oss-forbid-overwrite: true');
  });

  it('is refused if Partway sends this header itself', () => {
    const asked = { headers, overwrite: 'never' } as const;
    expect(refusal({ asked, profile: profiles.oss })).toThrow(
      invalid(/`headers.x-oss-forbid-overwrite` and `overwrite: "never"` do not go together/),
    );
    expect(refusal({ asked, profile: profiles.aws })).not.toThrow();
  });

  it('of an adopted upload is told as not carried, and is no decision of the plan', () => {
    const resumeFrom = { uploadId: 'u', partBytes: 5 * 1024 * 1024 };
    const situation = { request: requestOf({ headers, resumeFrom }), source: factsOf(), profile: profiles.oss };
    const { reasons, notCarried } = explain(situation);
    expect(reasons.map(({ decision }) => decision).join()).not.toContain('forbid');
    expect(notCarried.map(({ what }) => what)).toContain('header x-oss-forbid-overwrite, as asked for');
  });

  it('takes the place of the redirect that the source has', () => {
    const found = { others: ['website redirect', 'object lock'] };
    const redirect = { 'x-amz-website-redirect-location': '/y' };
    expect(carried({ found }).left).toEqual([
      expect.stringMatching(/^website redirect: .*ask for one with `headers.x-amz-website-redirect-location`/),
      'object lock: Partway does not carry it',
    ]);
    expect(carried({ found, asked: { headers: redirect } }).left).toEqual(['object lock: Partway does not carry it']);
  });
});

describe('Tags', () => {
  const tags = { b: '2', a: '1' };

  it('of the source are copied if the target takes tags, and a tag of the request replaces one of the source', () => {
    expect(carried({ found: { tags } })).toMatchObject({ tags, left: [] });
    expect(carried({ found: { tags }, asked: { tags: { a: '9', c: '3' } } }).tags).toEqual({ a: '9', b: '2', c: '3' });
    expect(carried({}).tags).toBeUndefined();
  });

  it('are not copied if the target takes none, and the reason lists their names', () => {
    const { tags: written, left } = carried({ found: { tags }, profile: profiles.r2 });
    expect([written, left]).toEqual([undefined, ['tags a, b: Cloudflare R2 takes no tags']]);
  });

  it('that could not be read are reported by their number, with the reason', () => {
    expect(carried({ found: { tagCount: 3, tagsUnread: 'they could not be read: 403' } }).left).toEqual([
      '3 tags: they could not be read: 403',
    ]);
    expect(carried({ found: { tagCount: 1, tagsUnread: 'no' }, profile: profiles.r2 }).left).toEqual([
      '1 tag: Cloudflare R2 takes no tags',
    ]);
  });

  it('that S3 would refuse are left out, as is an eleventh tag, and the others are copied', () => {
    expect(carried({ found: { tags: { good: 'x', bad: '1 & 2', 'aws:x': 'y' } } })).toMatchObject({
      tags: { good: 'x' },
      left: [expect.stringMatching(/^tag aws:x: .*reserved/), expect.stringMatching(/^tag bad: .*letters/)],
    });
    const ten = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`t${index}`, 'x']));
    const { tags: written, left } = carried({ found: { tags: ten }, asked: { tags: { mine: '1' } } });
    expect([Object.keys(written ?? {}).length, left]).toEqual([10, ['tag t9: an object has at most 10 tags']]);
  });
});

describe('A storage class', () => {
  it('of the source is copied if the target knows that name and the request names no class', () => {
    expect(carried({ found: { storageClass: 'GLACIER' } })).toMatchObject({ storageClass: 'GLACIER', left: [] });
    expect(carried({ found: { storageClass: 'GLACIER' }, asked: { storageClass: 'STANDARD_IA' } })).toMatchObject({
      storageClass: 'STANDARD_IA',
      left: [],
    });
  });

  it('is not copied if the target does not know its name, or has no classes at all', () => {
    const of = (storageClass: string, profile: ProviderProfile) => carried({ found: { storageClass }, profile });
    expect(of('DEEP_ARCHIVE', profiles.r2)).toMatchObject({
      storageClass: undefined,
      left: [expect.stringMatching(/DEEP_ARCHIVE.*STANDARD, STANDARD_IA/)],
    });
    expect(of('GLACIER', profiles.qingstor).left).toEqual([expect.stringMatching(/takes no storage class/)]);
    expect(of('EXPRESS_ONEZONE', profiles.aws)).toMatchObject({ storageClass: undefined, left: [expect.anything()] });
  });

  it('of an archive is not copied if the request asks to read the object back', () => {
    const of = (storageClass: string, verify: 'read-back' | 'published', profile: ProviderProfile = profiles.aws) =>
      carried({ found: { storageClass }, asked: { verify }, profile });
    expect(of('DEEP_ARCHIVE', 'published')).toMatchObject({ storageClass: 'DEEP_ARCHIVE', left: [] });
    expect(of('DEEP_ARCHIVE', 'read-back')).toMatchObject({
      storageClass: undefined,
      left: [expect.stringMatching(/^storage class DEEP_ARCHIVE: .*verify "read-back".*AWS S3 reads no object/)],
    });
    expect(of('GLACIER_IR', 'read-back')).toMatchObject({ storageClass: 'GLACIER_IR', left: [] });
    expect(of('ARCHIVE', 'read-back', profiles.gcs)).toMatchObject({ storageClass: 'ARCHIVE', left: [] });
    expect(of('ARCHIVE', 'read-back', profiles.cos).storageClass).toBeUndefined();
  });

  it('of an archive is refused together with reading back, and the message lists the other classes', () => {
    const asked = { storageClass: 'GLACIER', verify: 'read-back' } as const;
    expect(refusal({ asked })).toThrow(
      invalid(/`storageClass: "GLACIER"` and `verify: "read-back"` .* choose of STANDARD, .*GLACIER_IR, /),
    );
    expect(refusal({ asked: { storageClass: 'GLACIER' } })).not.toThrow();
    expect(refusal({ asked: { ...asked, storageClass: 'GLACIER_IR' } })).not.toThrow();
    expect(refusal({ asked: { ...asked, storageClass: 'ARCHIVE' }, profile: profiles.gcs })).not.toThrow();
    expect(refusal({ asked: { ...asked, storageClass: 'ARCHIVE' }, profile: profiles.ks3 })).toThrow(
      invalid(/Kingsoft/),
    );
  });

  it('STANDARD is never reported as not carried', () => {
    expect(carried({ found: { storageClass: 'STANDARD' }, profile: profiles.qingstor })).toMatchObject({
      storageClass: undefined,
      left: [],
    });
  });
});

describe('Encryption', () => {
  it("by the store's own keys is not asked for, because a header would override the bucket's settings", () => {
    expect(carried({ found: { encryption: 'AES256' } })).toMatchObject({ encryption: undefined, left: [] });
    expect(carried({ found: { encryption: 'AES256' }, profile: profiles.obs })).toMatchObject({
      encryption: undefined,
      left: [expect.stringContaining('encryption AES256: Huawei Cloud OBS')],
    });
  });

  it.each(['aws:kms', 'aws:kms:dsse'])(
    'by %s is not copied, because the key belongs to the account of the source',
    (encryption) => {
      const { encryption: written, left } = carried({ found: { encryption } });
      expect([written, left]).toEqual([
        undefined,
        [expect.stringMatching(/the key belongs to the account of the source/)],
      ]);
    },
  );

  it('that the request asks for replaces that of the source', () => {
    const asked = { encryption: { type: 'aws:kms', keyId: 'k' } } as const;
    expect(carried({ found: { encryption: 'AES256' }, asked })).toMatchObject({ ...asked, left: [] });
  });
});

describe('An ACL', () => {
  it('of an object is never read, and the receipt says so; an ACL that the request asks for is written', () => {
    expect(carry(carriageOf({})).notCarried).toEqual([{ what: 'ACL', why: expect.stringContaining('grants') }]);
    expect(carry(carriageOf({ asked: { source: { url: 'https://example.org/x' } } })).notCarried).toEqual([]);
    const { written, notCarried } = carry(carriageOf({ asked: { acl: 'public-read' } }));
    expect([written.acl, notCarried]).toEqual(['public-read', []]);
  });
});

describe('Metadata', () => {
  const small = { ...profiles.aws, metadataBytesMax: 20 };

  it("has the request's and our entries first, then the source's in the order of their names while there is room", () => {
    const found = { metadata: { d: '4', b: 'x'.repeat(20), c: '3', a: '1', 'partway-transfer': 'other' } };
    const { metadata, left } = carried({
      found,
      asked: { metadata: { a: 'mine', z: '9' } },
      ours: { ours: 'x' },
      profile: small,
    });
    expect(metadata).toEqual({ a: 'mine', z: '9', ours: 'x', c: '3', d: '4' });
    expect(left).toEqual([expect.stringMatching(/^metadata b: AWS S3 takes at most 20 bytes of metadata/)]);
  });

  it('may use the limit to the last byte', () => {
    const metadata = { abcde: 'x'.repeat(15) };
    expect(metadataBytes(metadata)).toBe(20);
    expect(carried({ found: { metadata }, profile: small })).toMatchObject({ metadata, left: [] });
    expect(carried({ found: { metadata }, ours: { o: '' }, profile: small }).metadata).toEqual({ o: '' });
  });

  it('that the target cannot take is left out, with its names: entries that are too long, or too many', () => {
    const metadata = { long: 'x'.repeat(257), fits: 'x'.repeat(256), my_key: '1', ['n'.repeat(129)]: '1' };
    expect(carried({ found: { metadata }, profile: profiles.swift })).toMatchObject({
      metadata: { fits: metadata.fits, my_key: '1' },
      left: [expect.stringMatching(/^metadata long: .*256 bytes/), expect.stringMatching(/^metadata n+: .*128 bytes/)],
    });
    expect(carried({ found: { metadata }, profile: profiles.oss }).left).toEqual([
      expect.stringMatching(/^metadata my_key: .*"_"/),
    ]);
    const many = Object.fromEntries(Array.from({ length: 91 }, (_, index) => [`m${100 + index}`, '']));
    expect(carried({ found: { metadata: many }, profile: profiles.swift }).left).toEqual([
      expect.stringMatching(/^metadata m190: .*90 entries/),
    ]);
    expect(refusal({ asked: { metadata: { my_key: '1' } }, profile: profiles.oss })).toThrow(
      invalid(/^`metadata.my_key`: /),
    );
  });

  it('and content headers with other characters than ASCII are not copied', () => {
    const found = {
      metadata: { name: 'é', city: '漢', plain: '=?UTF-8?B?w6k=?=' },
      headers: { contentDisposition: 'attachment; filename="é"', contentType: 'text/plain' },
    };
    const { metadata, headers, left } = carried({ found });
    expect([metadata, headers]).toEqual([{ plain: '=?UTF-8?B?w6k=?=' }, { contentType: 'text/plain' }]);
    expect(left).toEqual([
      expect.stringMatching(/^contentDisposition: .*ASCII/),
      expect.stringMatching(/^metadata city, name: .*ASCII/),
    ]);
    expect(carried({ found, asked: { contentDisposition: 'inline' } })).toMatchObject({
      headers: { contentDisposition: 'inline' },
      left: [expect.stringMatching(/^metadata/)],
    });
  });

  it('that the source cannot show is reported, and so is what Partway does not carry', () => {
    expect(carried({ found: { metadataUntold: 2, others: ['object lock'] } }).left).toEqual([
      expect.stringMatching(/^2 entries of metadata/),
      expect.stringMatching(/^object lock/),
    ]);
  });
});

describe('A request', () => {
  it('may ask only for an ACL that the target takes, and the refusal lists them', () => {
    const of = (acl: 'authenticated-read' | 'public-read', profile: ProviderProfile) =>
      refusal({ asked: { acl }, profile });
    expect(of('public-read', profiles.ks3)).not.toThrow();
    expect(of('authenticated-read', profiles.ks3)).toThrow(
      invalid(/^`acl` is "authenticated-read", not one of Kingsoft Cloud KS3's: private, public-read\.$/),
    );
    expect(of('authenticated-read', profiles.ceph)).not.toThrow();
    expect(of('authenticated-read', profiles.swift)).toThrow(invalid(/Swift.*bucket-owner-read/));
  });

  it.each([
    ['tags', { tags: { a: '1' } }, /^`tags`: Cloudflare R2/],
    ['an ACL', { acl: 'private' }, /^`acl`: Cloudflare R2/],
    ['a class', { storageClass: 'GLACIER' }, /`storageClass` is "GLACIER".*STANDARD_IA/],
    ['encryption', { encryption: { type: 'AES256' } }, /`encryption.type` is "AES256"/],
    [
      'metadata that leaves no room for ours',
      { metadata: { a: 'x'.repeat(1000) } },
      /^`metadata`: Cloudflare R2 takes at most 1024 bytes/,
    ],
  ] as const)(
    'for what the target does not take is refused with the name of the field: %s',
    (_what, asked, message) => {
      const situation = { asked, profile: { ...profiles.r2, metadataBytesMax: 1024 }, ours: { ours: 'x'.repeat(96) } };
      expect(refusal(situation)).toThrow(invalid(message));
      expect(() => explain({ ...carriageOf(situation), source: factsOf() })).toThrow(invalid(message));
      expect(refusal({ asked })).not.toThrow();
    },
  );

  it.each([
    [
      'eleven tags',
      { tags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`t${index}`, ''])) },
      /1 to 10/,
    ],
    ['no tags', { tags: {} }, /1 to 10/],
    ['a tag with a long key', { tags: { ['k'.repeat(129)]: '' } }, /1 to 128/],
    ['a tag with a long value', { tags: { k: 'v'.repeat(257) } }, /at most 256/],
    ['a tag with a character that S3 does not take', { tags: { k: 'a&b' } }, /letters, digits/],
    ['a tag whose key AWS reserves', { tags: { 'aws:x': '' } }, /reserved/],
    ['an ACL that is not canned', { acl: 'log-delivery-write' }, /acl/],
    ['an encryption key without a key service', { encryption: { type: 'AES256', keyId: 'k' } }, /encryption/],
    ['an encryption key with a line break', { encryption: { type: 'aws:kms', keyId: 'a\nb' } }, /keyId/],
  ])('is refused before Partway knows the stores if it has %s', (_what, asked, message) => {
    expect(() => requestOf(asked as Partial<TransferRequestInput>)).toThrow(invalid(message));
  });
});

describe('An upload that somebody else began', () => {
  it('keeps the attributes that its program set, and the receipt names those that the request asked for in vain', () => {
    const [all, asked] = setByAnother(requestOf({ tags: { a: '1' }, contentType: 'text/plain' }));
    expect(all?.why).toContain('the program that began it');
    expect(asked?.what).toBe('contentType, tags, as asked for');
    expect(setByAnother(requestOf())).toHaveLength(1);
  });
});

describe('The attributes that the target shows in the end', () => {
  const written = {
    headers: { contentType: 'text/plain;charset=UTF-8', cacheControl: 'no-store' },
    metadata: { team: 'ops', year: '2026' },
    tags: { a: '1' },
    storageClass: 'STANDARD_IA',
    encryption: { type: 'AES256' } as const,
  };
  const shown = {
    headers: { contentType: 'text/plain; charset=utf-8', cacheControl: 'no-store' },
    metadata: { Team: 'ops', year: '2026' },
    tagCount: 1,
    storageClass: 'STANDARD_IA',
    encryption: 'AES256',
  };

  it('are not reported if they equal what was written, or if the target does not show them', () => {
    expect(droppedAttributes({ written }, factsOf(shown), 'X')).toEqual([]);
    expect(
      droppedAttributes({ written }, factsOf({ ...shown, tagCount: undefined, storageClass: undefined }), 'X'),
    ).toEqual([]);
  });

  it('are reported if they differ from what was written, or are missing', () => {
    const other = { headers: shown.headers, metadata: { team: 'dev' }, tagCount: 0, storageClass: 'STANDARD' };
    expect(droppedAttributes({ written }, factsOf(other), 'X').map(({ what, why }) => `${what}: ${why}`)).toEqual([
      'metadata team: X took it, and shows "dev"',
      'metadata year: X took it, and does not show it',
      'tags: X took it, and shows "0"',
      'storage class STANDARD_IA: X took it, and shows "STANDARD"',
      'encryption AES256: X took it, and does not show it',
    ]);
  });
});
