import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { flipByte } from './rot.ts';

/** Alters the first of these bytes in the directory of a server, without the server's knowledge. */
export type RotWhere = (home: string, key: string, bytes: Buffer) => Promise<void>;

/** Swift and R2's simulator store the unchanged bytes of objects in files. */
export const inFiles: RotWhere = async (home, _key, bytes) => {
  const files = (await readdir(home, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  // We look at the newest files first. A file may be removed meanwhile.
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  const newest = paths
    .map((path, index) => ({ path, time: times[index]! }))
    .sort((one, other) => other.time - one.time);
  for (const { path } of newest) {
    const at = (await readFile(path).catch(() => Buffer.alloc(0))).indexOf(bytes);
    if (at >= 0) return flipByte(path, at);
  }
  throw new Error(`The bytes are in no file of ${home}.`);
};

/** Ceph stores objects as RADOS objects. Its own tool can alter them without the gateway. */
export const inRados: RotWhere = async (home, key, bytes) => {
  const rados = (args: readonly string[], input = Buffer.alloc(0)) =>
    run('rados', ['-c', join(home, 'ceph.conf'), '-p', 'default.rgw.buckets.data', ...args], input);
  const names = (await rados(['ls'])).toString().trim().split('\n');
  for (const name of names.filter((each) => each.includes(key))) {
    const kept = await rados(['get', name, '-']);
    const at = kept.indexOf(bytes);
    if (at < 0) continue;
    kept[at]! ^= 1;
    await rados(['put', name, '-'], kept);
    return;
  }
  throw new Error('The bytes are in no RADOS object.');
};

async function run(program: string, args: readonly string[], input: Buffer): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
    child.stdin?.end(input);
  });
}
