/** Quick fixes, fix-all, and suppression comments, as edits of texts. */
import type { Finding, Fix, TextEdit } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';
import type { Candidate } from './prove.js';
import { touches } from './text.js';

/** An action on one finding. */
export interface Action {
  readonly title: string;
  readonly finding: Finding;
  /** The fix; undefined for a suppression. */
  readonly fix: Fix | undefined;
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
  return { title: fix.title, finding, fix, edits: fix.edits, isPreferred: index === 0 && fix.safety === 'safe' };
}

/** A comment on a line of its own above the finding, with room for the reason that it must have. */
function ignoreAction(finding: Finding, text: string): Action {
  const lineStart = text.lastIndexOf('\n', finding.start - 1) + 1;
  const indent = /^[\t ]*/.exec(text.slice(lineStart))?.[0] ?? '';
  return {
    title: `Ignore ${finding.rule} here (write the reason)`,
    finding,
    fix: undefined,
    edits: [{ file: finding.file, start: lineStart, end: lineStart, newText: `${indent}/* gpusvm-ignore(${finding.rule}): reason */\n` }],
    isPreferred: false,
  };
}

/** The fixes that fix-all takes: of each finding the first that is safe. */
export function safeFixes(findings: readonly Finding[]): readonly Candidate[] {
  return findings.flatMap((finding) => {
    const fix = finding.fixes.find((one) => one.safety === 'safe');
    return fix === undefined ? [] : [{ finding, fix }];
  });
}

/** The fixes of one rule in a file, the first of each finding. */
export function fixesOf(findings: readonly Finding[], rule: string, file: string): readonly Candidate[] {
  return findings.flatMap((finding) => {
    const [fix] = finding.fixes;
    return fix === undefined || finding.rule !== rule || finding.file !== file ? [] : [{ finding, fix }];
  });
}
