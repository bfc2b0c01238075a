import { combineCrcs } from '../protocol/crc-combine.ts';
import { StoreError } from '../protocol/errors.ts';
import { childText } from '../protocol/xml.ts';
import { checksumOfPiece } from '../request/pieces.ts';
import type { Call } from '../state/call.ts';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumNames,
  defaultChecksum,
  polynomialOf,
} from '../state/checksums.ts';
import type { Disk } from '../state/disk.ts';
import type { ObjectChecksum, OpenUpload, Part, Upload } from '../state/records.ts';
import type { NamedPart } from './complete.ts';
import { checkChecksumType, defaultChecksumType } from './uploads.ts';

type Completion = {
  readonly call: Call;
  readonly upload: OpenUpload;
  readonly parts: readonly Part[];
  readonly named: readonly NamedPart[];
};

/** The checksum of the object to be made. Throws if the client has computed another one. */
export async function checksumOfComplete({
  call,
  upload,
  parts,
  named,
}: Completion): Promise<ObjectChecksum | undefined> {
  const wanted = wantedChecksum(call, upload.checksum);
  if (wanted === undefined) return undefined;
  const { algorithm, type } = wanted;
  if (type === 'COMPOSITE' && upload.checksum !== undefined) requireChecksums(algorithm, named);
  const values = await valuesOfParts(call.store.disk, parts, algorithm);
  const value = type === 'COMPOSITE' ? await composite(algorithm, values) : wholeObject(algorithm, parts, values);
  const claimed = call.headers[checksumAlgorithms[algorithm].header];
  // Some clients send a composite checksum with the number of parts at its end, others without it.
  if (claimed !== undefined && claimed !== value && claimed !== value.split('-')[0]) {
    throw new StoreError('BadDigest', {
      message: `The ${algorithm} you specified did not match the calculated checksum.`,
    });
  }
  return { algorithm, type, value };
}

function wantedChecksum({ headers, store }: Call, created: Upload['checksum']): Upload['checksum'] {
  const claimed = checksumNames.find((name) => headers[checksumAlgorithms[name].header] !== undefined);
  const type = headers['x-amz-checksum-type'];
  if (created !== undefined) {
    if ((claimed ?? created.algorithm) === created.algorithm && (type ?? created.type) === created.type) return created;
    const message = `The upload was created with the ${created.type} ${created.algorithm} checksum.`;
    throw new StoreError('InvalidRequest', { message });
  }
  const unasked = defaultChecksum(store.options);
  if (claimed === undefined) return unasked && { algorithm: unasked, type: defaultChecksumType(unasked) };
  return { algorithm: claimed, type: checkChecksumType(claimed, type ?? defaultChecksumType(claimed)) };
}

function requireChecksums(algorithm: ChecksumAlgorithm, named: readonly NamedPart[]): void {
  const { element } = checksumAlgorithms[algorithm];
  const bare = named.find(({ row }) => childText(row, element) === undefined);
  if (bare === undefined) return;
  const message =
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the ` +
    `checksum for each part. It was missing for part ${bare.partNumber} in the request.`;
  throw new StoreError('InvalidRequest', { message });
}

/** Reads a part again only if the store did not compute this checksum when the part came in. */
async function valuesOfParts(disk: Disk, parts: readonly Part[], algorithm: ChecksumAlgorithm): Promise<string[]> {
  const values: string[] = [];
  for (const part of parts) values.push(part.checksums[algorithm] ?? (await checksumOfPiece(disk, part, algorithm)));
  return values;
}

async function composite(algorithm: ChecksumAlgorithm, values: readonly string[]): Promise<string> {
  const checksum = checksumAlgorithms[algorithm].start();
  for (const value of values) checksum.update(Buffer.from(value, 'base64'));
  return `${await checksum.digest()}-${values.length}`;
}

function wholeObject(algorithm: ChecksumAlgorithm, parts: readonly Part[], values: readonly string[]): string {
  const polynomial = polynomialOf(algorithm);
  if (polynomial === undefined) throw new StoreError('InvalidRequest');
  const crcs = parts.map(({ bytes }, index) => ({ bytes, base64: values[index] ?? '' }));
  return combineCrcs(crcs, polynomial, checksumAlgorithms[algorithm].digestBytes);
}
