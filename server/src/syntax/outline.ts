/**
 * The outline of a file: one pass of a hand-written lexer finds top-level items by the depth of braces and parentheses, macros, includes,
 * comments and the branches of conditional code. Nothing is parsed. Broken text resynchronises at column zero, so that one half-typed
 * function does not swallow its neighbours. Offsets are half-open UTF-16 offsets into the file; bad input never throws.
 */
import { CODE, commentEnd, identifierEnd, isIdentifierStart, isLineStart, isSpace, literalEnd, skipBlank } from './chars.js';
import { isBranchTaken } from './conditions.js';
import { CONTROL_KEYWORDS, isCallAttribute, isPlainAttribute, TYPE_KEYWORDS } from './dialect.js';
import type { Directive } from './directives.js';
import { branchEnd, commentAt, conditionOf, readDirective, readInclude, readMacro } from './directives.js';
import type { Draft } from './outline-item.js';
import { aggregateWord, classify, declaredName, emptyDraft, isAttributeGroup, tagOf } from './outline-item.js';
import type { Comment, Config, Include, Item, ItemKind, MacroDef, Outline, Span } from './source.js';

/** Deepest nesting of branches not taken that is outlined; more is listed as inactive and left. */
const MAX_REGION_DEPTH = 12;

/** How far the lexer looks ahead to tell that a line at column zero starts a new definition. */
const LOOKAHEAD = 2000;

/** Most words and groups of an item's head that are kept: no real declaration has as many. */
const MAX_WORDS = 200;

/** Deepest braces in which a struct's body is searched for tags that it defines. */
const MAX_TAG_DEPTH = 6;

interface Gathered {
  readonly text: string;
  readonly config: Config;
  readonly items: Item[];
  readonly macros: MacroDef[];
  readonly includes: Include[];
  readonly comments: Comment[];
  readonly inactive: Span[];
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly alternative: boolean;
  /** False inside an item: its branches hold no items of their own. */
  readonly hasItems: boolean;
  readonly depth: number;
}

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

