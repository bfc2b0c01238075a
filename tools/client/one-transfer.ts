import { apiClient } from './api/api.ts';
import { named } from './api/partway-error.ts';
import type { Named, SafePart, TransferView } from './library.ts';
import { recordedParts } from './push.ts';

/** The transfer as it is now. Throws NotFound. */
export function describe({ api, transferId, signal }: Named): Promise<TransferView> {
  return named(() => apiClient(api, signal).describe(transferId));
}

/** No more URLs are given; what was sent stays. `resume` or the same upload goes on. */
export function pause({ api, transferId, signal }: Named): Promise<TransferView> {
  return named(() => apiClient(api, signal).pause(transferId));
}

/** Ends the transfer for good, and removes its parts from the target. It may still be at work when this answers. */
export function abort({ api, transferId, signal }: Named): Promise<TransferView> {
  return named(() => apiClient(api, signal).abort(transferId));
}

/** The parts that are safe at the target, by number. */
export function listParts({ api, transferId, signal }: Named): Promise<readonly SafePart[]> {
  return named(async () => {
    const parts = await recordedParts(apiClient(api, signal), transferId);
    return [...parts.values()].toSorted((one, other) => one.partNumber - other.partNumber);
  });
}
