import type { LocalFunction } from '../template/assembly.ts';

const PORT = 9229; // Node's default port, which debuggers know

/**
 * Node's flags for the function that a person debugs: PARTWAY_INSPECT=copy-batch, or copy-batch:9230 for another port. All
 * other functions get no flags. If the function has several environments, only the first one gets the port.
 */
export function inspectFlags({ name }: LocalFunction, asked = process.env.PARTWAY_INSPECT): string[] {
  if (!asked) return [];
  const [handler = '', port = PORT] = asked.split(':');
  // CDK makes "PartwayFunctionscopybatchA9603516" of copy-batch.
  const isAsked = new RegExp(`^(.*Functions)?${handler.replace(/\W/g, '')}([0-9A-F]{8})?$`, 'i').test(name);
  return isAsked ? [`--inspect=127.0.0.1:${port}`] : [];
}
