import { describe, expect, it } from 'vitest';
import { readDeployed } from '../../functions/endpoints/deployed.ts';
import { refuseAcl, refuseOutside } from '../../functions/transfer/endpoint.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { faultOfBucketName } from '../../functions/transfer/values/bucket-name.ts';
import type { Allow, Use } from '../../functions/transfer/values/places.ts';

describe('An endpoint', () => {
  const said = (allow: Allow, use: Use, bucket: string, key: string): string => {
    try {
      refuseOutside({ name: 'b', allow }, { endpoint: 'b', bucket, key }, use);
      return 'admitted';
    } catch (error) {
      expect(error).toMatchObject({ name: 'NotAllowed' });
      return (error as Error).message;
    }
  };

  it.each(['read', 'write'] as const)(
    'with a list allows transfers to %s the listed buckets and prefixes, and no others',
    (use) => {
      const allow = ['to/raw/', 'whole'];
      expect(said(allow, use, 'whole', 'x')).toBe('admitted');
      expect(said(allow, use, 'to', 'raw/x')).toBe('admitted');
      expect(said(allow, use, 'to', 'rawx')).toBe(
        `Endpoint "b" may not ${use} to/rawx. It may ${use}: to/raw/, whole.`,
      );
      expect(said(allow, use, 'to', 'x')).toMatch(/may not/);
      expect(said(allow, use, 'wholesale', 'x')).toMatch(/may not/);
    },
  );

  it('with two lists uses the one for the source and the other for the target', () => {
    const allow = { read: ['in'], write: ['out/'] };
    expect([said(allow, 'read', 'in', 'x'), said(allow, 'write', 'out', 'x')]).toEqual(['admitted', 'admitted']);
    expect(said(allow, 'write', 'in', 'x')).toBe('Endpoint "b" may not write in/x. It may write: out/.');
    expect(said(allow, 'read', 'out', 'x')).toBe('Endpoint "b" may not read out/x. It may read: in.');
    expect(said({ read: ['in'] }, 'write', 'in', 'x')).toMatch(/It may write: nothing\.$/);
  });

  it('allows requests to ask for "private" and for the ACLs that it names, and for no other', () => {
    const endpoint = { name: 'b', cannedAcls: ['bucket-owner-full-control'] as const };
    for (const acl of [undefined, 'private', 'bucket-owner-full-control'] as const)
      expect(() => refuseAcl(endpoint, acl)).not.toThrow();
    expect(() => refuseAcl(endpoint, 'public-read')).toThrow(
      expect.objectContaining({
        name: 'NotAllowed',
        message: expect.stringMatching(/`acl` is "public-read", .* private, bucket-owner-full-control\..*`cannedAcls`/),
      }),
    );
    expect(() => refuseAcl({ name: 'b' }, 'public-read')).toThrow(/allows only: private\./);
  });
});

describe('An endpoint that the stack has stored', () => {
  const stored = { name: 'b', provider: 'aws', region: 'eu-central-1', allow: ['bucket'] };
  const read = (value: unknown) => readDeployed(typeof value === 'string' ? value : JSON.stringify(value), 'b');

  it('is read, and fields of a later version are ignored', () => {
    expect(read({ ...stored, later: 1 })).toEqual(stored);
  });

  it.each([
    [
      'a wrong bucket that was a token at the deployment',
      { ...stored, allow: ['Not A Bucket'] },
      /endpoint "b" cannot be used: `allow.0`/,
    ],
    [
      'a foreign URL that was a token at the deployment',
      { ...stored, url: 'https://s3.example.org' },
      /`url`: it is not AWS/,
    ],
    ['text that is not JSON', 'x', /cannot be used/],
  ])('is refused when it is read if it has %s', (_what, value, message) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ name: 'InvalidRequest' }));
    expect(() => read(value)).toThrow(message);
  });

  it('may have a foreign URL if it has a secret to sign with', () => {
    const foreign = { ...stored, url: 'https://s3.example.org', secretArn: 'arn:secret' };
    expect(read(foreign)).toEqual(foreign);
  });
});

describe('A name that does not belong to a general purpose bucket', () => {
  it.each([
    ['logs--euc1-az1--x-s3', /directory bucket .* use a general purpose bucket$/],
    ['mine-1a2b3c-s3alias', /access point, .* give the name of its bucket$/],
    ['mine--euc1-az1--xa-s3', /access point/],
    ['mfzwi23gnjvgw.mrap', /access point/],
    ['mine--ol-s3', /Object Lambda/],
    ['rest--op-s3', /Outpost/],
    ['rows--table-s3', /table bucket/],
  ])('is refused with its kind, both in a request and in an endpoint: %s', (bucket, message) => {
    expect(faultOfBucketName(bucket)).toMatch(message);
    const request = { source: { url: 'https://x' }, target: { endpoint: 'b', bucket, key: 'k' } };
    expect(() => parseRequest(request)).toThrow(
      new RegExp(`\`target.bucket\` is .*${message.source.replace('$', '')}`),
    );
  });

  it('is not confused with a bucket’s name that only looks similar', () => {
    for (const name of ['x-s3', 'my-x-s3', 'alias-s3', 'a.mrap.b']) expect(faultOfBucketName(name)).toBeUndefined();
  });
});
