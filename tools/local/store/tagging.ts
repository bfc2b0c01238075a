import { receiveText } from './body.ts';
import type { Call, Reply } from './call.ts';
import { describeAnew } from './commit.ts';
import { bucketOf, findObject } from './lookup.ts';
import type { Tag } from './records.ts';
import { checkTags } from './tags.ts';
import { children, childText, parseXml, renderXml } from './xml.ts';

export async function getObjectTagging(call: Call): Promise<Reply> {
  const { tags } = findObject(call).description;
  const rows = tags.map(({ key, value }) => ({ Key: key, Value: value }));
  return { status: 200, text: renderXml('Tagging', { TagSet: { Tag: rows } }) };
}

export async function putObjectTagging(call: Call): Promise<Reply> {
  const document = parseXml(await receiveText(call), 'Tagging');
  const rows = children(children(document, 'TagSet')[0] ?? {}, 'Tag');
  const tags = rows.map((row) => ({ key: childText(row, 'Key') ?? '', value: childText(row, 'Value') ?? '' }));
  return replaceTags(call, checkTags(tags), 200);
}

export async function deleteObjectTagging(call: Call): Promise<Reply> {
  return replaceTags(call, [], 204);
}

async function replaceTags(call: Call, tags: readonly Tag[], status: number): Promise<Reply> {
  const bucket = bucketOf(call);
  await describeAnew(call, bucket, (object) => ({ ...object.description, tags }));
  return { status };
}
