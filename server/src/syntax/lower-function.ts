/** A function's header, read from tokens: return type, name, parameters, attributes anywhere around them. */
import type { FunctionAst, Param, TypeRef } from './ast.js';
import { CODE } from './chars.js';
import type { LowerTokens, Specifiers } from './lower-type.js';
import { isTypeof, readDeclarator, readSpecifiers, skipAttributes } from './lower-type.js';
import type { Item } from './source.js';
import type { Tokens } from './tokens.js';
import { TOKEN, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';

/** What the header's reader needs; `lower` makes the reader of `typeof` operands. */
interface HeaderRequest {
  readonly text: string;
  readonly item: Item;
  /** Tokens from the item's start to its body, or to its end. */
  readonly tokens: Tokens;
  readonly lower: (tokens: Tokens) => LowerTokens;
}

/** Lowers a header; the body is empty. Undefined when the item's name is not followed by parameters. */
export function readHeader(request: HeaderRequest): FunctionAst | undefined {
  const { item, tokens } = request;
  const base = item.start;
  const name = nameToken(tokens, item.name);
  if (name < 0) return undefined;
  const open = name + 1;
  const match = tokenMatch(tokens, open);
  const close = match < 0 ? tokens.count : match;
  const lower = request.lower(tokens);
  const specifiers = readSpecifiers(tokens, 0, lower);
  const attributes: string[] = [];
  const hasType = specifiers !== undefined && specifiers.next <= name;
  if (hasType) attributes.push(...specifiers.attributes);
  const pointers = gatherBetween(tokens, hasType ? specifiers.next : 0, name, attributes);
  gatherBetween(tokens, close + 1, tokens.count, attributes);
  const { params, isVariadic } = readParams({ tokens, open, close, base, lower });
  return {
    name: item.name,
    returnType: returnType(hasType ? specifiers : undefined, pointers),
    params,
    isVariadic,
    isStatic: item.isStatic,
    isInline: item.isInline,
    attributes,
    nameSpan: { start: tokenStart(tokens, name) - base, end: tokenEnd(tokens, name) - base },
    body: [],
    bodySpan: { start: item.end - base, end: item.end - base },
    errors: [],
    start: 0,
    end: item.end - base,
  };
}

function nameToken(tokens: Tokens, name: string): number {
  for (let i = 0; i < tokens.count; i++) {
    if (tokenKind(tokens, i) === TOKEN.name && tokenKind(tokens, i + 1) === CODE.openParen && tokenText(tokens, i) === name) return i;
  }
  return -1;
}

function returnType(specifiers: Specifiers | undefined, pointers: number): TypeRef {
  if (specifiers === undefined) return { base: 'int', pointers, dims: [], isConst: false };
  return {
    base: specifiers.base,
    pointers: pointers + (specifiers.inner?.pointers ?? 0),
    dims: [],
    isConst: specifiers.isConst,
    ...(specifiers.of === undefined ? {} : { of: specifiers.of }),
  };
}

/** Gathers words that are neither type nor name as attributes; returns the number of `*`. */
function gatherBetween(tokens: Tokens, from: number, to: number, attributes: string[]): number {
  let pointers = 0;
  let i = from;
  while (i < to) {
    const known = skipAttributes(tokens, i, attributes);
    if (known > i) {
      i = known;
      continue;
    }
    const kind = tokenKind(tokens, i);
    const close = tokenKind(tokens, i + 1) === CODE.openParen && i + 1 < to ? tokenMatch(tokens, i + 1) : -1;
    if (kind === CODE.star) pointers++;
    if (kind !== TOKEN.name || isTypeof(tokenText(tokens, i)) || tokenText(tokens, i) === 'const') {
      i++;
    } else if (close > 0) {
      attributes.push(tokens.text.slice(tokenStart(tokens, i), tokenEnd(tokens, close)).replace(/\s+/g, ' '));
      i = close + 1;
    } else {
      attributes.push(tokenText(tokens, i));
      i++;
    }
  }
  return pointers;
}

interface ParamRequest {
  readonly tokens: Tokens;
  readonly open: number;
  readonly close: number;
  readonly base: number;
  readonly lower: LowerTokens;
}

function readParams(request: ParamRequest): { readonly params: readonly Param[]; readonly isVariadic: boolean } {
  const { tokens, open, close, base, lower } = request;
  const params: Param[] = [];
  let isVariadic = false;
  let from = open + 1;
  while (from < close) {
    let to = from;
    while (to < close && tokenKind(tokens, to) !== CODE.comma) {
      const match = tokenMatch(tokens, to);
      to = match > to && match < close ? match + 1 : to + 1;
    }
    if (tokenKind(tokens, from) === TOKEN.ellipsis) isVariadic = true;
    else {
      const specifiers = readSpecifiers(tokens, from, lower);
      if (specifiers !== undefined) {
        const declarator = readDeclarator(tokens, specifiers.next, specifiers);
        const isFunction = declarator.params >= 0 || declarator.type.isFunction === true;
        const isVoid = specifiers.base === 'void' && declarator.type.pointers === 0 && declarator.name < 0 && !isFunction;
        const name = declarator.name >= 0 && declarator.name < to ? tokenText(tokens, declarator.name) : '';
        const type = isFunction ? { ...declarator.type, isFunction } : declarator.type;
        if (!isVoid) params.push({ name, type, start: tokenStart(tokens, from) - base, end: tokenEnd(tokens, to - 1) - base });
      }
    }
    from = to + 1;
  }
  return { params, isVariadic };
}
