/** A quick look at a file's text, line by line: what it may define and what it includes. Cheap enough for a thousand headers; the outline decides. */

/** What a name may be in a file, as bits. A superset: the file's outline confirms it. */
export const NameKind = {
  /** A function declared without a body. */
  prototype: 1,
  /** A function with a body, or a macro call that looks like one. */
  function: 2,
  macro: 4,
  /** `struct`, `union` or `enum` tag with a body. */
  tag: 8,
  enumerator: 16,
  /** A typedef, a variable, or something that the scan cannot tell. */
  other: 32,
} as const;

/** An `#include` as the scan sees it; conditional code is not looked at. */
export interface ScannedInclude {
  readonly path: string;
  readonly isSystem: boolean;
}

/** Result of the scan. */
export interface FileScan {
  /** Name to bits of `NameKind`. */
  readonly names: ReadonlyMap<string, number>;
  readonly includes: readonly ScannedInclude[];
}

const NEWLINE = 10;
const isWordCode = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 48 && code <= 57) || code > 127;
const isSpaceCode = (code: number): boolean => code === 32 || code === 9 || code === 13;

/** Scans a text. Never throws; linear in the text's length. */
export const scanFile = (text: string): FileScan => {
  const names = new Map<string, number>();
  const includes: ScannedInclude[] = [];
  const length = text.length;
  const add = (name: string, kind: number): void => {
    names.set(name, (names.get(name) ?? 0) | kind);
  };
  let inEnum = false;
  let enumIsNested = false;

  const wordEnd = (from: number, end: number): number => {
    let at = from;
    while (at < end && isWordCode(text.charCodeAt(at))) at++;
    return at;
  };
  const skipSpaces = (from: number, end: number): number => {
    let at = from;
    while (at < end && isSpaceCode(text.charCodeAt(at))) at++;
    return at;
  };
  /** After the parameter list that opens at `open`: does a body follow? Bounded, so that junk costs little. */
  const hasBody = (open: number): boolean => {
    let depth = 0;
    const limit = Math.min(length, open + 4000);
    for (let at = open; at < limit; at++) {
      const code = text.charCodeAt(at);
      if (code === 40) depth++;
      else if (code === 41) {
        depth--;
      } else if (depth <= 0) {
        if (code === 123) return true;
        if (code === 59 || code === 61 || code === 35 || code === 125) return false;
      }
    }
    return false;
  };
  const enumerators = (from: number, end: number): void => {
    let at = from;
    while (at < end) {
      const code = text.charCodeAt(at);
      if (code === 47 || code === 42) return;
      if (!isWordCode(code)) {
        at++;
        continue;
      }
      const stop = wordEnd(at, end);
      if (code < 48 || code > 57) add(text.slice(at, stop), NameKind.enumerator);
      at = stop;
    }
  };
  const directive = (hash: number, end: number): void => {
    const start = skipSpaces(hash + 1, end);
    if (text.startsWith('define', start)) {
      const name = skipSpaces(start + 6, end);
      if (name > start + 6) {
        const stop = wordEnd(name, end);
        if (stop > name) add(text.slice(name, stop), NameKind.macro);
      }
      return;
    }
    if (!text.startsWith('include', start)) return;
    const open = skipSpaces(start + 7, end);
    const quote = text.charCodeAt(open);
    if (quote !== 34 && quote !== 60) return;
    const close = text.indexOf(quote === 34 ? '"' : '>', open + 1);
    if (close > open && close <= end) includes.push({ path: text.slice(open + 1, close), isSystem: quote === 60 });
  };
  /** A line that begins at the margin with a word: a declaration, a definition, or a macro call. */
  const isWord = (word: string, start: number, end: number): boolean => end - start === word.length && text.startsWith(word, start);
  const declaration = (line: number, end: number): void => {
    let at = line;
    let previousStart = line;
    let previousEnd = line;
    while (at < end) {
      const code = text.charCodeAt(at);
      if (!isWordCode(code)) {
        if (code === 40 || code === 61) return;
        at++;
        continue;
      }
      const stop = wordEnd(at, end);
      const after = skipSpaces(stop, end);
      const next = after < end ? text.charCodeAt(after) : NEWLINE;
      if (next === 40) {
        const word = text.slice(at, stop);
        if (code === 95 && isAttribute(word) && text.indexOf(')', after) + 1 < end) {
          at = text.indexOf(')', after) + 1;
          while (at < end && text.charCodeAt(at) === 41) at++;
          continue;
        }
        add(word, hasBody(after) ? NameKind.function : NameKind.prototype);
        // `typedef int (*name)(…)`: the name stands inside the parentheses.
        const star = skipSpaces(after + 1, end);
        if (text.charCodeAt(star) === 42) {
          const inner = skipSpaces(star + 1, end);
          const innerEnd = wordEnd(inner, end);
          if (innerEnd > inner) add(text.slice(inner, innerEnd), NameKind.other);
        }
        return;
      }
      if (next === 123 || next === NEWLINE || next === 59 || next === 44 || next === 61 || next === 91) {
        const afterEnum = isWord('enum', previousStart, previousEnd);
        const afterTag = afterEnum || isWord('struct', previousStart, previousEnd) || isWord('union', previousStart, previousEnd);
        const opens = next === 123 || (next === NEWLINE && text.charCodeAt(end + 1) === 123);
        if (opens) {
          if (afterTag) add(text.slice(at, stop), NameKind.tag);
          if (afterEnum || isWord('enum', at, stop)) {
            const close = next === 123 ? text.indexOf('}', after) : -1;
            if (close >= 0 && close < end) {
              enumerators(after + 1, close);
              at = close;
              continue;
            }
            inEnum = true;
            enumIsNested = false;
          }
        } else if (next !== NEWLINE && (next !== 59 || !afterTag)) add(text.slice(at, stop), NameKind.other);
      }
      previousStart = at;
      previousEnd = stop;
      at = stop;
    }
  };
  /** An indented line may open a named inner struct. */
  const nested = (from: number, end: number): void => {
    const code = text.charCodeAt(from);
    const second = text.charCodeAt(from + 1);
    let after = 0;
    if (code === 115 && second === 116) after = text.startsWith('struct', from) ? from + 6 : 0;
    else if (code === 117 && second === 110) after = text.startsWith('union', from) ? from + 5 : 0;
    else if (code === 101 && second === 110) after = text.startsWith('enum', from) ? from + 4 : 0;
    if (after === 0) return;
    const name = skipSpaces(after, end);
    const stop = wordEnd(name, end);
    const brace = skipSpaces(stop, end);
    if (brace >= end || text.charCodeAt(brace) !== 123) return;
    if (stop > name) add(text.slice(name, stop), NameKind.tag);
    if (code !== 101) return;
    const close = text.indexOf('}', brace);
    if (close >= 0 && close < end) enumerators(brace + 1, close);
    else {
      inEnum = true;
      enumIsNested = true;
    }
  };

  for (let line = 0; line < length; ) {
    let end = text.indexOf('\n', line);
    if (end < 0) end = length;
    const code = text.charCodeAt(line);
    if (code === 35) directive(line, end);
    else if (code === 125) {
      inEnum = false;
      for (let at = line + 1; at < end; ) {
        const stop = wordEnd(at, end);
        if (stop > at) add(text.slice(at, stop), NameKind.other);
        at = stop > at ? stop : at + 1;
      }
    } else if (isWordCode(code)) declaration(line, end);
    else if (isSpaceCode(code)) {
      const from = skipSpaces(line, end);
      if (from < end) {
        const first = text.charCodeAt(from);
        if (first === 35) directive(from, end);
        else if (inEnum) {
          if (first === 125 && enumIsNested) inEnum = false;
          else enumerators(from, end);
        } else nested(from, end);
      }
    }
    line = end + 1;
  }
  return { names, includes };
};

