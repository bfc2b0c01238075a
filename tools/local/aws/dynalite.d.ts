/** dynalite 4.0.0 has no types of its own; these are the parts used here. */
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
  type Store = { readonly lifecycleManager: { gracefulClose(): Promise<void> } };
  const db: { create(options: DynaliteOptions): Store };
  export = db;
}

declare module 'dynalite/validations/index.js' {
  type Types = Readonly<Record<string, unknown>>;
  const validations: {
    /** The input with AWS's types; throws an error with `statusCode` and `body`, as all of dynalite does. */
    checkTypes(input: unknown, types: Types): unknown;
    checkValidations(input: unknown, types: Types, custom: unknown, store: unknown): void;
  };
  export = validations;
}
