import { profiles } from '../providers/profiles.ts';
import { refuseUnsupported } from '../transfer/attributes/unsupported.ts';
import { TransferError } from '../transfer/errors.ts';
import { faultOfPartBytes } from '../transfer/plan.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import type { TransferRequest } from '../transfer/request.ts';

/**
 * Throws InvalidRequest for what a kind of store never takes, whatever the object is. A provider that does not exist is
 * named by the check of its endpoint.
 */
export function refuseForProvider(request: TransferRequest, provider: string): void {
  const all: Readonly<Record<string, ProviderProfile>> = profiles;
  const profile = all[provider];
  if (!profile) return;
  refuseUnsupported({ request, source: undefined, profile, ours: {} });
  const { partBytes } = request;
  const fault = partBytes === undefined ? undefined : faultOfPartBytes(partBytes, 2 * partBytes, profile.part);
  if (fault !== undefined) throw new TransferError('InvalidRequest', fault);
}
