import type { Checkpoints } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { BatchReport } from '../../functions/transfer/tally.ts';
import type { CopiedPart, ObjectAddress, Transfer } from '../../functions/transfer/transfer.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

type Row = { readonly revision: number; readonly transfer: Transfer };

/** The rows of the table. A conditional write asks for a header's revision. Each request happens in one moment. */
export type Table = {
  readonly headers: Map<string, Row>;
  readonly parts: Map<string, Map<number, CopiedPart>>;
  readonly reports: Map<string, Map<number, BatchReport>>;
  readonly locks: Map<string, string>;
  readonly keys: Map<string, string>;
  readonly urls: Map<string, string>;
};

export function openTable(): Table {
  return {
    headers: new Map(),
    parts: new Map(),
    reports: new Map(),
    locks: new Map(),
    keys: new Map(),
    urls: new Map(),
  };
}

// The same number as in the adapter. A transfer never has so many writers at once.
const CHANGE_TRIES_MAX = 10;

/** The checkpoint as one process sees it. Each read and each conditional write is a request over the network. */
export function checkpointsPort(world: World, process: Process): Checkpoints {
  return {
    ...headersOf(world, process),
    ...partsOf(world, process),
    ...reportsOf(world, process),
    ...locksOf(world, process),
    ...keysOf(world, process),
    ...urlsOf(world, process),
  };
}

type Call = <T>(what: string, apply: () => T, unheard?: () => T) => Promise<T>;

function callOf(world: World, process: Process): Call {
  return (what, apply, unheard) =>
    world.network(process, { place: 'checkpoints', what, apply, ...(unheard ? { unheard } : {}) });
}

/** Copies a row as text, so that no process holds a row that another can change. */
const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));

function headersOf(world: World, process: Process): Pick<Checkpoints, 'create' | 'read' | 'change' | 'list'> {
  const { table, model } = world;
  const call = callOf(world, process);
  const read = (id: string) => call(`read ${id}`, () => copy(table.headers.get(id)));
  /** False if another process wrote first, or if this one wrote and the answer was lost. */
  const write = (transfer: Transfer, revision: number) =>
    call(
      `write ${transfer.transferId} revision ${revision + 1}`,
      () => {
        const present = table.headers.get(transfer.transferId);
        if ((present?.revision ?? 0) !== revision) return false;
        model.headerWritten(present?.transfer, transfer);
        table.headers.set(transfer.transferId, copy({ revision: revision + 1, transfer }));
        return true;
      },
      () => false,
    );
  return {
    create: async (transfer) =>
      (await write(transfer, 0)) ? transfer : ((await read(transfer.transferId))?.transfer ?? transfer),
    read: async (id) => (await read(id))?.transfer,
    change: async (id, change) => {
      for (let tries = 0; tries < CHANGE_TRIES_MAX; tries += 1) {
        const row = await read(id);
        if (!row) throw new TransferError('NotFound', `There is no transfer ${id}.`);
        const changed = change(row.transfer);
        if (!changed) return row.transfer;
        if (await write(changed, row.revision)) return changed;
        await world.sleep(process, world.chance.real() * 100);
      }
      throw new TransferError('Throttled', `Too many calls change the checkpoint of transfer ${id} at once.`);
    },
    list: () =>
      call('list', () => ({
        transfers: copy([...table.headers.values()].map(({ transfer }) => transfer)),
        after: undefined,
      })),
  };
}

