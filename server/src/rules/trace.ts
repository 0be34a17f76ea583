/** Turns the engine's path into the steps a reviewer reads: at most twelve, oldest first, stepping into callees. */

import type { Trail } from '../flow/state.js';
import type { FunctionDef } from '../program/types.js';
import type { TraceStep } from './finding.js';

const MOST = 12;

/** Steps of the objects named, and the branches taken; `place` finds the function of a step. */
export function renderTrail(
  trail: Trail | undefined,
  keys: readonly string[],
  place: (fnKey: string) => FunctionDef | undefined,
): TraceStep[] {
  const steps: { readonly step: TraceStep; readonly branch: boolean }[] = [];
  const add = (node: Trail, depth: number): void => {
    const fn = place(node.site.fn);
    if (fn === undefined) return;
    const base = fn.item.start;
    if (node.inner !== undefined && depth < 2) {
      for (const inner of pathOf(node.inner)
        .filter((t) => t.key !== undefined)
        .slice(-3))
        add(inner, depth + 1);
    }
    steps.push({
      step: { file: fn.file.path, start: base + node.site.span.start, end: base + node.site.span.end, message: node.message },
      branch: node.key === undefined,
    });
  };
  const path = pathOf(trail);
  const relevant = path.filter(
    (node) =>
      node.key === undefined ||
      keys.length === 0 ||
      keys.some((key) => node.key === key || key.includes(node.key ?? '\0') || (node.key ?? '').includes(key)),
  );
  for (const node of relevant) add(node, 0);
  let list = dedupe(steps);
  while (list.length > MOST) {
    const at = list.findIndex((s) => s.branch);
    list = at < 0 ? list.slice(-MOST) : [...list.slice(0, at), ...list.slice(at + 1)];
  }
  return list.map((s) => s.step);
}

function dedupe<T extends { readonly step: TraceStep }>(steps: readonly T[]): T[] {
  const seen = new Map<string, T>();
  for (const s of steps) {
    const key = `${s.step.file}:${s.step.start}:${s.step.message}`;
    seen.delete(key);
    seen.set(key, s);
  }
  return [...seen.values()];
}

function pathOf(trail: Trail | undefined): Trail[] {
  const path: Trail[] = [];
  for (let t = trail; t !== undefined && path.length < 400; t = t.prev) path.push(t);
  return path.reverse();
}
