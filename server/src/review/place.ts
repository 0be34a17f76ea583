/** Which line of a patch a finding belongs under. */
import type { Finding } from '../rules/finding.js';
import { firstChange, mentioningChange, nearestChange, type PatchLines } from './patch-lines.js';
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

/** Names of code that a finding speaks of, and its function. */
function namesIn(finding: Finding): ReadonlySet<string> {
  const spoken = [finding.message, ...finding.trace.map((step) => step.message)].join('\n');
  const names = [...spoken.matchAll(/`([^`\n]{1,200})`/g)].flatMap((match) => [...(match[1] ?? '').matchAll(/[A-Za-z_]\w{2,}/g)]);
  return new Set([finding.function, ...names.map((name) => name[0])].filter((name) => name !== ''));
}

const EVERYWHERE = { from: 0, to: Number.POSITIVE_INFINITY };

/**
 * Finds the line: the finding's own when it lies in a hunk; else the last step of its path that is a changed line; else the change
 * nearest to it in its function. With `isCaused` (the patch made it) a change that names what the message speaks of, then any change of its
 * file, then of the patch, is better than none.
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
  const words = namesIn(finding);
  const anywhere =
    context?.patchLine ??
    mentioningChange(changes, words) ??
    mentioningChange(lines.all, words) ??
    nearestChange(changes, own, EVERYWHERE) ??
    firstChange(lines.all);
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
  const words = namesIn(finding);
  const near = line === undefined ? undefined : nearestChange(lines.changed(file), line, EVERYWHERE);
  const patchLine = mentioningChange(lines.changed(file), words) ?? mentioningChange(lines.all, words) ?? near ?? firstChange(lines.all);
  return patchLine === undefined ? undefined : { patchLine, patchLineKind: 'near' };
}
