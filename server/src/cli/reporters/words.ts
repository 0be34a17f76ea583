/** Small wording helpers that several reporters share. */
import type { Severity } from '../../rules/finding.js';
import type { LocatedFinding } from '../located.js';

/** `1 error`, `2 errors`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : /(?:s|x|ch)$/.test(noun) ? 'es' : 's'}`;
}

/** `2 errors, 1 warning`; empty when there is nothing to count. */
export function tally(findings: readonly { readonly severity: Severity }[]): string {
  const of = (severity: Severity): number => findings.filter((finding) => finding.severity === severity).length;
  const parts: string[] = [];
  if (of('error') > 0) parts.push(counted(of('error'), 'error'));
  if (of('warning') > 0) parts.push(counted(of('warning'), 'warning'));
  if (of('information') > 0) parts.push(`${of('information')} for information`);
  return parts.join(', ');
}

/** A message on one line: every run of white space becomes a blank. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Expands tabs to the kernel's eight columns. */
export function expandTabs(text: string): string {
  let out = '';
  for (const unit of text) out += unit === '\t' ? ' '.repeat(8 - (out.length % 8)) : unit;
  return out;
}

/** Breaks text into lines of at most `width` columns at blanks; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = '';
      }
      line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

/** Removes what a hostile file name or message could use to steer a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking control characters out is the purpose.
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** Order of a fix in lists: safe first. */
export function sortedFixes(finding: LocatedFinding): LocatedFinding['fixes'] {
  return [...finding.fixes].sort((a, b) => (a.safety === b.safety ? 0 : a.safety === 'safe' ? -1 : 1));
}
