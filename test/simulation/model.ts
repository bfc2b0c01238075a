import { type Attempts, openAttempts } from './model-attempts.ts';
import { type Headers, openHeaders } from './model-headers.ts';
import { type Facts, type Memory, openMemory } from './model-memory.ts';
import { type Objects, openObjects } from './model-objects.ts';

/**
 * The model judges the product and shares no code with it. It sees every request to the stores and the table, and knows
 * the real state of the world.
 */
export type Model = Memory & Attempts & Objects & Headers;

export function openModel(facts: Facts): Model {
  const memory = openMemory(facts);
  const objects = openObjects(memory);
  return { ...memory, ...openAttempts(memory), ...objects, ...openHeaders(memory, objects.calledCopied) };
}
