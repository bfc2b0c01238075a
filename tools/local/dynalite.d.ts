declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** dynalite 4.0.0 has no types of its own; these are the options used here. */
  type DynaliteOptions = {
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  };
  const dynalite: (options: DynaliteOptions) => Server;
  export = dynalite;
}
