import { describe, expect, it } from 'vitest';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { GiB, MiB, TiB } from '../../functions/transfer/values/sizes.ts';
import { explain } from '../../functions/transfer/views/explain.ts';
import { putSource, requestFor } from './request.ts';
import { world } from './world.ts';

const request = (more: object = {}) =>
  parseRequest({
    source: { endpoint: 'a', bucket: 'data', key: 'x' },
    target: { endpoint: 'b', bucket: 'data', key: 'y' },
    ...more,
  });
const facts = (bytes: number) => ({ bytes, etag: 'e', headers: {}, metadata: {} });
const decisions = (bytes: number, more: object = {}, profile = profiles.aws) =>
  explain({ request: request(more), source: facts(bytes), profile }).reasons.map(({ decision }) => decision);

describe('A plan with reasons', () => {
  it('names the limit that makes several parts necessary', () => {
    const because = (bytes: number, profile = profiles.aws) =>
      explain({ request: request(), source: facts(bytes), profile }).reasons[0]?.because;
    expect(because(100 * MiB)).toBe('the object has 100 MiB: more than the threshold of 64 MiB');
    expect(because(2 * GiB, profiles.us3)).toMatch(/^the object has 2 GiB: more than UCloud US3 takes in one request/);
  });

  it('says what a requested part size does', () => {
    const first = (more: object) =>
      explain({ request: request(more), source: facts(20 * MiB), profile: profiles.aws }).reasons[0];
    expect(first({ partBytes: 8 * MiB })).toEqual({
      decision: 'multipart',
      because: 'the object has 20 MiB: more than the requested part size (8 MiB)',
    });
    expect(first({ partBytes: 8 * MiB, multipartThresholdBytes: 32 * MiB })?.because).toMatch(
      /the requested threshold \(32 MiB\).*So it is not cut into parts of 8 MiB$/,
    );
  });

  it('says how the object is divided into parts, and by which rule', () => {
    expect(decisions(1000)[0]).toBe('one request');
    expect(decisions(GiB).slice(0, 2)).toEqual(['multipart', '16 parts of 64 MiB']);
    expect(
      explain({ request: request(), source: facts(5 * TiB), profile: profiles.aws }).reasons[1]?.because,
    ).toContain('at most 10000 parts');
    expect(decisions(GiB, { partBytes: 128 * MiB })[1]).toBe('8 parts of 128 MiB');
  });

  it('says what proves the parts, and what protects the object at the target', () => {
    expect(decisions(GiB)).toContain('each part is proven by its CRC32');
    expect(decisions(GiB, { checksum: 'md5' })).toContain('each part is proven by its MD5');
    expect(decisions(GiB, {}, profiles.ceph)).toContain('each part is proven by its MD5');
    expect(decisions(GiB, { checksum: 'crc32' }, profiles.ceph)).toContain('each part is proven by its length');
    const kms = { encryption: { type: 'aws:kms' }, checksum: 'md5' };
    expect(decisions(GiB, kms)).toContain('each part is proven by its length');
    expect(decisions(GiB, {}, profiles.oss)).toContain('each part is proven by its length');
    expect(decisions(GiB, { overwrite: 'never' })).toContain(
      'overwrite: never, checked before the first byte and at the end',
    );
    expect(decisions(GiB, { overwrite: 'never' }, profiles.ceph)).toContain(
      'overwrite: never, checked only before the first byte',
    );
  });

  it('says before a byte moves what will not be proven', () => {
    const unproven = (profile: typeof profiles.aws, more: object = {}, source: object = {}) =>
      explain({ request: request(more), source: { ...facts(GiB), ...source }, profile }).unproven;
    expect(decisions(GiB)).toContain('the whole is proven by its CRC32');
    expect(decisions(GiB, {}, profiles.oss)).toContain('the whole is proven by its CRC-64/ECMA');
    expect(decisions(GiB, {}, profiles.ceph)).toContain('the whole is proven by its ETag');
    expect(unproven(profiles.aws, {}, { crc32: 1 })).toEqual([]);
    expect(unproven(profiles.oss)).toEqual([expect.stringMatching(/^the source publishes no checksum/)]);
    const [us3] = unproven(profiles.us3);
    expect(us3).toMatch(
      /^UCloud US3 publishes no checksum of a whole object, and its ETags say nothing about the bytes: /,
    );
    expect(unproven(profiles.ceph, { checksum: 'crc32' })[0]).toContain(
      'with checksum "crc32" Partway does not compare its ETags',
    );
    const adopted = { resumeFrom: { uploadId: 'u', partBytes: 64 * MiB } };
    expect(unproven(profiles.aws, adopted)[0]).toMatch(/^another program sent some parts/);
    expect(unproven(profiles.aws, adopted, { crcs: { crc64nvme: '000000000000000b' } })).toEqual([]);
  });

  it('promises for an adopted upload only the proofs that will be compared', () => {
    const adopted = { resumeFrom: { uploadId: 'u', partBytes: 8 * MiB } };
    const { reasons, method } = explain({ request: request(adopted), source: facts(24 * MiB), profile: profiles.ceph });
    expect(method).toBe('parts');
    expect(reasons.slice(0, 2)).toEqual([
      { decision: 'multipart', because: 'Partway finishes an upload that another program began' },
      { decision: '3 parts of 8 MiB', because: 'the program that began the upload cut it so' },
    ]);
    const said = reasons.map(({ decision }) => decision);
    expect(said).toContain('each part that we send is proven by its MD5');
    expect(said).toContain('the whole is proven by its size');
  });

  it('says whether the store copies by itself, and if not, by which rule', () => {
    const within = { source: { endpoint: 'b', bucket: 'data', key: 'x' } };
    const copying = (bytes: number, more: object = {}, profile = profiles.aws) => {
      const { reasons, copiesInStore } = explain({ request: request(more), source: facts(bytes), profile });
      const reason = reasons.find(({ decision }) => ['server-side copy', 'stream'].includes(decision));
      expect(reason?.decision).toBe(copiesInStore ? 'server-side copy' : 'stream');
      return `${reason?.decision}: ${reason?.because}`;
    };
    expect(copying(GiB, within)).toBe(
      'server-side copy: source and target are at one endpoint, and AWS S3 copies parts',
    );
    expect(copying(MiB, within)).toMatch(/^server-side copy: .* objects of up to 5368709120 bytes/);
    expect(copying(GiB)).toBe('stream: source and target are at different endpoints');
    expect(copying(GiB, { source: { url: 'https://example.org/x' } })).toBe('stream: the source is a URL');
    expect(copying(0, within)).toMatch(/^stream: an empty object/);
    expect(copying(GiB, { ...within, serverSideCopy: 'never' })).toMatch(/^stream: the request asks for/);
    expect(copying(MiB, { ...within, overwrite: 'never' })).toMatch(/^stream: CopyObject may ignore overwrite "never"/);
    expect(copying(GiB, { ...within, overwrite: 'never' })).toMatch(/^server-side copy/);
    expect(copying(MiB, within, profiles.oss)).toMatch(/^stream: Partway does not know/);
    expect(copying(GiB, within, profiles.oss)).toMatch(/^server-side copy: .* copies parts/);
    expect(copying(GiB, within, profiles.us3)).toMatch(/^stream: UCloud US3 does not copy parts/);
    expect(copying(GiB, within, profiles.tos)).toMatch(/^stream: .* cannot list parts/);
    const proofs = explain({ request: request(within), source: facts(GiB), profile: profiles.aws }).reasons;
    expect(proofs.map(({ decision }) => decision).join()).not.toContain('MD5');
  });

  it('says how many batches reading back adds, and what they cost', () => {
    const plan = (verify: string) =>
      explain({ request: request({ verify }), source: facts(100 * GiB), profile: profiles.aws });
    const [published, readBack] = [plan('published'), plan('read-back')];
    expect(readBack.reasons.map(({ decision }) => decision)).toContain('read back after Complete: 115 more batches');
    expect(published.reasons.map(({ decision }) => decision).join()).not.toContain('read back');
    expect(readBack.costUsd).toBeGreaterThan(1.7 * published.costUsd);
    expect(readBack.costUsd).toBeLessThan(2 * published.costUsd);
  });

  it('says what is not copied, and what the transfer costs', () => {
    const { notCarried, costUsd, batches, partsPerBatch } = explain({
      request: request(),
      source: facts(100 * GiB),
      profile: profiles.aws,
    });
    expect(notCarried.map(({ what }) => what)).toEqual(['ACL']);
    expect(costUsd).toBeGreaterThan(0.02);
    expect(costUsd).toBeLessThan(0.05);
    expect([batches, partsPerBatch]).toEqual([115, 14]);
  });

  it('refuses what cannot work with the same name as the transfer would', async () => {
    const w = world();
    await expect(explainTransfer(w.ports)(requestFor())).rejects.toMatchObject({ name: 'SourceMissing' });
    putSource(w, 20_000 * 1024);
    await expect(explainTransfer(w.ports)(requestFor())).rejects.toMatchObject({ name: 'InvalidRequest' });
    w.from.put('data', 'x', Buffer.alloc(1024), { etag: undefined });
    await expect(explainTransfer(w.ports)(requestFor())).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('neither ETag nor date'),
    });
    expect(() => decisions(60 * TiB)).toThrow(expect.objectContaining({ name: 'TooLarge' }));
    expect(w.to.openUploads()).toEqual([]);
  });
});
