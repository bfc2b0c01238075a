const DATE = /<(LastModified|Initiated)>([^<]*)<\/\1>/g;

/**
 * The SDK drops a whole list if it cannot read one date in it, for instance "Wed Mar 20 17:39:12 2024" in Tencent's
 * manual of ListParts. So before the SDK reads the list, we write its dates as S3 does, and remove dates that cannot be
 * read.
 */
export function withKnownDates(list: string): string {
  return list.replace(DATE, (_, element: string, written: string) => {
    const time = Date.parse(written);
    return Number.isNaN(time) ? '' : `<${element}>${new Date(time).toISOString()}</${element}>`;
  });
}
