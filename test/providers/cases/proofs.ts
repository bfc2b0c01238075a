import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { OwnChecksum } from '../../../functions/transfer/provider.ts';
import { crcs } from '../../../functions/transfer/values/checksums.ts';
import { explain } from '../../../functions/transfer/views/explain.ts';
import { type Bench, BUCKET } from '../bench.ts';
import { arrived, failedAs, holds, same, succeeded } from '../claims.ts';
import type { Rule } from '../tempers/temper.ts';
import { type End, partsOf, small, trialFrom, trialTo } from '../trial.ts';
import type { Case } from './case.ts';

export const ownChecksum: Case = {
  name: 'own checksum',
  claim: 'proves a whole object by the checksum that it publishes; if it publishes none, the receipt says so',
  run: async (bench, key) => {
    const { ownChecksum: own, part } = bench.profile;
    const there = trialTo(bench, key, { content: partsOf(bench, 2) });
    const copied = await there.copy();
    succeeded(copied);
    await arrived(bench, key, there);
    saysWhatIsProven(bench, copied);
    const back = await trialFrom(bench, key, there).copy({ partBytes: part.partBytesMin });
    succeeded(back);
    const published = own === 'none' ? [] : [crcs[own.algorithm].title];
    same("compared with the source's", comparedWith('source', back), published);
    const isSaid = unprovenIn(back).some((sentence) => sentence.startsWith('the source publishes no checksum'));
    same('said of the source', isSaid, own === 'none');
  },
};

export const wrongChecksum: Case = {
  name: 'wrong checksum',
  claim: 'publishes a wrong checksum, and Partway notices it, as a target and as a source',
  run: async (bench, key) => {
    const { ownChecksum: own, part } = bench.profile;
    if (own === 'none') return publishesNone(bench, key);
    const heal = bench.proxy.trouble(publishesAnother(key, own));
    const there = trialTo(bench, key, { content: partsOf(bench, 2) });
    const damaged = await there.copy();
    failedAs(damaged, 'Damaged');
    holds(`not of the checksum: ${damaged.cause}`, damaged.cause?.includes(crcs[own.algorithm].title) ?? false);
    const back = trialFrom(bench, key, there);
    failedAs(await back.copy({ partBytes: part.partBytesMin }), 'Damaged');
    heal();
    same('completed at the target', back.world.to.get(BUCKET, key), undefined);
    return undefined;
  },
};

/** Checks that the store also publishes no checksum of AWS's kinds, which a newer release might add. */
async function publishesNone({ behind, client }: Bench, key: string): Promise<string> {
  await behind.putInParts(key, small());
  const name = { Bucket: BUCKET, Key: key };
  // Some stores refuse a HEAD that asks for checksums.
  const head = await client()
    .send(new HeadObjectCommand({ ...name, ChecksumMode: 'ENABLED' }))
    .catch(() => client().send(new HeadObjectCommand(name)));
  same(
    'checksums',
    Object.keys(head).filter((name) => name.startsWith('Checksum')),
    [],
  );
  return 'it publishes none';
}

/** Lets the store publish another checksum, as if the object had other bytes. */
const publishesAnother = (key: string, { header }: OwnChecksum): Rule => ({
  on: ['HeadObject'],
  answer: (reply, ask) => {
    const told = reply.headers[header];
    if (ask.key !== key || told === undefined) return reply;
    const other = /^\d+$/.test(told) ? '1' : told.replace(/[A-Za-z0-9+/]{6,}=+$/, (text) => zerosLike(text));
    return { ...reply, headers: { ...reply.headers, [header]: other } };
  },
});

const zerosLike = (base64: string) => Buffer.alloc(Buffer.from(base64, 'base64').length).toString('base64');

function saysWhatIsProven({ profile }: Bench, end: End): void {
  const { ownChecksum: own, title } = profile;
  const { request, source, receipt } = end.transfer;
  const published = own === 'none' ? [] : [crcs[own.algorithm].title];
  same("compared with the target's", comparedWith('target', end), published);
  const isProven = own !== 'none' || receipt?.proofs.includes('ETag, computed from the parts');
  const said = unprovenIn(end).filter((sentence) => sentence.startsWith(`${title} publishes no checksum`));
  same('said of the target', said.length, isProven ? 0 : 1);
  const foreseen = source && explain({ request, source, profile }).unproven;
  const unforeseen = unprovenIn(end).filter((sentence) => !foreseen?.includes(sentence));
  same('not said before a byte moved', unforeseen, []);
}

const unprovenIn = ({ transfer }: End): readonly string[] => transfer.receipt?.unproven ?? ['there is no receipt'];

/** The CRCs of one side that the receipt has as proofs. */
function comparedWith(side: 'source' | 'target', { transfer }: End): string[] {
  return (transfer.receipt?.proofs ?? []).flatMap((proof) =>
    proof.startsWith(`${side}'s CRC`) ? [proof.slice(`${side}'s `.length)] : [],
  );
}
