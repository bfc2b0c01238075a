import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { KiB, MiB } from '../../transfer/values/sizes.ts';
import { withKnownDates } from './dates.ts';

// A page has at most 1,000 rows, and a key at most 1,024 bytes, each of which XML may write with six.
const LIST_BYTES_MAX = 8 * MiB;
const ANSWER_BYTES_MAX = MiB;
// An error of S3 has some hundred bytes. Of a longer one, for instance a gateway's page, only the beginning counts.
const ERROR_BYTES_MAX = 256 * KiB;

// Without these three, an answer comes within seconds of its status. While S3 completes an upload or copies an object,
// it sends a space now and then, for minutes. The end of the Lambda limits those.
const ANSWER_MS_MAX = 60_000;
const SLOW = ['CompleteMultipartUploadCommand', 'CopyObjectCommand', 'UploadPartCopyCommand'];
const LISTS = ['ListPartsCommand', 'ListMultipartUploadsCommand'];

type Answer = { statusCode: number; body: Readable };

/**
 * Reads each answer of a store as a whole, within limits of bytes and time, before the SDK reads it. The SDK itself would
 * read an endless answer until memory ends. The bytes of an object pass: whoever reads them counts them.
 */
export function boundAnswers(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const answer = result.response as Answer;
      const command = context.commandName ?? '';
      if (command === 'GetObjectCommand' && answer.statusCode < 300) return result;
      const text = asOneDocument((await readBounded(answer, command)).toString());
      answer.body = Readable.from([Buffer.from(LISTS.includes(command) ? withKnownDates(text) : text)], {
        objectMode: false,
      });
      return result;
    },
    // Runs before all readers of the SDK.
    { step: 'deserialize', priority: 'low', name: 'boundedAnswers' },
  );
}

/** The answer of a store that sent more, or took longer, than any answer of S3. It has a status, so there was an answer. */
class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLong';
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(message: string, httpStatusCode: number) {
    super(message);
    this.$metadata = { httpStatusCode };
  }
}

/** Of an error we keep the beginning. Any other answer means nothing without its end. */
async function readBounded({ statusCode, body }: Answer, command: string): Promise<Buffer> {
  const isError = statusCode >= 300;
  const bytesMax = isError ? ERROR_BYTES_MAX : LISTS.includes(command) ? LIST_BYTES_MAX : ANSWER_BYTES_MAX;
  const tooLate = new AnswerTooLongError(`it did not end within ${ANSWER_MS_MAX / 1000} s`, statusCode);
  const limit = SLOW.includes(command) ? undefined : setTimeout(() => body.destroy(tooLate), ANSWER_MS_MAX);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece as Buffer);
      bytes += (piece as Buffer).length;
      if (bytes <= bytesMax) continue;
      if (isError) break; // which destroys the body
      throw new AnswerTooLongError(`it has more than ${bytesMax} bytes`, statusCode);
    }
  } finally {
    clearTimeout(limit);
  }
  return Buffer.concat(pieces).subarray(0, bytesMax);
}

/**
 * No answer of S3 has a DOCTYPE. A gateway's page may begin with one. The SDK's reader copies the whole text for each, so
 * many of them would take hours. Without them, the text can no longer be read as XML, and we report it as it is.
 */
function asOneDocument(text: string): string {
  return text.replace(/<!doctype/gi, '<doctype');
}
