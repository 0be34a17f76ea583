/**
 * Types and declarators, read from tokens: specifiers with the kernel's annotations anywhere, pointers, arrays, pointers to functions.
 * The grammar's own declarations are not used for these, because it takes `foo *a, *b;` with an unknown typedef for an expression.
 */
import type { Expr, TypeRef } from './ast.js';
import { CODE } from './chars.js';
import { isCallAttribute, isPlainAttribute } from './dialect.js';
import type { Tokens } from './tokens.js';
import { TOKEN, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';

/** Lowers the expression in a range of tokens, `to` excluded. */
export type LowerTokens = (from: number, to: number) => Expr;

/** The specifiers in front of declarators. */
export interface Specifiers {
  readonly base: string;
  readonly isConst: boolean;
  readonly of: Expr | undefined;
  readonly isStatic: boolean;
  readonly isInline: boolean;
  readonly isTypedef: boolean;
  readonly isExtern: boolean;
  /** Opening brace of a struct's, union's or enum's body that is defined here; -1 without. */
  readonly body: number;
  /** Pointer depth and dimensions that the base brings along: `typeof(struct x *)`. */
  readonly inner: TypeRef | undefined;
  readonly attributes: readonly string[];
  /** Index of the first token after the specifiers. */
  readonly next: number;
}

/** One declarator. */
interface Declarator {
  /** Token of the name; -1 for an abstract one. */
  readonly name: number;
  readonly type: TypeRef;
  /** Opening parenthesis of a function's parameters; -1 without. */
  readonly params: number;
  readonly attributes: readonly string[];
  readonly cleanup: string | undefined;
  readonly next: number;
}

const BUILTINS: ReadonlySet<string> = new Set(
  'void char short int long float double signed unsigned _Bool bool __int128 _Float16 __signed__'.split(' '),
);
const TAGS: ReadonlySet<string> = new Set(['struct', 'union', 'enum']);
const TYPEOFS: ReadonlySet<string> = new Set(['typeof', '__typeof__', '__typeof', 'typeof_unqual', '__typeof_unqual__', 'TYPEOF_UNQUAL']);
const STORAGE: ReadonlySet<string> = new Set([
  'static',
  'extern',
  'register',
  'typedef',
  'inline',
  '__inline',
  '__inline__',
  '_Thread_local',
  '__thread',
  '__always_inline',
]);
const QUALIFIERS: ReadonlySet<string> = new Set(['const', 'volatile', '__const', '__const__', '_Atomic']);

/** Typedefs that every kernel file knows and that need no declarator after them to be seen as types. */
const KNOWN_TYPEDEF =
  /^(?:__)?(?:[us](?:8|16|32|64|128)|[bl]e(?:16|32|64))$|^u?int(?:8|16|32|64|ptr)_t$|^(?:s?size|ptrdiff|loff|off|dma_addr|phys_addr|resource_size|gfp|fmode|atomic|atomic64|atomic_long|refcount|ktime|pid|dev|vm_fault|vm_flags|pgprot|spinlock|irqreturn|wait_queue_head|wait_queue_entry|cycles|sector|pgoff|pte|pmd|pud|uid|gid|umode|time64|wchar)_t$|^(?:ulong|uint|ushort|uchar|u_int|u_char)$/;

/** True for a word that opens specifiers for certain. */
export function isTypeWord(word: string): boolean {
  return BUILTINS.has(word) || TAGS.has(word) || QUALIFIERS.has(word) || TYPEOFS.has(word) || STORAGE.has(word) || word === '__auto_type';
}

/** True for a typedef that is known by its name alone. */
export function isKnownTypedef(word: string): boolean {
  return KNOWN_TYPEDEF.test(word);
}

/** True for `typeof` and its spellings. */
export function isTypeof(word: string): boolean {
  return TYPEOFS.has(word);
}

/** White space of an attribute's text squeezed. */
function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** Steps over attributes from `at` on and gathers them; returns the index of the first token that is none. */
export function skipAttributes(tokens: Tokens, at: number, into: string[]): number {
  let i = at;
  while (tokenKind(tokens, i) === TOKEN.name) {
    const word = tokenText(tokens, i);
    const close = tokenKind(tokens, i + 1) === CODE.openParen ? tokenMatch(tokens, i + 1) : -1;
    if (isCallAttribute(word) && close > 0) {
      into.push(squeeze(tokens.text.slice(tokenStart(tokens, i), tokenEnd(tokens, close))));
      i = close + 1;
    } else if (isPlainAttribute(word) || isCallAttribute(word)) {
      into.push(word);
      i++;
    } else break;
  }
  return i;
}

/** Reads specifiers at `at`; undefined when there are none. `lower` reads the operand of `typeof`. */
export function readSpecifiers(tokens: Tokens, at: number, lower: LowerTokens): Specifiers | undefined {
  const attributes: string[] = [];
  const builtins: string[] = [];
  let base = '';
  let of: Expr | undefined;
  let inner: TypeRef | undefined;
  let body = -1;
  let isConst = false;
  let isStatic = false;
  let isInline = false;
  let isTypedef = false;
  let isExtern = false;
  let i = at;
  for (;;) {
    i = skipAttributes(tokens, i, attributes);
    if (tokenKind(tokens, i) !== TOKEN.name) break;
    const word = tokenText(tokens, i);
    if (STORAGE.has(word)) {
      isStatic ||= word === 'static';
      isExtern ||= word === 'extern';
      isTypedef ||= word === 'typedef';
      isInline ||= word.includes('inline');
      i++;
    } else if (QUALIFIERS.has(word)) {
      isConst ||= word.includes('const');
      i++;
    } else if (base === '' && BUILTINS.has(word)) {
      builtins.push(word);
      i++;
    } else if (base !== '' || builtins.length > 0) break;
    else if (TAGS.has(word)) {
      i = skipAttributes(tokens, i + 1, attributes);
      base = word;
      if (tokenKind(tokens, i) === TOKEN.name) {
        base = `${word} ${tokenText(tokens, i)}`;
        i = skipAttributes(tokens, i + 1, attributes);
      }
      if (tokenKind(tokens, i) === CODE.openBrace) {
        body = i;
        const close = tokenMatch(tokens, i);
        i = close < 0 ? tokens.count : close + 1;
      }
    } else if (TYPEOFS.has(word) && tokenKind(tokens, i + 1) === CODE.openParen && tokenMatch(tokens, i + 1) > 0) {
      const close = tokenMatch(tokens, i + 1);
      inner = readTypeName(tokens, i + 2, close, lower);
      if (inner === undefined) {
        base = 'typeof';
        of = lower(i + 2, close);
      } else base = inner.base;
      i = close + 1;
    } else {
      base = word;
      i++;
    }
  }
  if (base === '' && builtins.length === 0) return undefined;
  if (inner?.of !== undefined) of = inner.of;
  const name = base === '' ? builtins.join(' ') : base;
  return {
    base: name,
    isConst: isConst || inner?.isConst === true,
    of,
    isStatic,
    isInline,
    isTypedef,
    isExtern,
    body,
    inner,
    attributes,
    next: i,
  };
}

/** Reads a declarator at `at`, abstract or with a name. Nothing is consumed when there is none. */
export function readDeclarator(tokens: Tokens, at: number, specifiers: Specifiers, nesting = 0): Declarator {
  const attributes: string[] = [];
  let pointers = specifiers.inner?.pointers ?? 0;
  let i = at;
  for (;;) {
    i = skipAttributes(tokens, i, attributes);
    if (tokenKind(tokens, i) === CODE.star) {
      pointers++;
      i++;
    } else if (tokenKind(tokens, i) === TOKEN.name && QUALIFIERS.has(tokenText(tokens, i))) i++;
    else break;
  }
  let name = -1;
  let nested: Declarator | undefined;
  if (tokenKind(tokens, i) === TOKEN.name) name = i++;
  else if (tokenKind(tokens, i) === CODE.openParen && nesting < 8 && tokenMatch(tokens, i) > 0 && opensDeclarator(tokens, i)) {
    nested = readDeclarator(tokens, i + 1, { ...specifiers, inner: undefined }, nesting + 1);
    name = nested.name;
    i = tokenMatch(tokens, i) + 1;
  }
  const dims: (number | undefined)[] = [...(nested?.type.dims ?? [])];
  let params = nested?.params ?? -1;
  let isFunction = specifiers.inner?.isFunction === true || nested?.type.isFunction === true;
  i = skipAttributes(tokens, i, attributes);
  for (;;) {
    const kind = tokenKind(tokens, i);
    const close = tokenMatch(tokens, i);
    if (kind === CODE.openBracket && close > 0) {
      dims.push(dimension(tokens, i + 1, close));
      i = close + 1;
    } else if (kind === CODE.openParen && close > 0 && (name >= 0 || nested !== undefined)) {
      if (nested === undefined) params = i;
      else isFunction = true;
      i = close + 1;
    } else break;
    i = skipAttributes(tokens, i, attributes);
  }
  const cleanup = attributes
    .map((attribute) => /^__(?:free|cleanup)\s?\(\s?([\w$]+)\s?\)$/.exec(attribute)?.[1])
    .find((found) => found !== undefined);
  const type: TypeRef = {
    base: specifiers.base,
    pointers: nested === undefined ? pointers : nested.type.pointers,
    dims: [...dims, ...(specifiers.inner?.dims ?? [])],
    isConst: specifiers.isConst,
    ...(isFunction ? { isFunction } : {}),
    ...(specifiers.of === undefined ? {} : { of: specifiers.of }),
  };
  return { name, type, params, attributes, cleanup, next: i };
}

/** `(*`, `(name)` or `(__attribute *`: a parenthesised declarator rather than a list of parameters. */
function opensDeclarator(tokens: Tokens, open: number): boolean {
  const inside = skipAttributes(tokens, open + 1, []);
  const kind = tokenKind(tokens, inside);
  if (kind === CODE.star) return true;
  if (kind === CODE.openParen) return opensDeclarator(tokens, inside);
  return (
    kind === TOKEN.name &&
    tokenKind(tokens, inside + 1) === CODE.closeParen &&
    !isTypeWord(tokenText(tokens, inside)) &&
    !isKnownTypedef(tokenText(tokens, inside))
  );
}

/** A plain number between brackets; undefined for anything else. */
function dimension(tokens: Tokens, from: number, to: number): number | undefined {
  if (to - from !== 1 || tokenKind(tokens, from) !== TOKEN.number) return undefined;
  return parseNumber(tokenText(tokens, from));
}

/** Value of a C number; NaN becomes undefined. */
export function parseNumber(text: string): number | undefined {
  const isHex = /^[-+]?0[xX]/.test(text);
  const digits = text.replace(isHex ? /(?<![uUlLzZ])[uUlLzZ]+$/ : /(?<![uUlLfFzZ])[uUlLfFzZ]+$/, '').replace(/'/g, '');
  const value = /^[-+]?0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isNaN(value) ? undefined : value;
}

/** Reads a type name (as in casts and type arguments) that fills the tokens from `from` to `to`; undefined when they are no type for certain. */
export function readTypeName(tokens: Tokens, from: number, to: number, lower: LowerTokens): TypeRef | undefined {
  if (to <= from || !startsTypeName(tokens, from, to)) return undefined;
  const specifiers = readSpecifiers(tokens, from, lower);
  if (specifiers === undefined) return undefined;
  const declarator = readDeclarator(tokens, specifiers.next, specifiers);
  return declarator.next === to && declarator.name < 0 ? declarator.type : undefined;
}

/** Whether the tokens can only be a type: a keyword, a known typedef, or a name followed by nothing but `*`. */
function startsTypeName(tokens: Tokens, from: number, to: number): boolean {
  const first = skipAttributes(tokens, from, []);
  if (tokenKind(tokens, first) !== TOKEN.name) return false;
  const word = tokenText(tokens, first);
  if (isTypeWord(word) || isKnownTypedef(word)) return true;
  const last = tokenKind(tokens, to - 1);
  if (last === CODE.star) return true;
  if (last === TOKEN.name && to - 1 > first && isPlainAttribute(tokenText(tokens, to - 1))) return true;
  return first > from && to === first + 1;
}
