import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';

const DATE = /<(LastModified|Initiated)>([^<]*)<\/\1>/g;

/**
 * The SDK drops a whole list if it cannot read one date in it, for instance "Wed Mar 20 17:39:12 2024" in Tencent's
 * manual of ListParts. So before the SDK reads the list, we write its dates as S3 does, and remove dates that cannot be
 * read.
 */
export function readingAnyDate<C extends ListPartsCommand | ListMultipartUploadsCommand>(command: C): C {
  (command as ListPartsCommand).middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; body: Readable };
      if (response.statusCode === 200) response.body = Readable.from([withKnownDates(await text(response.body))]);
      return result;
    },
    // Runs before the SDK's own reader, which reads what this one returns.
    { step: 'deserialize', name: 'readingAnyDate', priority: 'low' },
  );
  return command;
}

function withKnownDates(list: string): string {
  return list.replace(DATE, (_, element: string, written: string) => {
    const time = Date.parse(written);
    return Number.isNaN(time) ? '' : `<${element}>${new Date(time).toISOString()}</${element}>`;
  });
}
