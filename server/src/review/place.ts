/** Which line of a patch a finding belongs under. */
import type { Finding } from '../rules/finding.js';
import { firstChange, mentioningChange, nearestChange, type PatchLines } from './patch-lines.js';
import type { PatchLineKind } from './report.js';
import type { FunctionSpan } from './spans.js';

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
  /** Functions of the files that the patch touches, in lines of the tree after it. */
  readonly spans: ReadonlyMap<string, readonly FunctionSpan[]>;
}

/** Names of code in a text: what stands between backticks. */
function namesIn(text: string): ReadonlySet<string> {
  const quoted = [...text.matchAll(/`([^`\n]{1,200})`/g)];
  return new Set(quoted.flatMap((match) => [...(match[1] ?? '').matchAll(/[A-Za-z_]\w{2,}/g)].map((name) => name[0])));
}

/** The first change in a function with one of these names. */
function changeInFunction(names: ReadonlySet<string>, lines: PatchLines, spans: Surroundings['spans']): number | undefined {
  for (const [file, list] of spans) {
    const span = list.find((one) => one.isTouched && names.has(one.name));
    if (span !== undefined) return nearestChange(lines.changed(file), span.from, span);
  }
  return undefined;
}

/**
 * The change that a finding speaks of, when neither it nor its path lies in the patch: in a function that it names, or naming what it names.
 * The message counts before the path, changes in the finding's own file before others.
 */
function spokenOf(finding: Finding, lines: PatchLines, { spans }: Surroundings, file: string): number | undefined {
  const path = finding.trace.map((step) => step.message).join('\n');
  for (const names of [namesIn(finding.message), namesIn(path), new Set([finding.function])]) {
    const found =
      changeInFunction(names, lines, spans) ?? mentioningChange(lines.changed(file), names) ?? mentioningChange(lines.all, names);
    if (found !== undefined) return found;
  }
  return undefined;
}

const EVERYWHERE = { from: 0, to: Number.POSITIVE_INFINITY };

/**
 * Finds the line: the finding's own when it lies in a hunk; else the last step of its path that is a changed line; else the change
 * nearest to it in its function; else one that names its function. With `isCaused` (the patch made it) a change that names what the message speaks of, then any change of its
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
  if (!isCaused) {
    const naming = mentioningChange(lines.all, new Set([finding.function]));
    return naming === undefined ? undefined : { patchLine: naming, patchLineKind: 'near' };
  }
  const context = steps.find((step) => step !== undefined);
  const anywhere =
    context?.patchLine ??
    spokenOf(finding, lines, around, finding.file) ??
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
  const near = line === undefined ? undefined : nearestChange(lines.changed(file), line, EVERYWHERE);
  const patchLine = spokenOf(finding, lines, around, file) ?? near ?? firstChange(lines.all);
  return patchLine === undefined ? undefined : { patchLine, patchLineKind: 'near' };
}
