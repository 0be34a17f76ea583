/** Members of structs and unions, read from tokens; unnamed structs and unions are flattened. */
import type { Member, TypeRef } from './ast.js';
import { CODE } from './chars.js';
import type { LowerTokens } from './lower-type.js';
import { parseNumber, readDeclarator, readSpecifiers, readTypeName, skipAttributes } from './lower-type.js';
import type { Tokens } from './tokens.js';
import { TOKEN, tokenAt, tokenEnd, tokenKind, tokenMatch, tokenStart, tokenText } from './tokens.js';

/** What the members' reader needs. */
interface StructRequest {
  readonly tokens: Tokens;
  /** Offset of the item: spans are relative to it. */
  readonly base: number;
  readonly isUnion: boolean;
  /** Offset of the body's brace. */
  readonly bodyStart: number;
  readonly lower: LowerTokens;
}

interface Scope {
  readonly tokens: Tokens;
  readonly base: number;
  readonly lower: LowerTokens;
  readonly inUnion: boolean;
  readonly depth: number;
}

const MAX_DEPTH = 24;

/** Reads the members of a body; what cannot be read is left out. */
export function readMembers(request: StructRequest): readonly Member[] {
  const { tokens } = request;
  const open = tokenAt(tokens, request.bodyStart);
  const match = tokenMatch(tokens, open);
  const scope: Scope = { tokens, base: request.base, lower: request.lower, inUnion: request.isUnion, depth: 0 };
  const into: Member[] = [];
  membersBetween(scope, open + 1, match < 0 ? tokens.count : match, into);
  return into;
}

function membersBetween(scope: Scope, from: number, to: number, into: Member[]): void {
  const { tokens } = scope;
  let i = from;
  while (i < to) {
    if (tokenKind(tokens, i) === TOKEN.name) i = Math.max(member(scope, i, to, into), i + 1);
    else i++;
  }
}

function member(scope: Scope, at: number, limit: number, into: Member[]): number {
  const { tokens, lower } = scope;
  const start = skipAttributes(tokens, at, []);
  if (start > at && tokenKind(tokens, start) === CODE.semicolon) return start + 1;
  const close =
    tokenKind(tokens, start) === TOKEN.name && tokenKind(tokens, start + 1) === CODE.openParen ? tokenMatch(tokens, start + 1) : -1;
  if (close > 0 && close < limit && isMacroMember(scope, start)) return macroMember(scope, start, close, into);
  const specifiers = readSpecifiers(tokens, start, lower);
  if (specifiers === undefined) return start + 1;
  let i = specifiers.next;
  const isUnnamed = specifiers.body >= 0 && !specifiers.base.includes(' ');
  const bodyClose = specifiers.body >= 0 ? tokenMatch(tokens, specifiers.body) : -1;
  const isUnion = specifiers.base.startsWith('union');
  const hasMembers = bodyClose > 0 && !specifiers.base.startsWith('enum') && scope.depth < MAX_DEPTH;
  if (tokenKind(tokens, i) === CODE.semicolon) {
    if (hasMembers && isUnnamed)
      membersBetween({ ...scope, inUnion: scope.inUnion || isUnion, depth: scope.depth + 1 }, specifiers.body + 1, bodyClose, into);
    return i + 1;
  }
  let inner: Member[] | undefined;
  if (hasMembers && isUnnamed) {
    inner = [];
    membersBetween({ ...scope, inUnion: isUnion, depth: scope.depth + 1 }, specifiers.body + 1, bodyClose, inner);
  }
  for (;;) {
    const declarator = readDeclarator(tokens, i, specifiers);
    i = declarator.next;
    let bits: number | undefined;
    if (tokenKind(tokens, i) === CODE.colon) {
      bits = tokenKind(tokens, i + 1) === TOKEN.number ? parseNumber(tokenText(tokens, i + 1)) : 0;
      while (i < limit && tokenKind(tokens, i) !== CODE.comma && tokenKind(tokens, i) !== CODE.semicolon) i++;
    }
    if (declarator.name >= 0 && declarator.name < limit) {
      const isFunction = declarator.params >= 0 || declarator.type.isFunction === true;
      const type: TypeRef = isFunction ? { ...declarator.type, isFunction } : declarator.type;
      into.push(makeMember(scope, { name: declarator.name, from: start, type, bits, inner }));
    }
    i = skipAttributes(tokens, i, []);
    if (tokenKind(tokens, i) !== CODE.comma || i >= limit) break;
    i++;
  }
  while (i < limit && tokenKind(tokens, i) !== CODE.semicolon) {
    const match = tokenMatch(tokens, i);
    i = match > i ? match + 1 : i + 1;
  }
  return i + 1;
}

