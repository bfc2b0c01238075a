import type { ProviderProfile } from './provider.ts';

/**
 * The profile for an object that is encrypted in this way. Under a key service, ETags look like MD5s but are not:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function profileUnder(profile: ProviderProfile, ...encryptions: (string | undefined)[]): ProviderProfile {
  const kms = encryptions.find((encryption) => encryption?.startsWith('aws:kms'));
  if (kms === undefined) return profile;
  return withOpaqueEtags(profile, `under ${kms}`);
}

/** The profile of a store whose ETags say nothing about the bytes. `how` says why, for a reader. */
export function withOpaqueEtags(profile: ProviderProfile, how: string): ProviderProfile {
  return { ...profile, title: `${profile.title} ${how}`, partEtag: 'opaque', objectEtag: 'opaque' };
}
