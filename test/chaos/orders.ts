import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Chance } from './chance.ts';
import type { SourceObject, Store } from './stores.ts';

/** A transfer to make. */
export type Order = {
  readonly kind: 'in parts' | 'whole' | 'cancelled first';
  readonly idempotencyKey: string;
  readonly from: string;
  readonly to: string;
  readonly source: SourceObject;
  readonly request: TransferRequestInput;
  /** The most bytes that are lost if one of its copying Lambdas is killed. */
  readonly inFlightBytes: number;
};

const ways: readonly (readonly [string, string])[] = [
  ['a', 'b'],
  ['a', 'ceph'],
  ['ceph', 'b'],
  ['swift', 'ceph'],
  ['ceph', 'swift'],
  ['swift', 'b'],
  ['b', 'ceph'],
  ['a', 'swift'],
];
// Only cancelled transfers go to store a. So store b's own counter can be compared with the receipts of its transfers.
const cancelledWay = ['b', 'a'] as const;

const kinds = ['in parts', 'in parts', 'whole', 'in parts', 'cancelled first', 'in parts', 'in parts'] as const;

/** The kinds and the pairs of stores take turns, so that a short run has all of them. Sizes are random. */
export function orderOf(number: number, stores: ReadonlyMap<string, Store>, chance: Chance): Order {
  const kind = kinds[number % kinds.length]!;
  const open = ways.filter((way) => way.every((name) => stores.has(name)));
  const [from, to] = kind === 'cancelled first' ? cancelledWay : open[number % open.length]!;
  const source = sourceFor(kind, stores.get(from)!, chance);
  const partBytes = chance.pick([5 * MiB, 6 * MiB, 8 * MiB]);
  const partsAtOnce = chance.pick([1, 2, 3]);
  const key = `${number} of chaos`;
  return {
    kind,
    from,
    to,
    source,
    idempotencyKey: `chaos-${number}`,
    request: {
      source: { endpoint: from, bucket: stores.get(from)!.bucket, key: source.key },
      target: { endpoint: to, bucket: stores.get(to)!.bucket, key },
      ...(kind === 'whole' ? {} : { partBytes, partsAtOnce, multipartThresholdBytes: 0 }),
    },
    inFlightBytes: kind === 'whole' ? source.bytes : partsAtOnce * partBytes,
  };
}

function sourceFor(kind: Order['kind'], { sources }: Store, chance: Chance): SourceObject {
  const small = sources.filter(({ key }) => key.startsWith('small'));
  return chance.pick(kind === 'whole' ? small : sources.filter((source) => !small.includes(source)));
}
