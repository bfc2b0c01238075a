import type { Checkpoints } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';
import { type BatchReport, batchReport } from '../../transfer/tally.ts';
import { type CopiedPart, type Transfer, targetName } from '../../transfer/transfer.ts';
import { copiedPart } from '../copied-part.ts';

/** The checkpoint in memory, for tests. It must pass the same suite as the one in DynamoDB. */
export function memoryCheckpoints(): Checkpoints {
  return { ...headers(), ...parts(), ...reports(), ...owners(), ...keptUrls() };
}

function headers(): Pick<Checkpoints, 'create' | 'read' | 'change' | 'list'> {
  const transfers = new Map<string, Transfer>();
  let newest: PlaceInList[] = [];
  return {
    create: async (transfer) => {
      if (!transfers.has(transfer.transferId)) transfers.set(transfer.transferId, structuredClone(transfer));
      return structuredClone(transfers.get(transfer.transferId) ?? transfer);
    },
    read: async (transferId) => structuredClone(transfers.get(transferId)),
    change: async (transferId, change) => {
      const present = transfers.get(transferId);
      if (!present) throw new TransferError('NotFound', `There is no transfer ${transferId}.`);
      const changed = change(structuredClone(present)) ?? present;
      transfers.set(transferId, structuredClone(changed));
      return structuredClone(changed);
    },
    list: async ({ limit, after }) => {
      // Sorted again only after a transfer was added, since the sweep asks for page after page.
      if (newest.length !== transfers.size) newest = [...transfers.values()].map(placeInList).sort(newestFirst);
      const from = after === undefined ? 0 : firstBehind(newest, after);
      const page = newest.slice(from, from + limit);
      return {
        transfers: page.flatMap(({ transferId }) => structuredClone(transfers.get(transferId)) ?? []),
        after: from + limit < newest.length ? JSON.stringify(page.at(-1)) : undefined,
      };
    },
  };
}

function parts(): Pick<Checkpoints, 'recordPart' | 'parts' | 'forgetParts'> {
  const uploads = new Map<string, Map<number, CopiedPart>>();
  const partsOf = (transferId: string, uploadId: string) => inner(uploads, `${transferId}#${uploadId}`);
  return {
    recordPart: async (transferId, uploadId, part) => {
      partsOf(transferId, uploadId).set(part.partNumber, copiedPart(part));
    },
    parts: async (transferId, uploadId, fromPart, toPart) => {
      const all = [...partsOf(transferId, uploadId).values()].filter(
        ({ partNumber }) => partNumber >= fromPart && partNumber <= toPart,
      );
      return all.sort((one, other) => one.partNumber - other.partNumber);
    },
    forgetParts: async (transferId, uploadId, partNumbers) => {
      for (const partNumber of partNumbers) partsOf(transferId, uploadId).delete(partNumber);
    },
  };
}

function reports(): Pick<Checkpoints, 'report' | 'reports' | 'reportOf'> {
  const transfers = new Map<string, Map<number, BatchReport>>();
  return {
    report: async (transferId, report) => {
      inner(transfers, transferId).set(report.firstPart, batchReport(report));
    },
    reports: async (transferId) => {
      const all = [...inner(transfers, transferId).values()];
      return all.sort((one, other) => one.firstPart - other.firstPart);
    },
    reportOf: async (transferId, firstPart) => inner(transfers, transferId).get(firstPart),
  };
}

type Owners = Pick<Checkpoints, 'lockTarget' | 'lockOwner' | 'releaseTarget' | 'keyOwner' | 'claimKey'>;

function owners(): Owners {
  const locks = new Map<string, string>();
  const keys = new Map<string, string>();
  return {
    lockTarget: async (target, transferId) => {
      const owner = locks.get(targetName(target)) ?? transferId;
      locks.set(targetName(target), owner);
      return owner;
    },
    lockOwner: async (target) => locks.get(targetName(target)),
    releaseTarget: async (target, transferId) => {
      if (locks.get(targetName(target)) === transferId) locks.delete(targetName(target));
    },
    keyOwner: async (key) => keys.get(key),
    claimKey: async (key, { transferId, instead }) => {
      const owner = keys.get(key);
      if (owner === undefined || owner === instead) keys.set(key, transferId);
      return keys.get(key) ?? transferId;
    },
  };
}

function keptUrls(): Pick<Checkpoints, 'keepUrl' | 'keptUrl' | 'forgetUrl'> {
  const urls = new Map<string, string>();
  return {
    keepUrl: async (transferId, url) => void urls.set(transferId, url),
    keptUrl: async (transferId) => urls.get(transferId),
    forgetUrl: async (transferId) => void urls.delete(transferId),
  };
}

type PlaceInList = Pick<Transfer, 'createdAtMs' | 'transferId'>;

function placeInList({ createdAtMs, transferId }: Transfer): PlaceInList {
  return { createdAtMs, transferId };
}

function newestFirst(one: PlaceInList, other: PlaceInList): number {
  return other.createdAtMs - one.createdAtMs || (one.transferId < other.transferId ? -1 : 1);
}

/** The cursor is a place, not a count, so transfers that were created later do not move it. */
function firstBehind(newest: readonly PlaceInList[], after: string): number {
  if (!after.startsWith('{"createdAtMs"'))
    throw new TransferError('InvalidRequest', '`after` is not a value that a list returned.');
  const place = JSON.parse(after) as PlaceInList;
  const index = newest.findIndex((each) => newestFirst(place, each) < 0);
  return index === -1 ? newest.length : index;
}

function inner<V>(outer: Map<string, Map<number, V>>, key: string): Map<number, V> {
  const map = outer.get(key) ?? new Map<number, V>();
  outer.set(key, map);
  return map;
}
