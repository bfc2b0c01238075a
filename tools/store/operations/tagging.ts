import { children, childText, parseXml, renderXml } from '../protocol/xml.ts';
import { receiveText } from '../request/body.ts';
import { describeAnew } from '../request/commit.ts';
import { bucketOf, findObject } from '../request/lookup.ts';
import { checkTags } from '../request/tags.ts';
import type { Call, Reply } from '../state/call.ts';
import type { Tag } from '../state/records.ts';

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