/** The lexer's state while it goes through one region. */
interface Lexer {
  readonly gathered: Gathered;
  readonly region: Region;
  draft: Draft;
  braces: number;
  parens: number;
  brackets: number;
  /** Start of the outermost open parenthesis, and the index of the word right before it. */
  groupStart: number;
  groupWord: number;
  /** Open conditionals of this region: whether one of their branches was taken. */
  readonly conditionals: boolean[];
  /** Branches not taken, to outline afterwards. */
  readonly later: Region[];
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

function takeToken(lexer: Lexer, at: number, code: number): number {
  const { gathered, region, draft } = lexer;
  const { text } = gathered;
  if (isIdentifierStart(code)) return takeWord(lexer, at);
  if (lexer.braces === 0 && draft.start < 0) {
    // A lone `;` or a stray closer between items is nothing.
    if (code === CODE.semicolon || code === CODE.closeBrace || code === CODE.closeParen) return at + 1;
    draft.start = at;
  }
  draft.lastCode = code;
  draft.lastEnd = at + 1;
  switch (code) {
    case CODE.quote:
    case CODE.apostrophe:
      draft.lastEnd = literalEnd(text, at, region.end);
      return draft.lastEnd;
    case CODE.openParen:
      if (lexer.parens++ === 0 && lexer.braces === 0) {
        lexer.groupStart = at;
        lexer.groupWord = wordBefore(draft, text, at);
      }
      return at + 1;
    case CODE.closeParen:
      if (
        lexer.parens > 0 &&
        --lexer.parens === 0 &&
        lexer.braces === 0 &&
        lexer.groupStart >= 0 &&
        !draft.sawEquals &&
        draft.groups.length < MAX_WORDS
      ) {
        draft.groups.push({ word: lexer.groupWord, start: lexer.groupStart, end: at + 1 });
      }
      return at + 1;
    case CODE.openBracket:
      lexer.brackets++;
      return at + 1;
    case CODE.closeBracket:
      if (lexer.brackets > 0) lexer.brackets--;
      return at + 1;
    case CODE.openBrace:
      return openBrace(lexer, at);
    case CODE.closeBrace:
      return closeBrace(lexer, at);
    case CODE.semicolon:
      if (lexer.braces === 0 && lexer.parens === 0) finish(lexer, at + 1);
      return at + 1;
    case CODE.equals:
      if (lexer.braces === 0 && lexer.parens === 0 && lexer.brackets === 0 && !draft.sawEquals) {
        draft.sawEquals = true;
        if (draft.headWords < 0) draft.headWords = draft.words.length;
      }
      return at + 1;
    default:
      return at + 1;
  }
}

/** Index of the word that ends right before the offset (white space apart); -1 when something else does. */
function wordBefore(draft: Draft, text: string, at: number): number {
  const last = draft.words.length - 1;
  const word = draft.words[last];
  const start = draft.wordStarts[last];
  if (word === undefined || start === undefined) return -1;
  return skipBlank(text, start + word.length, at) === at ? last : -1;
}

function takeWord(lexer: Lexer, at: number): number {
  const { gathered, region } = lexer;
  const { text } = gathered;
  const end = identifierEnd(text, at, region.end);
  const isOpen = lexer.braces > 0 || lexer.parens > 0;
  if (isLineStart(text, at) && lexer.draft.start >= 0) {
    if (isOpen ? startsDefinition(text, at, end, region.end) : endsBefore(lexer, text.slice(at, end))) cut(lexer);
  }
  const { draft } = lexer;
  if (draft.start < 0) draft.start = at;
  draft.lastEnd = end;
  draft.lastCode = 97;
  if (lexer.braces === 0) {
    if (lexer.parens === 0 && lexer.brackets === 0 && !draft.sawEquals && draft.words.length < MAX_WORDS) {
      draft.words.push(text.slice(at, end));
      draft.wordStarts.push(at);
    }
  } else if (draft.body === 'aggregate' && lexer.braces <= MAX_TAG_DEPTH) nestedTag(lexer, at, end);
  return end;
}

/** Ends the item in progress before the current token: what follows is another one. */
function cut(lexer: Lexer): void {
  const { draft } = lexer;
  const isCall = lexer.braces === 0 && lexer.parens === 0 && classify(lexer.gathered.text, draft).kind === 'macro-call';
  finish(lexer, draft.lastEnd, isCall || draft.body === 'function' ? undefined : 'broken');
}

/** Whether the item so far is complete without `;`, so that a word at column zero starts another: a macro call, or a prototype that lost its `;`. */
function endsBefore(lexer: Lexer, word: string): boolean {
  const { draft } = lexer;
  if (draft.sawEquals || draft.body !== 'none') return word === 'static' || word === 'typedef';
  if (word === 'static' || word === 'typedef')
    return !draft.words.every((before) => isPlainAttribute(before) || isCallAttribute(before) || before.startsWith('__'));
  if (draft.lastCode !== CODE.closeParen) return false;
  const last = draft.groups[draft.groups.length - 1];
  if (last === undefined || isAttributeGroup(draft, last)) return false;
  if (isPlainAttribute(word) || isCallAttribute(word)) return false;
  // An unknown annotation in front of a declaration: `__some_annotation(x)` before its type.
  return !(last.word === 0 && (draft.words[0] ?? '').startsWith('__') && /[a-z]/.test(draft.words[0] ?? ''));
}

/**
 * Whether the word at column zero inside braces or parentheses starts a new definition, so that what is open was never closed:
 * a header with parameters and a body whose brace stands at column zero, or after a keyword that only a declaration starts with.
 */
function startsDefinition(text: string, at: number, wordEnd: number, limit: number): boolean {
  const word = text.slice(at, wordEnd);
  if (CONTROL_KEYWORDS.has(word)) return false;
  const isDeclaration = TYPE_KEYWORDS.has(word);
  const end = Math.min(limit, at + LOOKAHEAD);
  let words = 1;
  let depth = 0;
  let sawGroup = false;
  let last = 97;
  let i = wordEnd;
  while (i < end) {
    i = skipBlank(text, i, end);
    const code = text.charCodeAt(i);
    if (isIdentifierStart(code)) {
      if (depth === 0 && !sawGroup) words++;
      last = 97;
      i = identifierEnd(text, i, end);
      continue;
    }
    if (code === CODE.quote || code === CODE.apostrophe) {
      i = literalEnd(text, i, end);
      continue;
    }
    if (code === CODE.openParen) depth++;
    else if (code === CODE.closeParen) {
      if (--depth < 0) return false;
      sawGroup = true;
    } else if (code === CODE.openBrace) {
      if (depth > 0) return false;
      if (sawGroup && words > 1 && last === CODE.closeParen) return isDeclaration || isLineStart(text, i);
      return !sawGroup && isDeclaration && words === 2 && (word === 'struct' || word === 'union' || word === 'enum');
    } else if (code === CODE.hash || code === CODE.closeBrace) return false;
    else if (depth === 0 && (code === CODE.semicolon || code === CODE.equals))
      return word === 'static' || word === 'extern' || word === 'typedef';
    else if (depth === 0 && code === CODE.colon) return false;
    last = code;
    i++;
  }
  return false;
}

function openBrace(lexer: Lexer, at: number): number {
  const { draft } = lexer;
  if (
    lexer.parens > 0 &&
    lexer.braces === 0 &&
    isLineStart(lexer.gathered.text, at) &&
    draft.groups.length === 0 &&
    !draft.sawEquals &&
    draft.words.length > 1
  ) {
    // `int f(int a` with its parenthesis missing, then a body.
    draft.groups.push({ word: lexer.groupWord, start: lexer.groupStart, end: at });
    lexer.parens = 0;
  }
  lexer.braces++;
  if (lexer.braces !== 1 || lexer.parens > 0 || draft.bodyStart >= 0) return at + 1;
  draft.bodyStart = at;
  const keyword = draft.sawEquals ? -1 : aggregateWord(draft);
  if (draft.headWords < 0) draft.headWords = draft.words.length;
  if (draft.sawEquals) draft.body = 'initializer';
  else if (keyword >= 0) {
    draft.body = 'aggregate';
    draft.tagStart = draft.wordStarts[keyword] ?? draft.start;
  } else draft.body = 'function';
  return at + 1;
}

function closeBrace(lexer: Lexer, at: number): number {
  const { draft, gathered } = lexer;
  if (lexer.braces === 0) return at + 1;
  lexer.braces--;
  if (
    lexer.braces > 0 &&
    draft.body === 'function' &&
    isLineStart(gathered.text, at) &&
    endsFunctionEarly(gathered.text, at + 1, lexer.region.end)
  )
    lexer.braces = 0;
  if (lexer.braces > 0) return at + 1;
  if (draft.body === 'function') finish(lexer, at + 1);
  else {
    draft.bodyEnd = at + 1;
    if (draft.body !== 'none') lexer.parens = 0;
    if (draft.body === 'aggregate') addTag(lexer, at + 1);
  }
  return at + 1;
}

/** A `}` at column zero with braces still open: true when what follows stands at column zero too, so the function is over. */
function endsFunctionEarly(text: string, from: number, limit: number): boolean {
  const next = skipBlank(text, from, limit);
  if (next >= limit) return true;
  return (
    isLineStart(text, next) &&
    text.charCodeAt(next) !== CODE.closeBrace &&
    text.charCodeAt(next) !== CODE.openBrace &&
    !isLabelAt(text, next, limit)
  );
}

function isLabelAt(text: string, at: number, limit: number): boolean {
  if (!isIdentifierStart(text.charCodeAt(at))) return false;
  const end = identifierEnd(text, at, limit);
  return text.charCodeAt(skipBlank(text, end, limit)) === CODE.colon || CONTROL_KEYWORDS.has(text.slice(at, end));
}

/** Records the struct, union or enum whose body just closed; an unnamed one of a typedef takes the typedef's name when that is known. */
function addTag(lexer: Lexer, end: number): void {
  const { draft } = lexer;
  const keyword = draft.wordStarts.indexOf(draft.tagStart);
  const name = tagOf(draft, keyword);
  if (!name.includes(' ') && draft.words[0] === 'typedef') return;
  const next = skipBlank(lexer.gathered.text, end, lexer.region.end);
  const isWhole = lexer.gathered.text.charCodeAt(next) === CODE.semicolon && draft.words[0] !== 'typedef';
  if (!name.includes(' ') && !isWhole) return;
  pushItem(
    lexer,
    draft.words[keyword] as ItemKind,
    name,
    isWhole ? draft.start : draft.tagStart,
    isWhole ? next + 1 : end,
    draft.bodyStart,
  );
}

/** Inside a struct's body: a named struct, union or enum defined there is an item of its own, as its tag is known at file scope. */
function nestedTag(lexer: Lexer, at: number, end: number): void {
  const { text } = lexer.gathered;
  const keyword = text.slice(at, end);
  if (keyword !== 'struct' && keyword !== 'union' && keyword !== 'enum') return;
  const limit = lexer.region.end;
  const nameStart = skipBlank(text, end, limit);
  if (!isIdentifierStart(text.charCodeAt(nameStart))) return;
  const nameEnd = identifierEnd(text, nameStart, limit);
  const open = skipBlank(text, nameEnd, limit);
  if (text.charCodeAt(open) !== CODE.openBrace) return;
  const close = matchingBrace(text, open, limit);
  if (close > open) pushItem(lexer, keyword, `${keyword} ${text.slice(nameStart, nameEnd)}`, at, close, open);
}

/** Offset after the brace that closes the one at `open`, within a bounded distance; `open` when there is none. */
function matchingBrace(text: string, open: number, limit: number): number {
  const end = Math.min(limit, open + 20_000);
  let depth = 0;
  let i = open;
  while (i < end) {
    i = skipBlank(text, i, end);
    const code = text.charCodeAt(i);
    if (code === CODE.quote || code === CODE.apostrophe) {
      i = literalEnd(text, i, end);
      continue;
    }
    if (code === CODE.openBrace) depth++;
    else if (code === CODE.closeBrace && --depth === 0) return i + 1;
    i++;
  }
  return open;
}

function finish(lexer: Lexer, end: number, forced?: ItemKind): void {
  const { draft, gathered } = lexer;
  const { text } = gathered;
  const classified = classify(text, draft);
  const kind = forced ?? classified.kind;
  if (draft.body === 'aggregate' && forced === undefined && draft.bodyEnd >= 0) finishAggregate(lexer, end);
  else pushItem(lexer, kind, classified.name, draft.start, end, draft.bodyStart);
  lexer.draft = emptyDraft();
  lexer.braces = 0;
  lexer.parens = 0;
  lexer.brackets = 0;
  lexer.groupStart = -1;
}

/** `struct x {…};` was recorded when its body closed; what is declared with it comes here. */
function finishAggregate(lexer: Lexer, end: number): void {
  const { draft, gathered } = lexer;
  const { text } = gathered;
  const name = declaredName(text, draft);
  if (name === '') return;
  if (draft.words[0] !== 'typedef') {
    pushItem(lexer, 'variable', name, draft.start, end, draft.bodyStart);
    return;
  }
  const keyword = draft.wordStarts.indexOf(draft.tagStart);
  const tag = draft.words[keyword] ?? 'struct';
  if (!tagOf(draft, keyword).includes(' '))
    pushItem(lexer, tag as ItemKind, `${tag} ${name}`, draft.tagStart, draft.bodyEnd, draft.bodyStart);
  pushItem(lexer, 'typedef', name, draft.start, end, draft.bodyStart);
}

const INLINE_WORDS: ReadonlySet<string> = new Set(['inline', '__inline', '__inline__', '__always_inline']);

function pushItem(lexer: Lexer, kind: ItemKind, name: string, start: number, end: number, bodyStart: number): void {
  const { draft, region, gathered } = lexer;
  if (!region.hasItems) return;
  gathered.items.push({
    kind,
    name,
    start,
    end,
    bodyStart,
    isStatic: draft.words.includes('static'),
    isInline: draft.words.some((word) => INLINE_WORDS.has(word)),
    alternative: region.alternative,
    doc: undefined,
  });
}
