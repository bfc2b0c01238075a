import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { crc32 } from 'node:zlib';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { combineCrcs } from '../../tools/store/protocol/crc-combine.ts';
import { type ChecksumAlgorithm, checksumAlgorithms } from '../../tools/store/state/checksums.ts';
import {
  BUCKET,
  bytesOf,
  checksumOf,
  clientOf,
  complete,
  createUpload,
  freshStore,
  md5,
  refusal,
  streamOf,
} from './running-store.ts';

const { s3, url } = await freshStore();
const byDefault = clientOf(url, {
  requestChecksumCalculation: 'WHEN_SUPPORTED',
  responseChecksumValidation: 'WHEN_SUPPORTED',
});
const body = bytesOf(300_000);

describe('the checksums', () => {
  it('of "123456789" equal the published check values', async () => {
    // https://reveng.sourceforge.io/crc-catalogue/all.htm, the "check" of CRC-32/ISO-HDLC, CRC-32/ISCSI and CRC-64/NVME.
    const checks = { CRC32: 'cbf43926', CRC32C: 'e3069283', CRC64NVME: 'ae8b14860a799888' } as const;
    for (const [name, check] of Object.entries(checks)) {
      const value = await checksumOf(name as ChecksumAlgorithm, Buffer.from('123456789'));
      expect(Buffer.from(value, 'base64').toString('hex')).toBe(check);
    }
  });

  it('of the parts combine to the checksum of the whole', async () => {
    const pieces = [bytesOf(1000, 1), bytesOf(1000, 2), Buffer.alloc(0), bytesOf(1, 3), bytesOf(777, 4)];
    for (const name of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
      const { polynomial, digestBytes } = checksumAlgorithms[name];
      const crcs = [];
      for (const piece of pieces) crcs.push({ bytes: piece.length, base64: await checksumOf(name, piece) });
      expect(combineCrcs(crcs, polynomial!, digestBytes)).toBe(await checksumOf(name, Buffer.concat(pieces)));
    }
  });
});

describe('a body', () => {
  it('may be a stream without a checksum', async () => {
    const upload = await createUpload(s3, 'unsigned-stream');
    const sent = { ...upload, PartNumber: 1, Body: streamOf(body), ContentLength: body.length };
    const { ETag } = await s3.send(new UploadPartCommand(sent));
    expect(ETag).toBe(`"${md5(body)}"`);
  });

  it('may be a stream with any kind of checksum in its trailer', async () => {
    for (const name of [undefined, 'CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const upload = await createUpload(byDefault, `trailer-${name}`);
      const sent = {
        ...upload,
        PartNumber: 1,
        Body: streamOf(body),
        ContentLength: body.length,
        ChecksumAlgorithm: name,
      };
      const answer = await byDefault.send(new UploadPartCommand(sent));
      expect(answer.ETag).toBe(`"${md5(body)}"`);
      const kind = name ?? 'CRC32';
      expect(answer[`Checksum${kind}`]).toBe(await checksumOf(kind, body));
      await complete(s3, upload, [{ PartNumber: 1, ETag: answer.ETag }]);
      const { Body } = await byDefault.send(new GetObjectCommand({ Bucket: BUCKET, Key: `trailer-${name}` }));
      expect(md5(Buffer.from(await Body!.transformToByteArray()))).toBe(md5(body));
    }
  });

  it('may be a buffer with a checksum in the header, which the store keeps and returns', async () => {
    const answer = await byDefault.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'header', Body: body }));
    expect(answer).toMatchObject({ ChecksumCRC32: await checksumOf('CRC32', body), ChecksumType: 'FULL_OBJECT' });
    const asked = { Bucket: BUCKET, Key: 'header', ChecksumMode: 'ENABLED' } as const;
    const head = await s3.send(new HeadObjectCommand(asked));
    expect(head).toMatchObject({ ChecksumCRC32: answer.ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
    const silent = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'header' }));
    expect(silent.ChecksumCRC32).toBeUndefined();
    const range = await byDefault.send(new GetObjectCommand({ ...asked, Range: 'bytes=1-5' }));
    expect(await range.Body!.transformToByteArray()).toHaveLength(5);
  });

  it('is refused if it does not match its checksum', async () => {
    const wrong = { Bucket: BUCKET, Key: 'wrong', Body: body };
    const md5OfOther = createHash('md5').update('other').digest('base64');
    const puts = [
      [{ ...wrong, ChecksumCRC32: 'AAAAAA==' }, 'BadDigest 400'],
      [{ ...wrong, ChecksumCRC32: 'AAAA' }, 'InvalidRequest 400'],
      [{ ...wrong, ContentMD5: md5OfOther }, 'BadDigest 400'],
      [{ ...wrong, ContentMD5: 'short' }, 'InvalidDigest 400'],
    ] as const;
    for (const [input, answer] of puts) expect(await refusal(s3.send(new PutObjectCommand(input)))).toBe(answer);
    expect(await refusal(s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'wrong' })))).toBe('NotFound 404');
  });

  it('is accepted with the right Content-MD5', async () => {
    const ContentMD5 = createHash('md5').update(body).digest('base64');
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'md5', Body: body, ContentMD5 }));
    expect(ETag).toBe(`"${md5(body)}"`);
  });
});

