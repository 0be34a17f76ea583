/** Quick fixes, fix-all, and suppression comments, as edits of texts. */
import type { Finding, Fix, TextEdit } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';
import { touches } from './text.js';

/** An action on one finding. */
export interface Action {
  readonly title: string;
  readonly kind: 'fix' | 'ignore';
  readonly finding: Finding;
  readonly edits: readonly TextEdit[];
  /** True for the fix that an editor may apply without asking. */
  readonly isPreferred: boolean;
}

/** The actions for a range of a file: the fixes of the findings that it touches, then their suppressions. */
export function actionsAt(findings: readonly Finding[], range: Span, text: string): readonly Action[] {
  const touched = findings.filter((finding) => touches(finding, range));
  const fixes = touched.flatMap((finding) => finding.fixes.map((fix, index) => fixAction(finding, fix, index)));
  return [...fixes, ...touched.map((finding) => ignoreAction(finding, text))];
}

function fixAction(finding: Finding, fix: Fix, index: number): Action {
  return { title: fix.title, kind: 'fix', finding, edits: fix.edits, isPreferred: index === 0 && fix.safety === 'safe' };
}

/** A comment on a line of its own above the finding, with room for the reason that it must have. */
function ignoreAction(finding: Finding, text: string): Action {
  const lineStart = text.lastIndexOf('\n', finding.start - 1) + 1;
  const indent = /^[\t ]*/.exec(text.slice(lineStart))?.[0] ?? '';
  return {
    title: `Ignore ${finding.rule} here (write the reason)`,
    kind: 'ignore',
    finding,
    edits: [{ file: finding.file, start: lineStart, end: lineStart, newText: `${indent}/* gpusvm-ignore(${finding.rule}): reason */\n` }],
    isPreferred: false,
  };
}

/** The edits of all safe fixes in a file that can stand together: of two that overlap the earlier is kept, and a fix is taken whole or not at all. */
export function fixAll(findings: readonly Finding[]): { readonly edits: readonly TextEdit[]; readonly count: number } {
  const taken: TextEdit[] = [];
  let count = 0;
  for (const finding of findings) {
    const fix = finding.fixes.find((candidate) => candidate.safety === 'safe');
    if (fix === undefined || fix.edits.some((edit) => taken.some((other) => collides(edit, other)))) continue;
    taken.push(...fix.edits);
    count++;
  }
  return { edits: taken, count };
}

function collides(a: TextEdit, b: TextEdit): boolean {
  if (a.file !== b.file) return false;
  // Two insertions at one place have no order; an insertion at the edge of a replacement has.
  if (a.start === a.end && b.start === b.end) return a.start === b.start;
  return a.start < b.end && b.start < a.end;
}
