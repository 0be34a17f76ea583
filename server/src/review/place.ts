/** Which line of a patch a finding belongs under. */
import type { Finding } from '../rules/finding.js';
import { nearestChange, type PatchLines } from './patch-lines.js';
import type { PatchLineKind } from './report.js';

/** A line of the patch, and how sure it is. */
export interface PatchPlace {
  readonly patchLine: number;
  readonly patchLineKind: PatchLineKind;
}

/** What is known about the finding's surroundings, in lines (from 1) of the tree it was found in. */
export interface Surroundings {
  /** Line of a place of the finding. */
  lineOf(file: string, offset: number): number;
  /** First and last line of the function that holds the finding; undefined at file scope. */
  readonly span: { readonly from: number; readonly to: number } | undefined;
}

const EVERYWHERE = { from: 0, to: Number.POSITIVE_INFINITY };

/**
 * Finds the line: the finding's own when it lies in a hunk; else the last step of its path that is a changed line; else the change
 * nearest to it in its function. With `isCaused` (the patch made it) any change of its file, then of the patch, is better than none.
 */
export function placeAfter(finding: Finding, lines: PatchLines, around: Surroundings, isCaused: boolean): PatchPlace | undefined {
  const own = around.lineOf(finding.file, finding.start);
  const spot = lines.after(finding.file, own);
  if (spot !== undefined) return { patchLine: spot.patchLine, patchLineKind: 'exact' };
  const steps = [...finding.trace].reverse().map((step) => lines.after(step.file, around.lineOf(step.file, step.start)));
  const changed = steps.find((step) => step?.kind === 'added');
  if (changed !== undefined) return { patchLine: changed.patchLine, patchLineKind: 'cause' };
  const changes = lines.changed(finding.file);
  const inFunction = around.span === undefined ? undefined : nearestChange(changes, own, around.span);
  if (inFunction !== undefined) return { patchLine: inFunction, patchLineKind: 'near' };
  if (!isCaused) return undefined;
  const context = steps.find((step) => step !== undefined);
  const anywhere = context?.patchLine ?? nearestChange(changes, own, EVERYWHERE) ?? lines.first;
  return anywhere === undefined ? undefined : { patchLine: anywhere, patchLineKind: 'near' };
}

/** The same for a finding that the patch takes away, by lines of the tree before the patch: a removed line of its path names the repair. */
export function placeBefore(finding: Finding, lines: PatchLines, around: Surroundings): PatchPlace | undefined {
  const own = around.lineOf(finding.file, finding.start);
  const spot = lines.before(finding.file, own);
  if (spot !== undefined) return { patchLine: spot.patchLine, patchLineKind: 'exact' };
  for (const step of [...finding.trace].reverse()) {
    const found = lines.before(step.file, around.lineOf(step.file, step.start));
    if (found?.kind === 'removed') return { patchLine: found.patchLine, patchLineKind: 'cause' };
  }
  const { file, line } = lines.moved(finding.file, own);
  const near = line === undefined ? undefined : nearestChange(lines.changed(file), line, EVERYWHERE);
  const patchLine = near ?? lines.first;
  return patchLine === undefined ? undefined : { patchLine, patchLineKind: 'near' };
}
