/** Comments that name what moved, and the branches of conditional code that are not taken: text, since nothing there is typed. */
import { coreFiles, flagWords, initCall, markCall, pagesOfRange, removedHelpers } from '../../../contracts/generations.js';
import { removingCalls } from '../../../contracts/port.js';
import { isInside } from '../../../program/spans.js';
import type { ProgramFile } from '../../../program/types.js';
import type { Item } from '../../../syntax/source.js';
import { indentOf, lineEnd, lineStart, placeOf } from '../draft.js';
import { argumentPiece } from './access.js';
import type { Driver } from './driver.js';

/** Mends comments of a file: helpers by their new names, members by their new way. */
export function mendComments(file: ProgramFile, driver: Driver): void {
  const { draft, pages } = driver;
  const [base] = driver.range.base;
  const moved = [...driver.rangeFlags].filter((flag) => !driver.pagesFlags.has(flag));
  const through = new RegExp(
    `((?:->|\\.)${base ?? ''}\\.|\\b\\w*range\\w*(?:->|\\.))${pagesOfRange.member}\\.${flagWords.member}\\.(${moved.join('|') || '(?!)'})\\b`,
    'g',
  );
  const routed = new RegExp(`(->|\\.)${base ?? ''}\\.${pagesOfRange.member}\\b`, 'g');
  const helpers = new RegExp(`\\b(${removedHelpers.map((one) => one.name).join('|')})\\b`, 'g');
  for (const comment of file.outline.comments) {
    const text = file.text.slice(comment.start, comment.end);
    const put = (match: RegExpMatchArray, newText: string): void => {
      const start = comment.start + (match.index ?? 0);
      draft.add(file, { start, end: start + match[0].length, newText });
    };
    for (const match of text.matchAll(through)) put(match, `${match[1] ?? ''}${flagWords.member}.${match[2] ?? ''}`);
    for (const match of text.matchAll(routed)) put(match, `${match[1] ?? ''}${pages}`);
    for (const match of text.matchAll(helpers)) put(match, removedHelpers.find((one) => one.name === match[0])?.instead ?? match[0]);
  }
}

/** Notes comments that may tell of what the removing calls do no more: words are for people to mend. */
export function noteComments(file: ProgramFile, driver: Driver): void {
  if (driver.program.facts.removeUnmapsPages) return;
  const names = new RegExp(
    `\\b(?:${Object.values(removingCalls)
      .map((one) => one.name)
      .join('|')})\\b`,
  );
  for (const comment of file.outline.comments) {
    const text = file.text.slice(comment.start, comment.end);
    const name = names.exec(text)?.[0];
    if (name !== undefined && /unmap|freed?\b|frees\b|releas/.test(text))
      driver.draft.note(`${placeOf(file, comment.start)}: the comment speaks of \`${name}\`, which unmaps nothing any more: read it again`);
  }
}

/** The end of a bracket's pair; the text's end when it has none. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(' || text[at] === '{' || text[at] === '[') depth++;
    else if ((text[at] === ')' || text[at] === '}' || text[at] === ']') && --depth === 0) return at;
  }
  return text.length;
}

/** Spans of the arguments of a call, its parenthesis at `open`. */
function argumentSpans(text: string, open: number): readonly { readonly start: number; readonly end: number }[] {
  const end = closing(text, open);
  const spans: { readonly start: number; readonly end: number }[] = [];
  const add = (from: number, to: number): void => {
    const lead = /^\s*/.exec(text.slice(from, to))?.[0].length ?? 0;
    spans.push({ start: from + lead, end: from + text.slice(from, to).trimEnd().length });
  };
  let depth = 0;
  let from = open + 1;
  for (let at = open + 1; at < end; at++) {
    const c = text[at] ?? '';
    if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    else if (c === ',' && depth === 0) {
      add(from, at);
      from = at + 1;
    }
  }
  add(from, end);
  return spans;
}

/** Mends the branches that are not taken: calls that make an address space, and the stand-in of the range's struct. */
export function mendTwins(file: ProgramFile, driver: Driver): void {
  if (coreFiles.has(file.path) || file.outline.inactive.length === 0) return;
  const wanted = driver.program.findSignature(initCall.name, file)?.params.length;
  const calls = new RegExp(`\\b${initCall.name}\\s*\\(`, 'g');
  for (const match of file.text.matchAll(calls)) {
    if (!isInside(file.outline.inactive, match.index)) continue;
    const [before, gone, after, ...rest] = argumentSpans(file.text, match.index + match[0].length - 1).slice(initCall.device - 1);
    if (before === undefined || gone === undefined || after === undefined || wanted === undefined || driver.program.facts.initTakesDrm)
      continue;
    if (initCall.device + 2 + rest.length === wanted + 1) driver.draft.add(file, argumentPiece(file.text, before, gone, after));
  }
  for (const item of file.outline.items) {
    if (!item.alternative && !isInside(file.outline.inactive, item.start)) continue;
    if (item.name === driver.range.container.tag && item.bodyStart >= 0) standIn(file, item, driver);
  }
  const rest = new RegExp(`\\b(?:${[...removedHelpers.map((one) => one.name), markCall.name].join('|')})\\s*\\(`, 'g');
  for (const match of file.text.matchAll(rest)) {
    if (isInside(file.outline.inactive, match.index))
      driver.draft.note(`${placeOf(file, match.index)}: a call in a branch that is not taken here is left`);
  }
}

/** The struct that stands in for the range's where the feature is off: what its base had as pages lies beside the base. */
function standIn(file: ProgramFile, item: Item, driver: Driver): void {
  const [base] = driver.range.base;
  const text = file.text.slice(0, item.end);
  const head = /\b(?:struct|union)\s*\{/g;
  head.lastIndex = item.bodyStart;
  for (let open = head.exec(text); open !== null; open = head.exec(text)) {
    const end = closing(text, open.index + open[0].length - 1);
    const name = /^\}\s*(\w+)\s*;/.exec(text.slice(end));
    if (name?.[1] !== base) continue;
    head.lastIndex = open.index + open[0].length;
    for (let inner = head.exec(text); inner !== null && inner.index < end; inner = head.exec(text)) {
      const innerEnd = closing(text, inner.index + inner[0].length - 1);
      const member = /^\}\s*(\w+)\s*;/.exec(text.slice(innerEnd));
      if (member?.[1] !== pagesOfRange.member) continue;
      const from = lineStart(text, inner.index);
      const to = lineEnd(file.text, innerEnd);
      const outer = indentOf(text, open.index);
      const depth = indentOf(text, inner.index).length - outer.length;
      const moved = file.text
        .slice(from, to)
        .split('\n')
        .map((line) => (line.startsWith(outer + '\t'.repeat(depth)) ? line.slice(depth) : line))
        .join('\n')
        .replace(new RegExp(`\\}(\\s*)${pagesOfRange.member}(\\s*;\\s*)$`), `}$1${driver.pages}$2`);
      const after = lineEnd(file.text, end);
      driver.draft.add(file, { start: from, end: to, newText: '' });
      driver.draft.add(file, { start: after, end: after, newText: moved });
      return;
    }
    return;
  }
}
