import { refuseOutside, unknownEndpoint } from '../transfer/endpoint.ts';
import { TransferError } from '../transfer/errors.ts';
import type { OpenUpload, Ports, TargetStore } from '../transfer/ports.ts';
import { type ObjectAddress, targetName } from '../transfer/transfer.ts';

const UPLOADS_A_PAGE = 1000;

/** Which uploads: after a key, and among those of that key after an upload id, as S3's own two markers say it. */
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

/** Uploads in progress at an endpoint, whoever began them. Throws NotAllowed where it may not write. */
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
    const all = await store.listUploads(bucket, prefix);
    if (!all)
      throw new TransferError(
        'InvalidRequest',
        `Endpoint "${endpoint}" (${store.profile.title}) cannot list its uploads; one can be aborted by its key and id.`,
      );
    const isAfter = ({ key, uploadId }: OpenUpload) =>
      key > keyMarker || (key === keyMarker && uploadIdMarker !== undefined && uploadId > uploadIdMarker);
    const rest = (keyMarker === '' ? all : all.filter(isAfter)).toSorted((one, other) =>
      one.key < other.key || (one.key === other.key && one.uploadId < other.uploadId) ? -1 : 1,
    );
    return { uploads: rest.slice(0, UPLOADS_A_PAGE), isTruncated: rest.length > UPLOADS_A_PAGE };
  };

/** Aborts one upload by its id. A transfer of ours that was using it begins another. */
export const abortOpenUpload =
  (ports: Ports) =>
  async ({ endpoint = '', bucket = '', key = '', uploadId = '' }: UploadQuery): Promise<void> => {
    if (key === '' || uploadId === '')
      throw new TransferError('InvalidRequest', 'endpoint, bucket, key and uploadId are needed.');
    await refuseOthers(ports, { endpoint, bucket, key });
    const store = await ports.store(endpoint);
    const target = { endpoint, bucket, key };
    await mustBeThere(store, target, uploadId);
    await store.abortUpload(target, uploadId);
  };

/** Uploads are only where something may be written. */
async function refuseOthers(ports: Ports, address: ObjectAddress): Promise<void> {
  const endpoint = await ports.endpoint(address.endpoint);
  if (!endpoint) throw unknownEndpoint(address.endpoint);
  refuseOutside(endpoint, address, 'write');
}

/** S3 takes an id that is not known for success, and whoever mistyped one would go on paying for the parts. */
async function mustBeThere(store: TargetStore, target: ObjectAddress, uploadId: string): Promise<void> {
  if (!store.profile.listsParts) return;
  await store.listParts(target, uploadId).catch((error) => {
    if (!(error instanceof TransferError) || error.name !== 'UploadLost') throw error;
    throw new TransferError('NotFound', `There is no upload ${uploadId} of ${targetName(target)}.`, { cause: error });
  });
}
