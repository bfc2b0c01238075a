import { proofOf } from '../../../functions/transfer/proof.ts';
import { arrived, holds, partsTaken, same, succeeded } from '../claims.ts';
import { partsOf, small, trialTo } from '../trial.ts';
import { type Case, hangingUp } from './case.ts';

const whole = { multipartThresholdBytes: 1024 * 1024 };

export const oneRequest: Case = {
  name: 'one request',
  claim: 'takes a small object as one request',
  run: async (bench, key) => {
    const trial = trialTo(bench, key);
    succeeded(await trial.copy(whole));
    await arrived(bench, key, trial);
    same('uploads begun', bench.proxy.asked(key, 'CreateMultipartUpload').length, 0);
    const headers = new Set(bench.proxy.asked(key).flatMap((request) => Object.keys(request.headers)));
    const ofChecksums = [...headers].filter((name) => /^x-amz-(checksum|sdk-checksum|trailer)/.test(name));
    const mode = bench.profile.checksumHeaders === 'refused' ? [] : ['x-amz-checksum-mode'];
    same('headers of checksums', ofChecksums, mode);
  },
};

export const empty: Case = {
  name: 'empty',
  claim: 'takes an empty object',
  run: async (bench, key) => {
    const trial = trialTo(bench, key, { content: Buffer.alloc(0) });
    succeeded(await trial.copy());
    await arrived(bench, key, trial);
  },
};

export const multipart: Case = {
  name: 'multipart',
  claim: 'takes an object in parts, and the receipt says what was proven',
  run: async (bench, key) => {
    const { md5 } = proofOf({ profile: bench.profile, source: {}, checksum: 'auto' });
    const trial = trialTo(bench, key, { content: partsOf(bench, 2) });
    const end = await trial.copy({ partsAtOnce: 2 });
    succeeded(end);
    await arrived(bench, key, trial);
    same('parts taken', partsTaken(bench, key), { 1: 1, 2: 1 });
    const proofs = end.transfer.receipt?.proofs ?? [];
    const each = md5 ? "each part's MD5" : "each part's length";
    holds(`the receipt does not say "${each}": ${proofs}`, proofs.includes(each));
    const byEtag = md5 && bench.profile.objectEtag === 'md5-of-md5s';
    same('proven by the ETag', proofs.includes('ETag, computed from the parts'), byEtag);
  },
};

export const resume: Case = {
  name: 'resume',
  claim: 'gets only the missing parts after a kill, and no recorded part twice',
  run: async (bench, key) => {
    const { profile, proxy } = bench;
    const trial = trialTo(bench, key, { content: partsOf(bench, 3) });
    const heal = proxy.trouble(hangingUp(key, 'UploadPart', 2));
    const killed = await trial.copy();
    heal();
    same('after the kill', [killed.status, killed.transfer.state], ['FAILED', 'failed']);
    same('parts taken before', partsTaken(bench, key), { 1: 1 });
    const looksBefore = proxy.asked(key, 'ListParts').length;
    succeeded(await trial.redrive(killed));
    await arrived(bench, key, trial);
    same('parts taken', partsTaken(bench, key), { 1: 1, 2: 1, 3: 1 });
    same('the target was asked for its parts', proxy.asked(key, 'ListParts').length > looksBefore, profile.listsParts);
  },
};

const headers = {
  contentType: 'video/mp4',
  cacheControl: 'max-age=60',
  contentDisposition: 'attachment; filename="x.mp4"',
  contentLanguage: 'de',
  contentEncoding: 'gzip',
  expires: 'Wed, 21 Oct 2015 07:28:00 GMT',
};

export const described: Case = {
  name: 'metadata',
  claim: 'keeps metadata and content headers, in one request and in parts',
  run: async (bench, key) => {
    for (const [name, wishes] of Object.entries({ whole, parts: {} })) {
      const facts = { headers, metadata: { author: 'somebody' } };
      const trial = trialTo(bench, `${key}-${name}`, { content: small(), facts });
      succeeded(await trial.copy({ ...wishes, metadata: { project: 'p-1' }, contentLanguage: 'en' }));
      const head = await bench.behind.head(`${key}-${name}`);
      const { ContentType, CacheControl, ContentDisposition, ContentLanguage, ContentEncoding, ExpiresString } =
        head ?? {};
      same(
        'content headers',
        { ContentType, CacheControl, ContentDisposition, ContentLanguage, ContentEncoding, ExpiresString },
        {
          ContentType: headers.contentType,
          CacheControl: headers.cacheControl,
          ContentDisposition: headers.contentDisposition,
          ContentLanguage: 'en',
          ContentEncoding: headers.contentEncoding,
          ExpiresString: headers.expires,
        },
      );
      same('metadata', [head?.Metadata?.author, head?.Metadata?.project], ['somebody', 'p-1']);
    }
  },
};
