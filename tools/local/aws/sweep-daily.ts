import type { Assembly } from '../template/assembly.ts';
import type { Bus } from './bus.ts';

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 3600 * 1000;

/**
 * No clock runs schedules here, so the stack starts its own sweep: soon after a start, and then daily while it stays
 * up. Returns a function that ends this.
 */
export function sweepDaily(bus: Bus, { rules }: Assembly): () => void {
  const fire = () => {
    for (const { logicalId, scheduleExpression } of rules) {
      // The report shows what cannot be swept, and onUndelivered reports a sweep that fails.
      if (scheduleExpression) bus.fire(logicalId).catch(() => {});
    }
  };
  const [soon, daily] = [setTimeout(fire, MINUTE_MS), setInterval(fire, DAY_MS)];
  return () => {
    clearTimeout(soon);
    clearInterval(daily);
  };
}
