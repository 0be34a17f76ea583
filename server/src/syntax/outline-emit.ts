/** Items of the outline: a draft that is complete becomes an item, with the tags that it defines on the way. */
import { CODE, identifierEnd, isIdentifierStart, literalEnd, skipBlank } from './chars.js';
import { classify, declaredName, emptyDraft, tagOf } from './outline-item.js';
import type { Lexer } from './outline-lexer.js';
import type { ItemKind } from './source.js';

/** Deepest braces in which a struct's body is searched for tags that it defines. */
export const MAX_TAG_DEPTH = 6;

/** Records the struct, union or enum whose body just closed; an unnamed one of a typedef takes the typedef's name when that is known. */
export function addTag(lexer: Lexer, end: number): void {
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
export function nestedTag(lexer: Lexer, at: number, end: number): void {
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

/** Ends the draft at an offset: what it is becomes items, and the lexer starts afresh. `forced` overrides its kind. */
export function finish(lexer: Lexer, end: number, forced?: ItemKind): void {
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
