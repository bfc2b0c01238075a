import type { OpenUpload, OpenUploads, UploadMarkers } from '../../transfer/at-stores.ts';
import { refuseOutside, unknownEndpoint } from '../../transfer/endpoint.ts';
import { isNamed, TransferError } from '../../transfer/errors.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { inTime } from '../stores/in-time.ts';

const UPLOADS_A_PAGE = 1000;

/**
 * Where a list of uploads begins: after a key and, among the uploads of that key, after an upload id. S3 has the same
 * two markers.
 */
export type UploadsQuery = {
  readonly endpoint?: string | undefined;
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
  readonly keyMarker?: string | undefined;
  readonly uploadIdMarker?: string | undefined;
};
/** One upload by its own id. */
export type UploadQuery = Pick<UploadsQuery, 'endpoint' | 'bucket'> & {
  readonly key?: string | undefined;
  readonly uploadId?: string | undefined;
};
export type UploadsPage = { readonly uploads: readonly OpenUpload[]; readonly isTruncated: boolean };

/** Uploads in progress at an endpoint, of all programs. Throws NotAllowed if the endpoint may not write there. */
export const listOpenUploads =
  (ports: Ports) =>
  async ({
    endpoint = '',
    bucket = '',
    prefix = '',
    keyMarker = '',
    uploadIdMarker,
  }: UploadsQuery): Promise<UploadsPage> => {
    await refuseOthers(ports, { endpoint, bucket, key: prefix });
    const store = await ports.store(endpoint);
    const what = `The list of uploads of ${endpoint}:${bucket}/${prefix}`;
    // Not every store obeys the markers, so we leave out here what it lists before them.
    const isAfter = ({ key, uploadId }: OpenUpload) =>
      keyMarker === '' ||
      key > keyMarker ||
      (key === keyMarker && uploadIdMarker !== undefined && uploadId > uploadIdMarker);
    const uploads: OpenUpload[] = [];
    let next: UploadMarkers | undefined = keyMarker === '' ? {} : { keyMarker, uploadIdMarker };
    while (next && uploads.length < UPLOADS_A_PAGE) {
      const listing = mustList(store, endpoint, store.uploadsPage(bucket, prefix, next));
      const page: OpenUploads | undefined = await inTime(ports, what, listing).catch((error) => {
        if (uploads.length === 0) throw error;
        return undefined;
      });
      // We answer with what we know. The caller asks for the rest, and then learns what was wrong.
      if (!page) break;
      uploads.push(...page.uploads.filter(isAfter));
      next = page.next;
    }
    const sorted = uploads.toSorted(byKeyAndId);
    return {
      uploads: sorted.slice(0, UPLOADS_A_PAGE),
      isTruncated: next !== undefined || sorted.length > UPLOADS_A_PAGE,
    };
  };

async function mustList(
  { profile }: TargetStore,
  endpoint: string,
  page: Promise<OpenUploads | undefined>,
): Promise<OpenUploads> {
  const listed = await page;
  if (listed) return listed;
  throw new TransferError(
    'InvalidRequest',
    `Endpoint "${endpoint}" (${profile.title}) cannot list its uploads. You can still abort an upload by its key and id.`,
  );
}

function byKeyAndId(one: OpenUpload, other: OpenUpload): number {
  return one.key < other.key || (one.key === other.key && one.uploadId < other.uploadId) ? -1 : 1;
}

/** Aborts one upload by its id. If one of our transfers was using it, that transfer begins another. */
export const abortOpenUpload =
  (ports: Ports) =>
  async ({ endpoint = '', bucket = '', key = '', uploadId = '' }: UploadQuery): Promise<void> => {
    if (key === '' || uploadId === '')
      throw new TransferError('InvalidRequest', 'This call needs endpoint, bucket, key and uploadId.');
    await refuseOthers(ports, { endpoint, bucket, key });
    const store = await ports.store(endpoint);
    const target = { endpoint, bucket, key };
    await inTime(ports, `ListParts of ${targetName(target)}`, mustBeThere(store, target, uploadId));
    const what = `The store may have aborted upload ${uploadId} of ${targetName(target)}, but the call`;
    await inTime(ports, what, store.abortUpload(target, uploadId));
  };

/** Throws NotAllowed for a place where the endpoint may not write: none of our uploads can be there. */
async function refuseOthers(ports: Ports, address: ObjectAddress): Promise<void> {
  const endpoint = await ports.endpoint(address.endpoint);
  if (!endpoint) throw unknownEndpoint(address.endpoint);
  refuseOutside(endpoint, address, 'write');
}

/**
 * S3 answers an unknown id with success. A person who mistyped the id would go on paying for the parts. So we look
 * first.
 */
async function mustBeThere(store: TargetStore, target: ObjectAddress, uploadId: string): Promise<void> {
  if (!store.profile.listsParts) return;
  await store.listParts(target, uploadId).catch((error) => {
    if (!isNamed(error, 'UploadLost')) throw error;
    throw new TransferError('NotFound', `There is no upload ${uploadId} of ${targetName(target)}.`, { cause: error });
  });
}
