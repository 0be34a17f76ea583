/** Contracts that only ask: what the function does is told by its body. */
import type { Contract } from './schema.js';

/** True for a contract that says what a function needs, and nothing of what it does or returns. */
export function isDemand(contract: Contract): boolean {
  const { needs, ops, ok, fail, does, result, returns, pure, harmless } = contract;
  return needs !== undefined && [ops, ok, fail, does, result, returns, pure, harmless].every((part) => part === undefined);
}
