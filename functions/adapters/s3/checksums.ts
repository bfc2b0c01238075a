import { HeadObjectCommand, type HeadObjectCommandInput, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { OwnChecksum } from '../../transfer/provider.ts';
import { crcFromBase64, crcFromDecimal, type OtherCrc, type OtherCrcs } from '../../transfer/values/checksums.ts';

/**
 * What a store says about an object. `own` is the value of the provider's own header, for which the SDK has no field.
 */
export type Head = { readonly output: HeadObjectCommandOutput; readonly own: string | undefined };

/** A HEAD that also reads the header in which the provider sends its own checksum. */
export function headCommand(input: HeadObjectCommandInput, own: OwnChecksum | 'none') {
  const command = new HeadObjectCommand(input);
  let told: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Readonly<Record<string, string | undefined>> };
      if (own !== 'none') told = headers[own.header];
      return result;
    },
    { step: 'deserialize', name: 'ownChecksum' },
  );
  return { command, headed: (output: HeadObjectCommandOutput): Head => ({ output, own: told }) };
}

/**
 * The CRCs of the whole object that a store publishes, in hexadecimal. We ignore COMPOSITE checksums: they are made of
 * the checksums of the parts.
 */
export function publishedCrcs({ output, own }: Head, ownChecksum: OwnChecksum | 'none'): OtherCrcs {
  const { ChecksumType: type, ChecksumCRC64NVME: nvme, ChecksumCRC32C: castagnoli } = output;
  const found: { [Name in OtherCrc]?: string | undefined } = {
    // CRC-64/NVME is always of the whole object. S3 also publishes it without a type.
    crc64nvme: type === 'COMPOSITE' || nvme === undefined ? undefined : crcFromBase64('crc64nvme', nvme),
    crc32c: type !== 'FULL_OBJECT' || castagnoli === undefined ? undefined : crcFromBase64('crc32c', castagnoli),
  };
  if (ownChecksum !== 'none' && own !== undefined && type !== 'COMPOSITE')
    found[ownChecksum.algorithm] ??= readOwn(ownChecksum.algorithm, own);
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/**
 * Reads the value of the provider's own header. The stores with CRC-64/ECMA write it in decimal, and the others in
 * base64. Google writes a name before it, and also sends its MD5 in the same header.
 */
function readOwn(algorithm: OtherCrc, text: string): string | undefined {
  if (algorithm === 'crc64ecma') return crcFromDecimal(algorithm, text.trim());
  const values = text.split(',').map((value) => value.trim());
  const named = values.find((value) => value.startsWith(`${algorithm}=`));
  return crcFromBase64(algorithm, named?.slice(algorithm.length + 1) ?? text.trim());
}
