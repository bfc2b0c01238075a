import * as z from 'zod';

const TIME = '\\d{2}:\\d{2}:\\d{2}';
// The three forms of a date in HTTP, all in GMT. The last one does not name the zone: RFC 9110, 5.6.7. JavaScript
// accepts much more: it reads "0" as the year 2000, and without a zone it uses that of the computer.
const HTTP_DATES = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d{1,2}) [A-Z][a-z]{2} \\d{4} ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]+day, (?<day>\\d{2})-[A-Z][a-z]{2}-\\d{2} ${TIME} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} [A-Z][a-z]{2} (?<day>[ \\d]\\d) ${TIME} \\d{4}$`),
];

/** `undefined`: the text is no date as HTTP writes one. */
export function httpDate(value: string): Date | undefined {
  const day = HTTP_DATES.map((form) => form.exec(value)?.groups?.day).find((found) => found !== undefined);
  const date = new Date(value.endsWith('GMT') ? value : `${value} GMT`);
  // JavaScript turns the 31st of February into the 2nd of March. We compare the days, so such a date is refused.
  return day !== undefined && date.getUTCDate() === Number(day) ? date : undefined;
}

const isoTime = z.iso.datetime({ offset: true });
const rule = 'it takes a time such as 2026-11-20T10:00:00Z, or a date of HTTP: Fri, 20 Nov 2026 10:00:00 GMT';

/** A time in either form. It becomes a date of HTTP, so that one time is always written in one way. */
export const askedTime = z.string().transform((text, context) => {
  const date = httpDate(text) ?? (isoTime.safeParse(text).success ? new Date(text) : undefined);
  if (date !== undefined) return date.toUTCString();
  context.addIssue({ code: 'custom', message: rule });
  return z.NEVER;
});
