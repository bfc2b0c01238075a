import type { LocalFunction } from '../template/assembly.ts';

const PORT = 9229; // Node's own, where debuggers look

/**
 * The flags of Node for a function that a person debugs: PARTWAY_INSPECT=copy-batch, or copy-batch:9230 for another port. Of
 * several environments of the function the first one has the port. None for all others.
 */
export function inspectFlags({ name }: LocalFunction, asked = process.env.PARTWAY_INSPECT): string[] {
  if (!asked) return [];
  const [handler = '', port = PORT] = asked.split(':');
  // CDK makes "PartwayFunctionscopybatchA9603516" of copy-batch.
  const isAsked = new RegExp(`^(.*Functions)?${handler.replace(/\W/g, '')}([0-9A-F]{8})?$`, 'i').test(name);
  return isAsked ? [`--inspect=127.0.0.1:${port}`] : [];
}