function makeMember(
  scope: Scope,
  found: {
    readonly name: number;
    readonly from: number;
    readonly type: TypeRef;
    readonly bits: number | undefined;
    readonly inner: readonly Member[] | undefined;
  },
): Member {
  const { tokens, base } = scope;
  return {
    name: tokenText(tokens, found.name),
    type: found.type,
    bits: found.bits,
    inUnion: scope.inUnion,
    inner: found.inner,
    start: tokenStart(tokens, found.from) - base,
    end: tokenEnd(tokens, found.name) - base,
  };
}

/** Macros that declare members; the name's and the members' first argument by position. */
const GROUPS: Readonly<Record<string, { readonly name: number; readonly members: number }>> = {
  struct_group: { name: 0, members: 1 },
  struct_group_attr: { name: 0, members: 2 },
  struct_group_tagged: { name: 1, members: 2 },
  __struct_group: { name: 1, members: 3 },
  TRAILING_OVERLAP: { name: 1, members: 3 },
};

function isMacroMember(scope: Scope, at: number): boolean {
  const word = tokenText(scope.tokens, at);
  return word in GROUPS || /^[A-Z][A-Z0-9_]*$/.test(word);
}

function macroMember(scope: Scope, at: number, close: number, into: Member[]): number {
  const { tokens } = scope;
  const word = tokenText(tokens, at);
  const args = splitArguments(tokens, at + 2, close);
  const plain = (name: number, type: TypeRef): void => {
    if (tokenKind(tokens, name) === TOKEN.name) into.push(makeMember(scope, { name, from: at, type, bits: undefined, inner: undefined }));
  };
  const after = tokenKind(tokens, close + 1) === CODE.semicolon ? close + 2 : close + 1;
  const group = GROUPS[word];
  if (group !== undefined) {
    const inner: Member[] = [];
    const from = args[group.members];
    if (from !== undefined && scope.depth < MAX_DEPTH)
      membersBetween({ ...scope, inUnion: true, depth: scope.depth + 1 }, from.from, close, inner);
    const name = args[group.name];
    if (name !== undefined && tokenKind(tokens, name.from) === TOKEN.name) {
      into.push({
        ...makeMember(scope, {
          name: name.from,
          from: at,
          type: { base: 'struct', pointers: 0, dims: [], isConst: false },
          bits: undefined,
          inner,
        }),
        inUnion: true,
      });
    }
    into.push(...inner);
    return after;
  }
  const [first, second] = args;
  if (first === undefined) return after;
  const unknownArray = (base: string): TypeRef => ({ base, pointers: 0, dims: [undefined], isConst: false });
  if (word === 'DECLARE_BITMAP') plain(first.from, unknownArray('unsigned long'));
  else if (word === 'DECLARE_HASHTABLE') plain(first.from, unknownArray('struct hlist_head'));
  else if (word === 'DECLARE_FLEX_ARRAY' && second !== undefined) {
    const type = readTypeName(tokens, first.from, first.to, scope.lower) ?? {
      base: tokenText(tokens, first.from),
      pointers: 0,
      dims: [],
      isConst: false,
    };
    plain(second.from, { ...type, dims: [undefined] });
  } else if (word.startsWith('DECLARE_')) plain(first.from, { base: '', pointers: 0, dims: [], isConst: false });
  return after;
}

function splitArguments(tokens: Tokens, from: number, close: number): readonly { readonly from: number; readonly to: number }[] {
  const found: { from: number; to: number }[] = [];
  let start = from;
  let i = from;
  while (i <= close) {
    if (i === close || tokenKind(tokens, i) === CODE.comma) {
      if (i > start) found.push({ from: start, to: i });
      start = i + 1;
      i++;
      continue;
    }
    const match = tokenMatch(tokens, i);
    i = match > i && match < close ? match + 1 : i + 1;
  }
  return found;
}
