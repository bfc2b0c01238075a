import { checkReadConditions, checkWriteConditions } from '../protocol/conditions.ts';
import { StoreError } from '../protocol/errors.ts';
import { children, childText, parseXml, renderXml } from '../protocol/xml.ts';
import { receivePiece, receiveText } from '../request/body.ts';
import { commitPiece, commitRemoval, draftOfPiece } from '../request/commit.ts';
import { describe, descriptionHeaders, encryptionHeaders, isArchived } from '../request/description.ts';
import { bucketOf, checkKey, findObject } from '../request/lookup.ts';
import { objectContent } from '../request/pieces.ts';
import { type Selection, selectBytes } from '../request/selection.ts';
import type { Call, Reply } from '../state/call.ts';
import { checksumHeaders, checksumNames } from '../state/checksums.ts';
import type { ObjectChecksum, Piece, StoredObject } from '../state/records.ts';

// "The request can contain a list of up to 1,000 keys": S3 API reference, DeleteObjects.
const DELETIONS_MAX = 1000;

export async function putObject(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  checkKey(call.key);
  const description = describe(call.headers);
  // We check here so that a refusal costs no body. We check again at the commit, where it counts.
  checkWriteConditions(call.headers, bucket.objects.get(call.key));
  const piece = await receivePiece(call, []);
  const checksum = checksumOfPut(piece);
  const draft = { ...draftOfPiece(call.key, piece, description), ...(checksum === undefined ? {} : { checksum }) };
  const object = await commitPiece(call, draft, piece, 'PutObject');
  return {
    status: 200,
    headers: { etag: object.etag, ...checksumOfObject(object), ...encryptionHeaders(description) },
  };
}

export async function getObject(call: Call): Promise<Reply> {
  const object = findObject(call);
  const reply = headOf(call, object);
  if (isArchived(object)) throw new StoreError('InvalidObjectState');
  return { ...reply, content: objectContent(call.store.disk, object, reply.selection.range) };
}

/** Answers as GetObject would, with the length, but without the bytes. */
export async function headObject(call: Call): Promise<Reply> {
  const reply = headOf(call, findObject(call));
  const { range } = reply.selection;
  return { ...reply, headers: { ...reply.headers, 'content-length': String(range.last - range.first + 1) } };
}

export async function deleteObject(call: Call): Promise<Reply> {
  await commitRemoval(call, bucketOf(call), call.key, call.headers['if-match']);
  return { status: 204 };
}

export async function deleteObjects(call: Call): Promise<Reply> {
  const bucket = bucketOf(call);
  requireDigest(call);
  const document = parseXml(await receiveText(call), 'Delete');
  const rows = children(document, 'Object');
  if (rows.length === 0 || rows.length > DELETIONS_MAX) throw new StoreError('MalformedXML');
  const deleted: { Key: string }[] = [];
  const failed: { Key: string; Code: string; Message: string }[] = [];
  for (const row of rows) {
    const key = childText(row, 'Key') ?? '';
    try {
      await commitRemoval(call, bucket, key, childText(row, 'ETag'));
      deleted.push({ Key: key });
    } catch (error) {
      // If one key is refused, the answer says so beside the others. Any other error is our fault and ends the request.
      if (!(error instanceof StoreError)) throw error;
      failed.push({ Key: key, Code: error.code, Message: error.message });
    }
  }
  const quiet = childText(document, 'Quiet') === 'true';
  return { status: 200, text: renderXml('DeleteResult', { Deleted: quiet ? [] : deleted, Error: failed }) };
}

function checksumOfObject({ checksum }: StoredObject): Record<string, string> {
  if (checksum === undefined) return {};
  return { ...checksumHeaders({ [checksum.algorithm]: checksum.value }), 'x-amz-checksum-type': checksum.type };
}

function headOf(call: Call, object: StoredObject): Reply & { readonly selection: Selection } {
  checkReadConditions(call.headers, { etag: object.etag, modified: new Date(object.modified) });
  const selection = selectBytes(call, object);
  const headers = {
    ...descriptionHeaders(object),
    ...overrides(call),
    ...selection.headers,
    'accept-ranges': 'bytes',
    etag: object.etag,
    'last-modified': new Date(object.modified).toUTCString(),
  };
  if (call.headers['x-amz-checksum-mode']?.toUpperCase() !== 'ENABLED')
    return { status: selection.status, headers, selection };
  return { status: selection.status, headers: { ...headers, ...checksumOfSelection(object, selection) }, selection };
}

/**
 * The client checks what it reads with these. A range has no checksum, a part has its own, and only the whole object
 * has the object's.
 */
function checksumOfSelection(object: StoredObject, selection: Selection): Record<string, string> {
  if (selection.part !== undefined && object.uploadId !== undefined) return checksumHeaders(selection.part.checksums);
  return selection.status === 206 && selection.part === undefined ? {} : checksumOfObject(object);
}

/** response-content-type and similar parameters replace what is stored. */
function overrides({ query }: Call): Record<string, string> {
  const names = [
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-type',
    'expires',
  ];
  const asked = names.map((name) => [name, query[`response-${name}`]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(asked);
}

function checksumOfPut(piece: Piece): ObjectChecksum | undefined {
  const algorithm = checksumNames.find((name) => piece.checksums[name] !== undefined);
  const value = algorithm && piece.checksums[algorithm];
  return algorithm && value ? { algorithm, type: 'FULL_OBJECT', value } : undefined;
}

/** S3 requires proof that the list of deletions arrived undamaged. */
function requireDigest({ headers }: Call): void {
  const named = Object.keys(headers).some((name) => name.startsWith('x-amz-checksum-') || name === 'x-amz-trailer');
  if (named || headers['content-md5'] !== undefined) return;
  const message = 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*';
  throw new StoreError('InvalidRequest', { message });
}
