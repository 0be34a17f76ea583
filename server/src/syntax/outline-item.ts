/** What a top-level item is and how it is called, from the words and parentheses that the outline's lexer saw outside of braces. */
import { identifierEnd, isIdentifierStart, skipBlank } from './chars.js';
import { isCallAttribute, isPlainAttribute, SPECIFIERS, TYPE_KEYWORDS } from './dialect.js';
import type { ItemKind } from './source.js';

/** A parenthesised group outside of braces. */
interface Group {
  /** Index of the word right before the group; -1 when something else stands there. */
  readonly word: number;
  readonly start: number;
  readonly end: number;
}

/** What the lexer gathers about the item it is in. */
export interface Draft {
  start: number;
  /** Offset after the last token. */
  lastEnd: number;
  /** Code of the last token's last character. */
  lastCode: number;
  readonly words: string[];
  readonly wordStarts: number[];
  readonly groups: Group[];
  bodyStart: number;
  bodyEnd: number;
  body: 'none' | 'function' | 'aggregate' | 'initializer';
  /** Number of words before the body or the `=`. */
  headWords: number;
  sawEquals: boolean;
  /** Offset of the `struct`, `union` or `enum` keyword whose body this is; -1 without. */
  tagStart: number;
}

/** A draft without anything. */
export function emptyDraft(): Draft {
  return {
    start: -1,
    lastEnd: -1,
    lastCode: 0,
    words: [],
    wordStarts: [],
    groups: [],
    bodyStart: -1,
    bodyEnd: -1,
    body: 'none',
    headWords: -1,
    sawEquals: false,
    tagStart: -1,
  };
}

/** A classified item, without its place. */
interface Classified {
  readonly kind: ItemKind;
  readonly name: string;
}

const AGGREGATES: ReadonlySet<string> = new Set(['struct', 'union', 'enum']);

/** True for a word that never names anything: attribute, specifier. */
function isNoise(word: string): boolean {
  return isPlainAttribute(word) || isCallAttribute(word) || SPECIFIERS.has(word);
}

/** True when a group belongs to an attribute: `__aligned(8)`, `__attribute__((…))`. */
export function isAttributeGroup(draft: Draft, group: Group): boolean {
  const word = draft.words[group.word];
  return word !== undefined && (isCallAttribute(word) || word === 'typeof' || word === '__typeof__' || word === '__typeof');
}

/** The tag keyword's word index when the words so far end in `struct`, `struct tag`, `union tag` … before a `{`; -1 when not. */
export function aggregateWord(draft: Draft): number {
  const { words, groups } = draft;
  let last = words.length - 1;
  while (last >= 0 && (isPlainAttribute(words[last] ?? '') || isCallAttribute(words[last] ?? ''))) last--;
  if (last < 0) return -1;
  const plain = groups.filter((group) => !isAttributeGroup(draft, group));
  if (AGGREGATES.has(words[last] ?? '')) return plain.length === 0 ? last : -1;
  let keyword = last - 1;
  while (keyword >= 0 && (isPlainAttribute(words[keyword] ?? '') || isCallAttribute(words[keyword] ?? ''))) keyword--;
  return keyword >= 0 && AGGREGATES.has(words[keyword] ?? '') && plain.length === 0 ? keyword : -1;
}

/** The tag of an aggregate, as `struct tag`; the keyword alone for an unnamed one. */
export function tagOf(draft: Draft, keyword: number): string {
  for (let i = keyword + 1; i < draft.headWords; i++) {
    const word = draft.words[i] ?? '';
    if (!isPlainAttribute(word) && !isCallAttribute(word)) return `${draft.words[keyword] ?? ''} ${word}`;
  }
  return draft.words[keyword] ?? '';
}

/** The group that holds a function's parameters, and its name; undefined without one. */
function functionGroup(draft: Draft): { readonly group: Group; readonly word: number } | undefined {
  let fallback: { readonly group: Group; readonly word: number } | undefined;
  for (const group of draft.groups) {
    const word = draft.words[group.word];
    if (word === undefined || TYPE_KEYWORDS.has(word) || isAttributeGroup(draft, group)) continue;
    const found = { group, word: group.word };
    if (hasTypeBefore(draft, group.word)) return found;
    fallback ??= found;
  }
  return fallback;
}

function hasTypeBefore(draft: Draft, word: number): boolean {
  for (let i = 0; i < word; i++) {
    const candidate = draft.words[i] ?? '';
    if (!isNoise(candidate) && !draft.groups.some((group) => group.word === i)) return true;
  }
  return false;
}

/** The name inside `(*name)` of a pointer to function, when one of the groups is that. */
function functionPointerName(text: string, draft: Draft): string | undefined {
  for (const group of draft.groups) {
    let at = skipBlank(text, group.start + 1, group.end);
    if (text[at] !== '*') continue;
    while (text[at] === '*') at = skipBlank(text, at + 1, group.end);
    while (isIdentifierStart(text.charCodeAt(at)) && at < group.end) {
      const end = identifierEnd(text, at, group.end);
      const word = text.slice(at, end);
      if (!isNoise(word)) return word;
      at = skipBlank(text, end, group.end);
    }
  }
  return undefined;
}

/** The last word before `limit` that can be a name. */
function lastName(draft: Draft, limit: number): string {
  for (let i = Math.min(limit, draft.words.length) - 1; i >= 0; i--) {
    const word = draft.words[i] ?? '';
    if (!isNoise(word) && !TYPE_KEYWORDS.has(word)) return word;
  }
  return '';
}

/** Name of the typedef or variable that the draft declares. */
export function declaredName(text: string, draft: Draft): string {
  const pointer = functionPointerName(text, draft);
  if (pointer !== undefined) return pointer;
  if (draft.body === 'aggregate') {
    for (let i = draft.headWords; i < draft.words.length; i++) {
      const word = draft.words[i] ?? '';
      if (!isNoise(word)) return word;
    }
    return '';
  }
  const called = functionGroup(draft);
  if (called !== undefined && draft.words[0] === 'typedef') return draft.words[called.word] ?? '';
  return lastName(draft, draft.headWords < 0 ? draft.words.length : draft.headWords);
}

/** Kind and name of a complete item. */
export function classify(text: string, draft: Draft): Classified {
  const { words } = draft;
  const first = words[0];
  if (first === undefined) return { kind: 'other', name: '' };
  if (first === 'typedef') return { kind: 'typedef', name: declaredName(text, draft) };
  if (draft.body === 'function') {
    const found = functionGroup(draft);
    return found === undefined
      ? { kind: 'broken', name: lastName(draft, words.length) }
      : { kind: 'function', name: words[found.word] ?? '' };
  }
  if (draft.body === 'aggregate') return { kind: 'variable', name: declaredName(text, draft) };
  if (draft.sawEquals) return { kind: 'variable', name: declaredName(text, draft) };
  if (first === 'asm' || first === '__asm__') return { kind: 'other', name: '' };
  if (functionPointerName(text, draft) !== undefined) return { kind: 'variable', name: declaredName(text, draft) };
  const found = functionGroup(draft);
  if (found !== undefined) {
    const name = words[found.word] ?? '';
    return { kind: hasTypeBefore(draft, found.word) ? 'prototype' : 'macro-call', name };
  }
  if (words.length === 2 && AGGREGATES.has(first)) return { kind: 'other', name: `${first} ${words[1] ?? ''}` };
  const name = declaredName(text, draft);
  return { kind: words.length > 1 && name !== '' ? 'variable' : 'other', name };
}
