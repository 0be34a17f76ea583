/**
 * Suppression comments: `gpusvm-ignore(rule): reason`. Where the comment stands says what it covers: behind code its line, alone on a line
 * the statement that follows, right above a function the function, above everything else in the file the file. One that gives no reason,
 * names no rule, or hides nothing is reported.
 */
import type { ProgramFile } from '../program/types.js';
import { ruleMeta } from '../rules/catalogue.js';
import type { Finding, Fix } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';

/** Id of the service message under which misuse of suppressions is reported; see docs/suppression.md. */
export const suppressionRule = 'suppression';

/** A suppression as written. */
export interface Suppression extends Span {
  readonly rules: readonly string[];
  readonly reason: string;
  /** What it covers, as a range of the file. */
  readonly covers: Span;
  readonly scope: 'line' | 'next' | 'function' | 'file';
}

const form = /\bgpusvm-ignore\(([^)\n]*)\)(?:[ \t]*:[ \t]*((?:(?!\*\/)[^\n])*))?/;

/** The suppressions of a file. */
export function suppressionsOf(file: ProgramFile): readonly Suppression[] {
  const { text, outline } = file;
  const first = Math.min(...[...outline.items, ...outline.includes, ...outline.macros].map((one) => one.start), text.length);
  return outline.comments.flatMap((comment): Suppression[] => {
    const match = form.exec(text.slice(comment.start, comment.end));
    if (match === null) return [];
    const rules = (match[1] ?? '').split(/[\s,]+/).filter((rule) => rule !== '');
    return [{ start: comment.start, end: comment.end, rules, reason: (match[2] ?? '').trim(), ...coverOf(file, comment, first) }];
  });
}

function coverOf({ text, outline }: ProgramFile, comment: Span, first: number): Pick<Suppression, 'covers' | 'scope'> {
  if (comment.end <= first) return { scope: 'file', covers: { start: 0, end: text.length } };
  const lineStart = text.lastIndexOf('\n', comment.start - 1) + 1;
  if (text.slice(lineStart, comment.start).trim() !== '')
    return { scope: 'line', covers: { start: lineStart, end: lineEnd(text, comment.start) } };
  const below = outline.items.find((item) => item.start >= comment.end && text.slice(comment.end, item.start).trim() === '');
  if (below?.kind === 'function') return { scope: 'function', covers: { start: below.start, end: below.end } };
  return { scope: 'next', covers: nextStatement(text, comment.end) };
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** The lines of the statement that follows: up to its `;` or `{`, over several lines where it needs them. */
function nextStatement(text: string, from: number): Span {
  const gap = /^(?:\s|\/\*[\s\S]*?\*\/|\/\/[^\n]*)*/.exec(text.slice(from))?.[0].length ?? 0;
  const start = from + gap;
  const stop = text.slice(start).search(/[;{}]/);
  return { start, end: stop < 0 ? text.length : lineEnd(text, start + stop) };
}

/**
 * Takes away what is suppressed, and adds what is wrong with the suppressions themselves. `isWhole` says that all rules ran: only then
 * is a suppression that hid nothing known to be needless.
 */
export function applySuppressions(file: ProgramFile, findings: readonly Finding[], isWhole: boolean): readonly Finding[] {
  if (!file.text.includes('gpusvm-ignore(')) return findings;
  const suppressions = suppressionsOf(file);
  if (suppressions.length === 0) return findings;
  const used = new Set<Suppression>();
  const kept = findings.filter((finding) => {
    if (finding.file !== file.path) return true;
    const by = suppressions.filter(
      (one) => one.rules.includes(finding.rule) && one.covers.start <= finding.start && finding.start < one.covers.end,
    );
    for (const one of by) used.add(one);
    return by.length === 0;
  });
  const wrong = suppressions.flatMap((one, index) => misuse(file, one, isWhole && !used.has(one), index));
  // By file, then by place, as everywhere.
  return wrong.length === 0 ? kept : [...kept, ...wrong].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.start - b.start));
}

function misuse(file: ProgramFile, one: Suppression, isUnused: boolean, index: number): readonly Finding[] {
  const unknown = one.rules.filter((rule) => ruleMeta(rule) === undefined);
  const problems: { readonly message: string; readonly fixes: readonly Fix[] }[] = [];
  if (one.rules.length === 0)
    problems.push({ message: 'hides nothing: no rule is named; write gpusvm-ignore(rule): reason', fixes: [removal(file, one)] });
  else if (unknown.length > 0)
    problems.push({ message: `hides nothing: ${unknown.join(', ')} is no rule; see the list of rules`, fixes: [removal(file, one)] });
  else if (isUnused)
    problems.push({
      message: `hides nothing: no ${one.rules.join(', ')} is reported here any more; remove the comment`,
      fixes: [removal(file, one)],
    });
  else if (one.reason === '' || one.reason === 'reason')
    problems.push({ message: 'the next reader cannot judge it: no reason is given; write one behind the colon', fixes: [] });
  return problems.map(({ message, fixes }) => ({
    rule: suppressionRule,
    severity: 'warning',
    file: file.path,
    start: one.start,
    end: one.end,
    function: '',
    message,
    trace: [],
    fixes,
    fingerprint: `${hash(one.rules.join())}${hash(String(index))}`,
  }));
}

/** Takes the comment away, with its line where it stands alone. */
function removal({ path, text }: ProgramFile, one: Suppression): Fix {
  const lineStart = text.lastIndexOf('\n', one.start - 1) + 1;
  const isAlone = text.slice(lineStart, one.start).trim() === '' && /^[ \t]*(?:\n|$)/.test(text.slice(one.end));
  const start = isAlone ? lineStart : one.start - (/(?<![ \t])[ \t]*$/.exec(text.slice(lineStart, one.start))?.[0].length ?? 0);
  const end = isAlone ? Math.min(text.length, lineEnd(text, one.end) + 1) : one.end;
  return { title: 'Remove the suppression', safety: 'safe', edits: [{ file: path, start, end, newText: '' }] };
}

/** FNV-1a, eight hexadecimal digits. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value.toString(16).padStart(8, '0');
}