/** Words with an argument list that stand before a declarator. */
const isAttribute = (word: string): boolean =>
  word === '__attribute__' ||
  word === '__printf' ||
  word === '__scanf' ||
  word === '__aligned' ||
  word === '__section' ||
  word === '__malloc';

const wordTable = Uint8Array.from({ length: 128 }, (_, code) => (isWordCode(code) ? 1 : 0));

/** Hash of an identifier, as used by `TokenSet`. */
export const hashWord = (word: string): number => {
  let hash = 0;
  for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0;
  return hash;
};

/** Which identifiers a text holds, comments included, by hash: a cheap "certainly not mentioned here". */
export interface TokenSet {
  has(hash: number): boolean;
}

/** Makes the token set of a text: one pass, no strings made. */
export const tokenSet = (text: string): TokenSet => {
  let capacity = 256;
  while (capacity < text.length >> 4) capacity <<= 1;
  let table = new Int32Array(capacity);
  let used = 0;
  const insert = (hash: number): void => {
    const mask = table.length - 1;
    let slot = Math.imul(hash, 0x9e3779b1) >>> 7;
    for (;;) {
      slot &= mask;
      const there = table[slot];
      if (there === hash) return;
      if (there === 0) {
        table[slot] = hash;
        used++;
        return;
      }
      slot++;
    }
  };
  const grow = (): void => {
    const old = table;
    table = new Int32Array(old.length * 2);
    used = 0;
    for (const hash of old) if (hash !== 0) insert(hash);
  };
  const length = text.length;
  for (let at = 0; at < length; ) {
    let code = text.charCodeAt(at);
    if (code < 128 && wordTable[code] === 0) {
      at++;
      continue;
    }
    const isNumber = code >= 48 && code <= 57;
    let hash = 0;
    do {
      hash = (Math.imul(hash, 31) + code) | 0;
      at++;
      if (at >= length) break;
      code = text.charCodeAt(at);
    } while (code >= 128 || wordTable[code] === 1);
    if (isNumber || hash === 0) continue;
    insert(hash);
    if (used * 2 > table.length) grow();
  }
  const final = table;
  return {
    has: (hash) => {
      const mask = final.length - 1;
      let slot = Math.imul(hash, 0x9e3779b1) >>> 7;
      for (;;) {
        slot &= mask;
        const there = final[slot];
        if (there === hash) return true;
        if (there === 0) return false;
        slot++;
      }
    },
  };
};
