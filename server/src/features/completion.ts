/** Completion of rule ids in suppression comments. */
import { catalogue } from '../rules/catalogue.js';
import type { Finding } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';

/** An offered rule id: replaces the span. */
export interface CompletionText extends Span {
  readonly label: string;
  readonly detail: string;
  readonly text: string;
  readonly anchor: string;
  /** Sorts rules that are reported near the cursor first. */
  readonly order: string;
}

/** How many lines below a suppression a finding counts as near. */
const nearby = 3;

/** The rule ids that fit at an offset: inside the parentheses of `gpusvm-ignore(`. */
export function completionsAt(text: string, offset: number, findings: readonly Finding[]): readonly CompletionText[] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(lineStart, offset);
  const open = /gpusvm-ignore[\w-]*\((?:[^)]*[,\s])?([\w-]*)$/.exec(before);
  if (open === null) return [];
  const start = offset - (open[1]?.length ?? 0);
  const end = offset + (/^[\w-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const near = new Set(
    findings
      .filter((finding) => finding.start >= lineStart && linesBetween(text, offset, finding.start) <= nearby)
      .map((finding) => finding.rule),
  );
  return catalogue.map((rule, index) => ({
    start,
    end,
    label: rule.id,
    detail: rule.severity,
    text: rule.summary,
    anchor: rule.lifecycle,
    order: `${near.has(rule.id) ? 0 : 1}${String(index).padStart(3, '0')}`,
  }));
}

function linesBetween(text: string, from: number, to: number): number {
  return text.slice(from, to).split('\n').length - 1;
}
