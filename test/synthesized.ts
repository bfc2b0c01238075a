import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { isFresh, placeOf } from '../tools/build/keys.ts';
import { type Assembly, readAssembly } from '../tools/local/template/assembly.ts';

let assembly: Assembly | undefined;

/** The deployable stack, as `npm run build` synthesizes it. It is built again after a source has changed. */
export function synthesized(): Assembly {
  if (assembly) return assembly;
  if (!isFresh('stack')) execFileSync(process.execPath, [join(import.meta.dirname, '../tools/build.ts')]);
  assembly = readAssembly(placeOf('stack'));
  return assembly;
}

export function synthesizedMachine(): Assembly['stateMachines'][number] {
  return synthesized().stateMachines[0]!;
}