function partsOf(world: World, process: Process): Pick<Checkpoints, 'recordPart' | 'parts' | 'forgetParts'> {
  const { table, model } = world;
  const call = callOf(world, process);
  const rowsOf = (id: string, uploadId: string) => inner(table.parts, `${id}#${uploadId}`);
  return {
    recordPart: (id, uploadId, part) => {
      model.recordBegun(process, id, uploadId, part);
      return call(
        `record part ${part.partNumber} of ${uploadId}`,
        () => {
          rowsOf(id, uploadId).set(part.partNumber, copy(part));
          model.partRecorded(process, id, uploadId, part.partNumber);
        },
        () => undefined,
      );
    },
    parts: (id, uploadId, from, to) =>
      call(`parts of ${uploadId}`, () =>
        copy([...rowsOf(id, uploadId).values()])
          .filter(({ partNumber }) => partNumber >= from && partNumber <= to)
          .sort((one, other) => one.partNumber - other.partNumber),
      ),
    forgetParts: (id, uploadId, partNumbers) => {
      model.forgetBegun(process, uploadId, partNumbers, rowsOf(id, uploadId));
      return call(`forget parts ${partNumbers.join(' ')} of ${uploadId}`, () => {
        for (const partNumber of partNumbers) {
          rowsOf(id, uploadId).delete(partNumber);
          model.partForgotten(process, uploadId, partNumber);
        }
      });
    },
  };
}

function reportsOf(world: World, process: Process): Pick<Checkpoints, 'report' | 'reports' | 'reportOf'> {
  const { table } = world;
  const call = callOf(world, process);
  return {
    report: (id, report) =>
      call(
        `report of batch ${report.firstPart}`,
        () => {
          inner(table.reports, id).set(report.firstPart, copy(report));
        },
        () => undefined,
      ),
    reports: (id) => call('reports', () => copy([...inner(table.reports, id).values()])),
    reportOf: (id, firstPart) => call(`report ${firstPart}`, () => copy(inner(table.reports, id).get(firstPart))),
  };
}

function locksOf(world: World, process: Process): Pick<Checkpoints, 'lockTarget' | 'lockOwner' | 'releaseTarget'> {
  const { table, model } = world;
  const call = callOf(world, process);
  const name = ({ bucket, key }: ObjectAddress) => `${bucket}/${key}`;
  return {
    lockTarget: async (target, id) => {
      const taken = await call(`lock ${name(target)} for ${id}`, () => {
        const owner = table.locks.get(name(target)) ?? id;
        table.locks.set(name(target), owner);
        if (owner === id) model.locked(name(target), id, process);
        return owner === id;
      });
      if (taken) return id;
      const owner = await call(`owner of ${name(target)}`, () => table.locks.get(name(target)));
      if (owner === undefined)
        throw new TransferError('Throttled', 'Another transfer released the lock meanwhile. Ask again.');
      return owner;
    },
    lockOwner: (target) => call(`owner of ${name(target)}`, () => table.locks.get(name(target))),
    releaseTarget: (target, id) =>
      call(
        `release ${name(target)} of ${id}`,
        () => {
          if (table.locks.get(name(target)) === id) table.locks.delete(name(target));
        },
        () => undefined,
      ),
  };
}

function keysOf({ table, ...world }: World, process: Process): Pick<Checkpoints, 'keyOwner' | 'claimKey'> {
  const call = callOf({ table, ...world }, process);
  return {
    keyOwner: (key) => call(`owner of key ${key}`, () => table.keys.get(key)),
    claimKey: (key, { transferId, instead }) =>
      call(`give key ${key} to ${transferId}`, () => {
        const owner = table.keys.get(key);
        if (owner === undefined || owner === instead) table.keys.set(key, transferId);
        return table.keys.get(key) ?? transferId;
      }),
  };
}

function urlsOf({ table, ...world }: World, process: Process): Pick<Checkpoints, 'keepUrl' | 'keptUrl' | 'forgetUrl'> {
  const call = callOf({ table, ...world }, process);
  return {
    keepUrl: (id, url) => call(`keep the URL of ${id}`, () => void table.urls.set(id, url)),
    keptUrl: (id) => call(`URL of ${id}`, () => table.urls.get(id)),
    forgetUrl: (id) => call(`forget the URL of ${id}`, () => void table.urls.delete(id)),
  };
}

function inner<V>(outer: Map<string, Map<number, V>>, key: string): Map<number, V> {
  const map = outer.get(key) ?? new Map<number, V>();
  outer.set(key, map);
  return map;
}
