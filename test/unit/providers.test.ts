import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { callingStore } from '../../functions/adapters/s3/failure.ts';
import { type ProviderName, profiles, providerFacts } from '../../functions/providers/profiles.ts';
import { isErrorName, TransferError } from '../../functions/transfer/errors.ts';
import { goesWhole, planParts } from '../../functions/transfer/plan.ts';
import type { ProviderFacts, ProviderProfile } from '../../functions/transfer/provider.ts';
import { GiB, KiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { writtenFacts } from '../../tools/providers/facts.ts';
import { providersPage } from '../../tools/providers/page.ts';
import { exactLimitText, limitText } from '../../tools/providers/words.ts';

const byItself = { partBytes: undefined, multipartThresholdBytes: undefined };
const names = Object.keys(providerFacts) as ProviderName[];
const everyFacts: readonly ProviderFacts[] = Object.values(providerFacts);
const everyProfile: readonly ProviderProfile[] = Object.values(profiles);
const page = readFileSync(new URL('../../docs/providers.md', import.meta.url), 'utf8');

/** Every fact of a provider with its name in the profile. The five limits of its parts are among them. */
function factsOf({ name: _, title: __, part, ...rest }: ProviderFacts) {
  const limits = Object.entries(part).map(([field, fact]) => [`part.${field}`, fact] as const);
  return [...limits, ...Object.entries(rest)];
}

function refusalOf(work: () => unknown): TransferError {
  try {
    work();
  } catch (error) {
    if (error instanceof TransferError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('The facts of every provider', () => {
  it('are listed under the provider’s own name', () => {
    expect(everyFacts.map(({ name }) => name)).toEqual(names);
    expect(new Set(everyFacts.map(({ title }) => title)).size).toBe(names.length);
  });

  it('each have a source and a basis', () => {
    for (const [field, { basis, source }] of everyFacts.flatMap(factsOf)) {
      expect(['measured', 'documented', 'guessed'], field).toContain(basis);
      expect(source.trim().length, field).toBeGreaterThan(5);
    }
  });

  it('are called measured only if a test of ours runs that provider’s server', () => {
    const measured = everyFacts.filter((facts) => factsOf(facts).some(([, { basis }]) => basis === 'measured'));
    expect(measured.map(({ name }) => name)).toEqual(['ceph', 'swift', 'r2']);
  });

  it('name no source that a stranger cannot look up', () => {
    const unreachable = /facts\/|\bseeds?\b|\/work\/|\/tmp\/|\/home\/|\/root\/|general knowledge|localhost/i;
    const sources = everyFacts.flatMap(factsOf).map(([, { source }]) => source);
    expect(sources.filter((source) => unreachable.test(source))).toEqual([]);
  });

  it('give every error code a name from the list of errors', () => {
    const codes = everyProfile.flatMap(({ errorCodes }) => Object.values(errorCodes));
    expect(codes.length).toBeGreaterThan(40);
    expect(codes.filter((name) => !isErrorName(name))).toEqual([]);
  });

  it('name only throttles that Partway understands as throttles', async () => {
    for (const [index, profile] of everyProfile.entries()) {
      const throttles = everyFacts[index]?.throttles.value ?? [];
      expect(throttles.length, profile.name).toBeGreaterThan(0);
      for (const throttle of throttles) {
        const [status, code = 'Unknown'] = throttle.split(' ');
        const answer = Object.assign(new Error('no'), { name: code, $metadata: { httpStatusCode: Number(status) } });
        const asked = callingStore(profile)({ what: 'PUT part 1' }, () => Promise.reject(answer));
        await expect(asked, `${profile.name}: ${throttle}`).rejects.toMatchObject({ name: 'Throttled' });
      }
    }
  });

  it('name only archive classes that a request may ask for, and at least one class that can be read at once', () => {
    for (const { name, storageClasses, archiveClasses } of everyProfile) {
      const known = storageClasses === 'none' ? [] : storageClasses;
      expect(
        archiveClasses.filter((each) => !known.includes(each)),
        name,
      ).toEqual([]);
      expect(known.length === 0 || known.some((each) => !archiveClasses.includes(each)), name).toBe(true);
    }
  });

  it('refuse a session token only if a document says that the provider takes none', () => {
    const refusing = everyFacts.filter(({ takesSessionToken }) => takesSessionToken.value === false);
    expect(refusing.map(({ name, takesSessionToken }) => [name, takesSessionToken.basis])).toEqual([
      ['qingstor', 'documented'],
    ]);
  });

  it('promise no object that the parts cannot hold, unless an operator may allow more parts', () => {
    const promising = everyProfile.filter(({ part }) => part.objectBytesMax > part.partBytesMax * part.partCountMax);
    expect(promising.map(({ name }) => name)).toEqual(['swift']);
    expect(page).toContain('| 4.88 TiB, as much as its parts can hold? |');
  });

  it('use an object’s ETag as a proof only if it is made of MD5s', () => {
    const proven = everyProfile.filter(({ objectEtag }) => objectEtag === 'md5-of-md5s');
    // R2 documents both as MD5s, but its simulator gives parts other ETags. So Partway looks at the ETags that come.
    expect(proven.filter(({ partEtag }) => partEtag !== 'md5').map(({ name }) => name)).toEqual(['r2']);
  });
});

describe.each(everyProfile)('The limits of $title', ({ part, copyObjectBytesMax }) => {
  const largest = Math.min(part.objectBytesMax, part.partBytesMax * part.partCountMax);

  it('are whole numbers that do not contradict each other', () => {
    for (const limit of [...Object.values(part), copyObjectBytesMax]) expect(Number.isSafeInteger(limit)).toBe(true);
    expect(part.partBytesMin).toBeGreaterThan(0);
    expect(part.partBytesMin).toBeLessThanOrEqual(part.partBytesMax);
    expect(part.partCountMax).toBeLessThanOrEqual(10_000);
    expect(part.singleRequestBytesMax).toBeGreaterThanOrEqual(part.partBytesMin);
    expect(part.singleRequestBytesMax).toBeLessThanOrEqual(part.objectBytesMax);
    expect(copyObjectBytesMax).toBeLessThanOrEqual(part.objectBytesMax);
  });

  it('allow a plan for one byte, for the largest object, and for sizes in between', () => {
    const sizes = [1, part.partBytesMin, part.partBytesMin + 1, 64 * MiB + 1, Math.floor(largest / 2), largest];
    for (const objectBytes of sizes) {
      const plan = planParts(objectBytes, part, byItself);
      expect(plan.partCount).toBeLessThanOrEqual(part.partCountMax);
      expect(plan.partBytes).toBeLessThanOrEqual(part.partBytesMax);
      if (plan.partCount > 1) expect(plan.partBytes).toBeGreaterThanOrEqual(part.partBytesMin);
      expect(plan.partBytes * plan.partCount).toBeGreaterThanOrEqual(objectBytes);
    }
  });

  it('refuse one byte more as TooLarge', () => {
    expect(refusalOf(() => planParts(largest + 1, part, byItself)).name).toBe('TooLarge');
  });

  it('do not send more bytes in one request than it may have', () => {
    expect(goesWhole(part.singleRequestBytesMax + 1, part, byItself)).toBe(false);
  });
});

describe('UCloud US3', () => {
  const { part } = profiles.us3;

  it('takes only parts of 8 MiB, and so only objects up to 78.1 GiB', () => {
    expect(planParts(100 * MiB, part, byItself)).toMatchObject({ partBytes: 8 * MiB, partCount: 13 });
    expect(limitText(part.objectBytesMax)).toBe('78.1 GiB');
    const { name, message } = refusalOf(() => planParts(100 * MiB, part, { ...byItself, partBytes: 16 * MiB }));
    expect(name).toBe('InvalidRequest');
    expect(message).toContain('8 MiB');
  });

  it('refuses 100 GiB before a byte moves, and gives the numbers', () => {
    const { name, message } = refusalOf(() => planParts(100 * GiB, part, byItself));
    expect(name).toBe('TooLarge');
    expect(message).toContain('8 MiB');
    expect(message).toContain('10000');
  });

  it('is never sent a class that it would silently store as STANDARD', () => {
    expect(profiles.us3.storageClasses).not.toContain('STANDARD_IA');
  });
});

describe('docs/providers.md', () => {
  it('equals the page that the facts generate', () => {
    expect(page, 'run `npm run docs`').toBe(providersPage(providerFacts));
  });

  it.each(everyFacts)('has every fact about $title, and marks the guesses', (facts) => {
    const written = writtenFacts(facts);
    expect(written.map(({ field }) => field).sort()).toEqual(
      factsOf(facts)
        .map(([field]) => field)
        .sort(),
    );
    const section = page.split(/^## /m).find((text) => text.startsWith(`${facts.title}\n`)) ?? '';
    const guessed = written.filter(({ basis }) => basis === 'guessed');
    expect(section.match(/\*guessed\*: /g) ?? []).toHaveLength(guessed.length);
    for (const { label } of guessed) expect(section.split('\n\n')[1]).toContain(label);
  });

  it('rounds limits down, and adds the bytes if three digits are not exact', () => {
    expect(limitText(100 * KiB)).toBe('100 KiB');
    expect(limitText(5 * GiB - 5 * MiB)).toBe('4.99 GiB');
    expect(limitText(1000)).toBe('1000 bytes');
    expect(exactLimitText(8 * MiB)).toBe('8 MiB');
    expect(exactLimitText(5_000_000_000)).toBe('4.65 GiB (5,000,000,000 bytes)');
  });
});
