/**
 * Pairs the findings before a patch with those after it. First by place (the line is still there), then by fingerprint, then, for
 * statements that the patch rewrote, by rule, function and message. When in doubt two findings are the same one: calling an old defect
 * new accuses the wrong person.
 */
import type { Finding } from '../rules/finding.js';

/** A finding with its line (from 1). */
export interface Lined {
  readonly finding: Finding;
  readonly line: number;
  /** What the finding's statement stores to (`storeTarget`); empty when it stores nothing. */
  readonly target: string;
}

/** Longest piece of source that is looked at for a target. */
const TARGET_LIMIT = 300;

/**
 * The path that a finding's statement stores to, without its root: `.flags.unmapped` for `range->flags.unmapped = true`. A rewritten store
 * to another path is another defect, whatever the message: the old word may be safe now, and the new one not. Empty for anything but a store.
 */
export function storeTarget(text: string, span: { readonly start: number; readonly end: number }): string {
  const end = Math.min(span.end, span.start + TARGET_LIMIT);
  const own = text.slice(span.start, end);
  const store = /^((?:[\w\s\->.*()&]|\[[^\]]*\])*?)(?:<<|>>|[-+|&^*/%])?=(?!=)/.exec(own + text.slice(end, end + 8));
  const path = /(?:->|\.).*$/s.exec(store?.[1] ?? '');
  return (path?.[0] ?? '')
    .replace(/\s+/g, '')
    .replace(/\[[^[\]]*\]/g, '[]')
    .replaceAll('->', '.');
}

/** A finding of the tree before the patch, with where its line went. */
export interface LinedBefore extends Lined {
  /** Path of its file after the patch. */
  readonly newFile: string;
  /** Its line after the patch; undefined when the patch removed or replaced it. */
  readonly newLine: number | undefined;
}

type KeyOfBefore = (item: LinedBefore) => string | undefined;
type KeyOfAfter = (item: Lined) => string | undefined;

const join = (...parts: readonly (string | number)[]): string => parts.join('\u0000');

/** The passes, surest first. An undefined key leaves the finding out of a pass. */
const passes: readonly (readonly [KeyOfBefore, KeyOfAfter])[] = [
  [
    ({ finding, newFile, newLine }) => (newLine === undefined ? undefined : join(finding.rule, newFile, newLine, finding.message)),
    ({ finding, line }) => join(finding.rule, finding.file, line, finding.message),
  ],
  [
    ({ finding, newFile, newLine }) => (newLine === undefined ? undefined : join(finding.rule, newFile, newLine)),
    ({ finding, line }) => join(finding.rule, finding.file, line),
  ],
  [({ finding, newFile }) => join(finding.fingerprint, newFile), ({ finding }) => join(finding.fingerprint, finding.file)],
  [
    ({ finding, newFile, target }) => join(finding.rule, newFile, finding.function, finding.message, target),
    ({ finding, target }) => join(finding.rule, finding.file, finding.function, finding.message, target),
  ],
  // The statement was rewritten, and names in the message with it.
  [
    ({ finding, newFile, newLine, target }) => (newLine === undefined ? join(finding.rule, newFile, finding.function, target) : undefined),
    ({ finding, target }) => join(finding.rule, finding.file, finding.function, target),
  ],
  // The function was moved to another file, or renamed.
  [
    ({ finding, newLine, target }) => (newLine === undefined ? join(finding.rule, finding.function, finding.message, target) : undefined),
    ({ finding, target }) => join(finding.rule, finding.function, finding.message, target),
  ],
  [
    ({ finding, newFile, newLine, target }) => (newLine === undefined ? join(finding.rule, newFile, finding.message, target) : undefined),
    ({ finding, target }) => join(finding.rule, finding.file, finding.message, target),
  ],
];

/** For each finding after the patch, the index of the one before that it continues; undefined for a new one. */
export function matchFindings(before: readonly LinedBefore[], after: readonly Lined[]): readonly (number | undefined)[] {
  const result: (number | undefined)[] = after.map(() => undefined);
  const used = new Set<number>();
  for (const [keyOfBefore, keyOfAfter] of passes) {
    const waiting = new Map<string, number[]>();
    before.forEach((item, index) => {
      const key = used.has(index) ? undefined : keyOfBefore(item);
      if (key === undefined) return;
      const list = waiting.get(key);
      if (list === undefined) waiting.set(key, [index]);
      else list.push(index);
    });
    after.forEach((item, index) => {
      if (result[index] !== undefined) return;
      const key = keyOfAfter(item);
      const found = key === undefined ? undefined : waiting.get(key)?.shift();
      if (found === undefined) return;
      result[index] = found;
      used.add(found);
    });
  }
  return result;
}
