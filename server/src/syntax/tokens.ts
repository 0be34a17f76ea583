/** Tokens of a range of a file: white space, comments, directives and branches that are not taken are left out. Offsets are offsets into the file. */
import { CODE, commentEnd, identifierEnd, isDigit, isIdentifierPart, isIdentifierStart, isSpace, literalEnd } from './chars.js';
import { isBranchTaken } from './conditions.js';
import { branchEnd, conditionOf, readDirective } from './directives.js';
import type { Config } from './source.js';

/** Kinds of tokens besides punctuation, which has its character's code. */
export const TOKEN = { name: 1, number: 2, string: 3, character: 4, ellipsis: 5, end: 0 } as const;

/** Tokens as parallel arrays. */
export interface Tokens {
  readonly text: string;
  readonly count: number;
  /** A `TOKEN` kind, or the code of a punctuation character. */
  readonly kinds: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** For an opening token the index of its closer and the other way round; -1 for one without. */
  readonly matches: readonly number[];
  /** Deepest nesting of parentheses, brackets and braces. */
  readonly depth: number;
  readonly limit: number;
}

/** Reads the tokens of `text` from `from` to `to`. */
export function tokenize(text: string, from: number, to: number, config: Config): Tokens {
  const kinds: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const conditionals: boolean[] = [];
  let isFresh = true;
  let i = from;
  const add = (kind: number, end: number): void => {
    kinds.push(kind);
    starts.push(i);
    ends.push(end);
    i = end;
  };
  while (i < to) {
    const code = text.charCodeAt(i);
    if (code === CODE.newline) {
      isFresh = true;
      i++;
    } else if (isSpace(code) || code === CODE.backslash) i++;
    else if (code === CODE.hash && isFresh) i = skipDirective(text, i, to, conditionals, config);
    else if (code === CODE.slash && commentEnd(text, i, to) > i) i = commentEnd(text, i, to);
    else {
      isFresh = false;
      if (isIdentifierStart(code)) add(TOKEN.name, identifierEnd(text, i, to));
      else if (isDigit(code) || (code === CODE.dot && isDigit(text.charCodeAt(i + 1)))) add(TOKEN.number, numberEnd(text, i, to));
      else if (code === CODE.quote) add(TOKEN.string, literalEnd(text, i, to));
      else if (code === CODE.apostrophe) add(TOKEN.character, literalEnd(text, i, to));
      else if (code === CODE.dot && text.startsWith('...', i)) add(TOKEN.ellipsis, i + 3);
      else add(code, i + 1);
    }
  }
  const { matches, depth } = matchBrackets(kinds);
  return { text, count: kinds.length, kinds, starts, ends, matches, depth, limit: to };
}

function numberEnd(text: string, start: number, end: number): number {
  let i = start + 1;
  while (i < end) {
    const code = text.charCodeAt(i);
    const isExponentSign =
      (code === 43 || code === CODE.minus) && /[eEpP]/.test(text[i - 1] ?? '') && !/^0[xX]/.test(text.slice(start, start + 2));
    if (!isIdentifierPart(code) && code !== CODE.dot && !isExponentSign) break;
    // `0...5`: the range's dots are not the number's.
    if (code === CODE.dot && text.charCodeAt(i + 1) === CODE.dot) break;
    i++;
  }
  return i;
}

/** Steps over a directive; one that opens or ends a branch not taken takes that branch with it. */
function skipDirective(text: string, start: number, limit: number, conditionals: boolean[], config: Config): number {
  let directive = readDirective(text, start, limit);
  for (;;) {
    const { name } = directive;
    if (name === 'endif') {
      conditionals.pop();
      return directive.end;
    }
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const isTaken = isBranchTaken(name, conditionOf(text, directive), config);
      conditionals.push(isTaken);
      if (isTaken) return directive.end;
    } else if (name === 'else' || name === 'elif' || name === 'elifdef' || name === 'elifndef') {
      // Without an open conditional the range starts in its taken branch.
      if (conditionals.length === 0) conditionals.push(true);
      const wasTaken = conditionals[conditionals.length - 1] === true;
      if (!wasTaken && (name === 'else' || isBranchTaken(name, conditionOf(text, directive), config))) {
        conditionals[conditionals.length - 1] = true;
        return directive.end;
      }
    } else return directive.end;
    const end = branchEnd(text, directive.end, limit);
    if (end >= limit) return limit;
    directive = readDirective(text, end, limit);
  }
}

function matchBrackets(kinds: readonly number[]): { readonly matches: readonly number[]; readonly depth: number } {
  const matches: number[] = new Array(kinds.length).fill(-1);
  const open: number[] = [];
  let depth = 0;
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[i];
    if (kind === CODE.openParen || kind === CODE.openBracket || kind === CODE.openBrace) {
      open.push(i);
      if (open.length > depth) depth = open.length;
    } else if (kind === CODE.closeParen || kind === CODE.closeBracket || kind === CODE.closeBrace) {
      const opener = kind === CODE.closeParen ? CODE.openParen : kind === CODE.closeBracket ? CODE.openBracket : CODE.openBrace;
      // A brace closes what is open inside it; a parenthesis never closes a brace.
      if (kind === CODE.closeBrace && open.length > 0) {
        let k = open.length - 1;
        while (k >= 0 && kinds[open[k] ?? -1] !== CODE.openBrace) k--;
        if (k < 0) continue;
        open.length = k + 1;
      }
      const last = open[open.length - 1];
      if (last === undefined || kinds[last] !== opener) continue;
      open.pop();
      matches[last] = i;
      matches[i] = last;
    }
  }
  return { matches, depth };
}

/** Text of a token; empty past the end. */
export function tokenText(tokens: Tokens, index: number): string {
  const start = tokens.starts[index];
  return start === undefined ? '' : tokens.text.slice(start, tokens.ends[index]);
}

/** Kind of a token; `TOKEN.end` past the end. */
export function tokenKind(tokens: Tokens, index: number): number {
  return tokens.kinds[index] ?? TOKEN.end;
}

/** Start of a token; the range's end past the end. */
export function tokenStart(tokens: Tokens, index: number): number {
  return tokens.starts[index] ?? tokens.limit;
}

/** End of a token; the range's end past the end. */
export function tokenEnd(tokens: Tokens, index: number): number {
  return tokens.ends[index] ?? tokens.limit;
}

/** Index of the closer of an opening token (or the other way round); -1 without one. */
export function tokenMatch(tokens: Tokens, index: number): number {
  return tokens.matches[index] ?? -1;
}

/** Index of the first token that starts at or after an offset. */
export function tokenAt(tokens: Tokens, offset: number): number {
  let low = 0;
  let high = tokens.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens.starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
