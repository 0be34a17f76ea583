/** The outline's lexer: tokens of one region of taken text gather into drafts by the depth of braces and parentheses. */
import { CODE, identifierEnd, isIdentifierStart, isLineStart, literalEnd, skipBlank } from './chars.js';
import { isCallAttribute, isPlainAttribute } from './dialect.js';
import { addTag, finish, MAX_TAG_DEPTH, nestedTag } from './outline-emit.js';
import type { Draft } from './outline-item.js';
import { aggregateWord, classify, isAttributeGroup } from './outline-item.js';
import { endsFunctionEarly, startsDefinition } from './outline-resync.js';
import type { Comment, Config, Include, Item, MacroDef, Span } from './source.js';

/** Most words and groups of an item's head that are kept: no real declaration has as many. */
const MAX_WORDS = 200;

/** What the outline gathers. */
export interface Gathered {
  readonly text: string;
  readonly config: Config;
  readonly items: Item[];
  readonly macros: MacroDef[];
  readonly includes: Include[];
  readonly comments: Comment[];
  readonly inactive: Span[];
}

/** A range of text whose directives are evaluated together: the file, or a branch not taken. */
export interface Region {
  readonly start: number;
  readonly end: number;
  readonly alternative: boolean;
  /** False inside an item: its branches hold no items of their own. */
  readonly hasItems: boolean;
  readonly depth: number;
}

/** The lexer's state while it goes through one region. */
export interface Lexer {
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

/** Takes the token at an offset, which is neither white space, comment nor directive; returns the offset after. */
export function takeToken(lexer: Lexer, at: number, code: number): number {
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
export function cut(lexer: Lexer): void {
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