describe('an aws-chunked body', () => {
  const pieces = [Buffer.from('hello '), Buffer.from('world')];
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(Buffer.concat(pieces)));
  const frames = (signature: string) =>
    [...pieces.map((piece) => `${piece.length.toString(16)}${signature}\r\n${piece}\r\n`), `0${signature}\r\n`].join(
      '',
    );
  const trailer = (checksum: string) => `x-amz-checksum-crc32:${checksum}\r\n\r\n`;

  it('is decoded correctly wherever the network splits it', async () => {
    const sent = frames('') + trailer(value.toString('base64'));
    expect(await putFramed('STREAMING-UNSIGNED-PAYLOAD-TRAILER', sent, 1)).toContain('200 OK');
    const signed = `${frames(`;chunk-signature=${'0'.repeat(64)}`)}\r\n`;
    expect(await putFramed('STREAMING-AWS4-HMAC-SHA256-PAYLOAD', signed, 3)).toContain('200 OK');
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'framed' }));
    expect(await Body!.transformToString()).toBe('hello world');
  });

  it('is refused if it is incomplete, malformed or does not match its trailer', async () => {
    const word = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
    expect(await putFramed(word, frames('') + trailer('AAAAAA=='), 64)).toContain('BadDigest');
    expect(await putFramed(word, `${frames('')}\r\n`, 64)).toContain('InvalidRequest');
    expect(await putFramed(word, '6\r\nhello \r\n', 64)).toContain('IncompleteBody');
    expect(await putFramed(word, `zz\r\n${trailer(value.toString('base64'))}`, 64)).toContain('IncompleteBody');
    expect(await putFramed(word, `6\r\nhello \r\n0\r\n${trailer('AAAAAA==')}`, 64)).toContain('IncompleteBody');
  });

  /** Sends a request written by hand, `step` bytes at a time, because no client sends such requests on purpose. */
  async function putFramed(word: string, framed: string, step: number): Promise<string> {
    const headers = {
      'x-amz-content-sha256': word,
      'x-amz-decoded-content-length': '11',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    const extra = word.endsWith('TRAILER') ? headers : { ...headers, 'x-amz-trailer': undefined };
    const command = new PutObjectCommand({ Bucket: BUCKET, Key: 'framed' });
    command.middlewareStack.add(
      (next) => (input) => {
        const request = input.request as { headers: Record<string, string | undefined> };
        for (const [name, text] of Object.entries(extra)) if (text !== undefined) request.headers[name] = text;
        return next(input);
      },
      { step: 'build' },
    );
    const names = new Set(Object.keys(headers));
    const signed = new URL(
      await getSignedUrl(s3, command, { unhoistableHeaders: names, signableHeaders: new Set(['host', ...names]) }),
    );
    const lines = Object.entries(extra).flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}`]));
    const head = [
      `PUT ${signed.pathname}${signed.search} HTTP/1.1`,
      `host: ${signed.host}`,
      `content-length: ${framed.length}`,
    ];
    return exchange(signed, [...head, ...lines, 'connection: close', '', framed].join('\r\n'), step);
  }
});

async function exchange(target: URL, text: string, step: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: Number(target.port), noDelay: true });
  const bytes = Buffer.from(text);
  const body = bytes.indexOf('\r\n\r\n') + 4;
  socket.write(bytes.subarray(0, body));
  for (let offset = body; offset < bytes.length; offset += step) {
    socket.write(bytes.subarray(offset, offset + step));
    await new Promise(setImmediate);
  }
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}
