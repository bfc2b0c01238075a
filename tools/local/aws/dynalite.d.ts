/** dynalite 4.0.0 has no types of its own. These are the parts that we use. */
type DynaliteOptions = {
  readonly path?: string;
  readonly createTableMs?: number;
  readonly deleteTableMs?: number;
  readonly updateTableMs?: number;
};

declare module 'dynalite' {
  import type { Server } from 'node:http';

  const dynalite: (options: DynaliteOptions) => Server;
  export = dynalite;
}

declare module 'dynalite/db/index.js' {
  type Table = { readonly TableStatus: string; readonly GlobalSecondaryIndexes?: readonly object[] };
  type Store = {
    readonly lifecycleManager: { gracefulClose(): Promise<void> };
    readonly tableDb: {
      get(name: string, done: (error: unknown, table?: Table) => void): void;
      put(name: string, table: Table, done: (error: unknown) => void): void;
    };
  };
  const db: { create(options: DynaliteOptions): Store };
  export = db;
}

declare module 'dynalite/validations/index.js' {
  type Types = Readonly<Record<string, unknown>>;
  const validations: {
    /** The input with AWS's types. Throws an error with `statusCode` and `body`, as dynalite always does. */
    checkTypes(input: unknown, types: Types): unknown;
    checkValidations(input: unknown, types: Types, custom: unknown, store: unknown): void;
  };
  export = validations;
}

declare module 'dynalite/actions/*' {
  /** The output is left out where there is nothing to tell. */
  const act: (store: unknown, input: unknown, done: (error: unknown, output?: object) => void) => void;
  export = act;
}

declare module 'dynalite/validations/*' {
  const checks: { readonly types: Readonly<Record<string, unknown>>; readonly custom?: unknown };
  export = checks;
}
