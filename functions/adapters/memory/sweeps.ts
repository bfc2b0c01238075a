import type { Sweeps } from '../../engine/ports/ports.ts';
import type { SweepRow, SweepSummary } from '../../transfer/sweep-report.ts';

/** The reports of sweeps in memory, for tests. They must pass the same suite as those in DynamoDB. */
export function memorySweeps(): Sweeps {
  const summaries = new Map<string, SweepSummary>();
  const pages = new Map<string, readonly SweepRow[]>();
  return {
    write: async (summary) => {
      summaries.set(summary.sweepId, structuredClone(summary));
    },
    writeRows: async (sweepId, page, rows) => {
      pages.set(`${sweepId} ${page}`, structuredClone(rows));
    },
    newest: async (limit) => {
      const sorted = [...summaries.values()].sort((one, other) => (one.sweepId < other.sweepId ? 1 : -1));
      return structuredClone(sorted.slice(0, limit));
    },
    read: async (sweepId) => structuredClone(summaries.get(sweepId)),
    rows: async (sweepId, page) => structuredClone(pages.get(`${sweepId} ${page}`)) ?? [],
  };
}
