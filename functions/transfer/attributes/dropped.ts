import type { NotCarried } from '../receipt.ts';
import type { ObjectFacts } from '../transfer.ts';
import type { Carried } from './object-attributes.ts';

/**
 * What was written beside the bytes, but the target shows otherwise or not at all. Partway has sent it and can do no
 * more.
 */
export function droppedAttributes(
  { written }: Pick<Carried, 'written'>,
  present: ObjectFacts,
  title: string,
): NotCarried[] {
  const lost = `${title} took it, and does not show it`;
  const shown = (value: string) => `${title} took it, and shows "${value}"`;
  const compared = (what: string, sent: string | undefined, there: string | undefined): NotCarried[] => {
    if (sent === undefined || plain(sent) === plain(there)) return [];
    return [{ what, why: there === undefined ? lost : shown(there) }];
  };
  const headers: Readonly<Record<string, string | undefined>> = present.headers;
  const metadata = new Map(Object.entries(present.metadata).map(([name, value]) => [name.toLowerCase(), value]));
  const tagsSent = Object.keys(written.tags ?? {}).length;
  return [
    ...Object.entries(written.headers).flatMap(([name, sent]) => compared(name, sent, headers[name])),
    ...Object.entries(written.metadata).flatMap(([name, sent]) =>
      compared(`metadata ${name}`, sent, metadata.get(name.toLowerCase())),
    ),
    // A store does not tell the number of tags to a caller who may not read them. And many stores show STANDARD by
    // showing nothing.
    ...(present.tagCount === undefined ? [] : compared('tags', String(tagsSent), String(present.tagCount))),
    ...(present.storageClass === undefined
      ? []
      : compared(`storage class ${written.storageClass}`, written.storageClass, present.storageClass)),
    ...compared(`encryption ${written.encryption?.type}`, written.encryption?.type, present.encryption),
  ];
}

/** Stores write "text/plain;charset=UTF-8" as "text/plain; charset=utf-8". */
function plain(text: string | undefined): string | undefined {
  return text?.replaceAll(/\s/g, '').toLowerCase();
}
