import type { ArrivalTarget } from '../../functions/transfer/messages.ts';
import type { IngestProps } from './ingest.ts';

/** What the machine gets about an object that arrived, besides the event. */
export function arrivalTarget({ endpoint, into, options }: IngestProps): ArrivalTarget {
  return {
    sourceEndpoint: endpoint,
    endpoint: into.endpoint,
    bucket: into.bucket,
    keyPrefix: into.keyPrefix ?? '',
    options: options ?? {},
  };
}
