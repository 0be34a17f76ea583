/**
 * The outline of a file: one pass of a hand-written lexer finds top-level items by the depth of braces and parentheses, macros, includes,
 * comments and the branches of conditional code. Nothing is parsed. Broken text resynchronises at column zero, so that one half-typed
 * function does not swallow its neighbours. Offsets are half-open UTF-16 offsets into the file; bad input never throws.
 */

import { CODE, commentEnd, isSpace, skipBlank } from './chars.js';
import { isBranchTaken } from './conditions.js';
import type { Directive } from './directives.js';
import { branchEnd, commentAt, conditionOf, readDirective, readInclude, readMacro } from './directives.js';
import { finish } from './outline-emit.js';
import { emptyDraft } from './outline-item.js';
import type { Gathered, Lexer, Region } from './outline-lexer.js';
import { takeToken } from './outline-lexer.js';
import type { Comment, Config, Item, Outline, Span } from './source.js';

/** Deepest nesting of branches not taken that is outlined; more is listed as inactive and left. */
const MAX_REGION_DEPTH = 12;

/** Makes the outline of a file. About a millisecond per thousand lines or better; linear in the text's length. */
export function outline(text: string, config: Config): Outline {
  const gathered: Gathered = { text, config, items: [], macros: [], includes: [], comments: [], inactive: [] };
  scanRegion(gathered, { start: 0, end: text.length, alternative: false, hasItems: true, depth: 0 });
  const byStart = (a: Span, b: Span): number => a.start - b.start;
  gathered.comments.sort(byStart);
  gathered.inactive.sort(byStart);
  gathered.macros.sort(byStart);
  gathered.includes.sort(byStart);
  gathered.items.sort(byStart);
  const items = withDocs(text, gathered.items, gathered.comments);
  const { macros, includes, comments, inactive } = gathered;
  return { items, macros, includes, comments, inactive };
}

/** Adds to each item the kernel-doc comment that ends right above it. */
function withDocs(text: string, items: readonly Item[], comments: readonly Comment[]): readonly Item[] {
  let next = 0;
  let doc: Comment | undefined;
  return items.map((item) => {
    for (let comment = comments[next]; comment !== undefined && comment.start < item.start; comment = comments[++next]) {
      if (comment.isDoc) doc = comment;
    }
    if (doc === undefined || doc.end > item.start || skipBlank(text, doc.end, item.start) !== item.start) return item;
    return { ...item, doc: { start: doc.start, end: doc.end } };
  });
}

function scanRegion(gathered: Gathered, region: Region): void {
  const lexer: Lexer = {
    gathered,
    region,
    draft: emptyDraft(),
    braces: 0,
    parens: 0,
    brackets: 0,
    groupStart: -1,
    groupWord: -1,
    conditionals: [],
    later: [],
  };
  const { text } = gathered;
  const limit = region.end;
  let isFresh = true;
  let i = region.start;
  while (i < limit) {
    const code = text.charCodeAt(i);
    if (code === CODE.newline) {
      isFresh = true;
      i++;
      continue;
    }
    if (isSpace(code)) {
      i++;
      continue;
    }
    if (code === CODE.slash) {
      const after = commentEnd(text, i, limit);
      if (after > i) {
        gathered.comments.push(commentAt(text, i, after));
        i = after;
        continue;
      }
    }
    if (code === CODE.hash && isFresh) {
      i = takeDirective(lexer, readDirective(text, i, limit));
      continue;
    }
    isFresh = false;
    if (code === CODE.backslash) i++;
    else i = takeToken(lexer, i, code);
  }
  if (lexer.draft.start >= 0)
    finish(lexer, lexer.draft.lastEnd, lexer.braces + lexer.parens > 0 && lexer.draft.body !== 'function' ? 'broken' : undefined);
  for (const later of lexer.later) scanRegion(gathered, later);
}

function takeDirective(lexer: Lexer, directive: Directive): number {
  const { gathered, region, conditionals } = lexer;
  const { text } = gathered;
  gathered.comments.push(...directive.comments);
  switch (directive.name) {
    case 'define': {
      const macro = readMacro(text, directive, region.alternative);
      if (macro !== undefined) gathered.macros.push(macro);
      return directive.end;
    }
    case 'include':
    case 'include_next': {
      const include = readInclude(text, directive, region.alternative);
      if (include !== undefined) gathered.includes.push(include);
      return directive.end;
    }
    case 'if':
    case 'ifdef':
    case 'ifndef': {
      const isTaken = isBranchTaken(directive.name, conditionOf(text, directive), gathered.config);
      conditionals.push(isTaken);
      return isTaken ? directive.end : skipBranches(lexer, directive.end);
    }
    case 'elif':
    case 'elifdef':
    case 'elifndef':
    case 'else':
      return conditionals.length === 0 ? directive.end : skipBranches(lexer, directive.end);
    case 'endif':
      conditionals.pop();
      return directive.end;
    default:
      return directive.end;
  }
}

/** Skips branches from `start` on until one is taken or the conditional ends; returns where the taken text goes on. */
function skipBranches(lexer: Lexer, start: number): number {
  const { gathered, region, conditionals } = lexer;
  const { text } = gathered;
  let from = start;
  for (;;) {
    const end = branchEnd(text, from, region.end);
    addInactive(lexer, from, end);
    if (end >= region.end) return end;
    const directive = readDirective(text, end, region.end);
    gathered.comments.push(...directive.comments);
    if (directive.name === 'endif') {
      conditionals.pop();
      return directive.end;
    }
    const wasTaken = conditionals[conditionals.length - 1] === true;
    if (!wasTaken && (directive.name === 'else' || isBranchTaken(directive.name, conditionOf(text, directive), gathered.config))) {
      conditionals[conditionals.length - 1] = true;
      return directive.end;
    }
    from = directive.end;
  }
}

function addInactive(lexer: Lexer, start: number, end: number): void {
  const { gathered, region, draft } = lexer;
  if (end <= start) return;
  if (!region.alternative) gathered.inactive.push({ start, end });
  if (region.depth >= MAX_REGION_DEPTH) return;
  const hasItems = region.hasItems && draft.start < 0;
  lexer.later.push({ start, end, alternative: true, hasItems, depth: region.depth + 1 });
}
