import type { Connection } from './connection.ts';

// Servers close idle connections, often after 5 s. We are earlier, so that no request meets a closing socket.
const IDLE_MS_MAX = 4_000;

/** Connections that wait for the next request, by server. */
export type IdleConnections = {
  take(server: string): Connection | undefined;
  put(server: string, connection: Connection): void;
  destroy(): void;
};

export function idleConnections(): IdleConnections {
  const all = new Map<string, { readonly connection: Connection; readonly sinceMs: number }[]>();
  return {
    take: (server) => {
      const waiting = all.get(server) ?? [];
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const { connection, sinceMs } = next;
        connection.rest(false);
        if (connection.isOpen() && !connection.hasUnread() && Date.now() - sinceMs < IDLE_MS_MAX) return connection;
        connection.destroy();
      }
      return undefined;
    },
    put: (server, connection) => {
      connection.rest(true);
      all.set(server, [...(all.get(server) ?? []), { connection, sinceMs: Date.now() }]);
    },
    destroy: () => {
      for (const { connection } of [...all.values()].flat()) connection.destroy();
      all.clear();
    },
  };
}
