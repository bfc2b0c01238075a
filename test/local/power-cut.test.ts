import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lockFolder } from '../../tools/leases/lock.ts';
import { startTables } from '../../tools/local/aws/table.ts';
import { readIdentity } from '../../tools/local/home/state-folder.ts';
import type { LocalTable } from '../../tools/local/template/assembly.ts';
import { until } from './fixture/functions.ts';
import { open, pause, task } from './fixture/machine.ts';

// What LevelDB is asked to write, heard below the layer that has it synced.
const writes = vi.spyOn(Level.prototype as unknown as { _put(...write: unknown[]): Promise<void> }, '_put');

/** What a power failure can do to a file whose bytes were not on the disk. */
const damages: Record<string, (path: string) => void> = {
  'is empty': (path) => truncateSync(path, 0),
  'is cut short': (path) => truncateSync(path, Math.floor((readFileSync(path).length * 2) / 3)),
  'is full of zeros': (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length)),
  'ends in zeros': (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(4096)])),
};

/** Hears the warnings instead of printing them. */
function warnings(): string[] {
  const heard: string[] = [];
  const spy = vi.spyOn(console, 'error').mockImplementation((text) => void heard.push(String(text)));
  onTestFinished(() => spy.mockRestore());
  return heard;
}

const states = { First: task({ OutputPath: '$', ResultPath: null, Next: 'Second' }), Second: task() };

/** A folder with one execution that ended, and one that a power failure stops in its second state. */
async function stopped() {
  let calls = 0;
  const before = open(states, async ({ n }) => {
    if (n !== 2) return { n };
    calls += 1;
    return calls === 2 ? pause(60_000) : { n };
  });
  const done = before.executions.start({ name: 'done', input: { n: 1 } });
  await before.executions.settled(done.name);
  before.executions.start({ name: 'running', input: { n: 2 } });
  await until(() => calls === 2);
  await before.executions.close();
  return before.directory;
}

describe.each(Object.entries(damages))('After a power failure, if a file %s, the stack', (_, damage) => {
  it.each(['done', 'running'])('reads what it can of the journal of the execution "%s", and goes on', async (name) => {
    const directory = await stopped();
    damage(join(directory, 'executions', name, 'journal.jsonl'));
    const { executions } = open(states, async ({ n }) => ({ n }), { directory });
    await executions.recover();
    expect(await executions.settled('running')).toMatchObject({ status: 'SUCCEEDED', output: { n: 2 } });
    expect(executions.describe('done').status).toBe('SUCCEEDED');
    executions.history(name);
    await executions.close();
    const again = open(states, async () => ({}), { directory });
    expect(again.executions.describe('running').status).toBe('SUCCEEDED');
  });

  it.each(['done', 'running'])('sets a damaged record of the execution "%s" aside with a warning', async (name) => {
    const heard = warnings();
    const directory = await stopped();
    damage(join(directory, 'executions', name, 'record.json'));
    const { executions } = open(states, async ({ n }) => ({ n }), { directory });
    await executions.recover();
    const other = name === 'done' ? 'running' : 'done';
    expect(await executions.settled(other)).toMatchObject({ status: 'SUCCEEDED' });
    expect(() => executions.describe(name)).toThrow('Execution Does Not Exist');
    expect(readdirSync(join(directory, 'broken'))).toHaveLength(1);
    expect(heard).toEqual([expect.stringContaining(`The record of execution ${name} is damaged, and is now in`)]);
    await executions.close();
  });

  it('takes the lock of the process that is gone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'partway-power-'));
    lockFolder(directory);
    damage(join(directory, 'lock'));
    lockFolder(directory)();
    expect(existsSync(join(directory, 'lock'))).toBe(false);
  });

  it('names the file with its keys and ports, and says what to do', () => {
    const directory = mkdtempSync(join(tmpdir(), 'partway-power-'));
    readIdentity(directory);
    damage(join(directory, 'identity.json'));
    const message = expect.stringMatching(/identity\.json .* Remove it: the next start makes new keys/);
    expect(() => readIdentity(directory)).toThrow(expect.objectContaining({ name: 'FolderUnusable', message }));
  });

  it('opens its table with what was synced, or says which folder cannot be opened', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'partway-power-'));
    await (await startTables(directory, [table])).stop();
    const first = await startTables(directory, [table]);
    await first.service.operations.PutItem?.({ TableName: 'Table', Item: { pk: { S: 'a' } } });
    await first.stop();
    expect(writes.mock.lastCall?.[2]).toMatchObject({ sync: true });
    for (const file of readdirSync(directory).filter((each) => each !== 'LOCK')) {
      const copy = mkdtempSync(join(tmpdir(), 'partway-power-'));
      cpSync(directory, copy, { recursive: true });
      damage(join(copy, file));
      const opened = await startTables(copy, [table]).catch((error) => error);
      if (!(opened instanceof Error)) {
        const { Item } =
          (await opened.service.operations.GetItem?.({ TableName: 'Table', Key: { pk: { S: 'a' } } })) ?? {};
        // Only the log has the row, so only damage to the log can take it.
        if (!file.endsWith('.log')) expect(Item, file).toEqual({ pk: { S: 'a' } });
        await opened.stop();
      } else expect(opened, file).toMatchObject({ name: 'FolderUnusable', message: expect.stringContaining(copy) });
    }
  });
});

const table: LocalTable = {
  name: 'Table',
  keySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  attributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  globalSecondaryIndexes: [],
} as unknown as LocalTable;
