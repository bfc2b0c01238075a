import type { Assembly } from '../template/assembly.ts';
import type { Bus } from './bus.ts';

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Schedules do not run by the clock here, so the stack looks after its own: soon after a start, and while it stays up.
 * Returns what ends this.
 */
export function sweepDaily(bus: Bus, { rules }: Assembly): () => void {
  const fire = () => {
    for (const { logicalId, scheduleExpression } of rules) {
      // What cannot be swept is in the report, and a sweep that fails has been told to onUndelivered.
      if (scheduleExpression) bus.fire(logicalId).catch(() => {});
    }
  };
  const [soon, daily] = [setTimeout(fire, MINUTE_MS), setInterval(fire, DAY_MS)];
  return () => {
    clearTimeout(soon);
    clearInterval(daily);
  };
}
