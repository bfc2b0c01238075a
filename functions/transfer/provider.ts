import type { PartLimits } from './plan.ts';

/**
 * A kind of store, as data. A branch on a provider's name anywhere means that a field is missing here.
 * Every number in a profile has its source beside it.
 */
export type ProviderProfile = {
  readonly name: string;
  /** How a person calls it. */
  readonly title: string;
  readonly addressing: 'path' | 'virtual-host';
  readonly part: PartLimits;
  /** `md5`: UploadPart answers with the MD5 of the part, so that each part is proven. `opaque`: the ETag says nothing. */
  readonly partEtag: 'md5' | 'opaque';
  /** `md5-of-md5s`: the finished object's ETag can be computed from the parts'. */
  readonly objectEtag: 'md5-of-md5s' | 'opaque';
  /** Where it is false the checkpoint alone says which parts are there. */
  readonly listsParts: boolean;
  /** Where it is false, uploads that nobody remembers cannot be found, and only the checkpoint's own are swept. */
  readonly listsUploads: boolean;
  /** Whether a condition on CompleteMultipartUpload and PutObject keeps an object that is there. */
  readonly guardsOverwrite: boolean;
};
