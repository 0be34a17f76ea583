/** Enumerators and their values, read from tokens. */
import { CODE } from './chars.js';
import { evaluateCondition } from './conditions.js';
import type { Tokens } from './tokens.js';
import { TOKEN, tokenKind, tokenMatch, tokenText } from './tokens.js';

/** An enumerator; its value when it can be counted. */
export interface Enumerator {
  readonly name: string;
  readonly value: number | undefined;
}

/** Reads the enumerators of the first braced list among the tokens. */
export function enumerators(tokens: Tokens): readonly Enumerator[] {
  const found: Enumerator[] = [];
  const known = new Map<string, number>();
  let i = 0;
  while (i < tokens.count && tokenKind(tokens, i) !== CODE.openBrace) i++;
  const match = tokenMatch(tokens, i);
  const close = match < 0 ? tokens.count : match;
  let next: number | undefined = 0;
  i++;
  while (i < close) {
    if (tokenKind(tokens, i) !== TOKEN.name) {
      i++;
      continue;
    }
    const name = tokenText(tokens, i);
    const from = i + 1;
    let to = from;
    while (to < close && tokenKind(tokens, to) !== CODE.comma) {
      const inner = tokenMatch(tokens, to);
      to = inner > to && inner < close ? inner + 1 : to + 1;
    }
    const equals =
      tokenKind(tokens, from) === CODE.equals
        ? from
        : tokenKind(tokens, from) === TOKEN.name && tokenKind(tokens, from + 1) === CODE.equals
          ? from + 1
          : -1;
    const value: number | undefined = equals >= 0 && equals < to ? constantValue(tokens, equals + 1, to, known) : next;
    found.push({ name, value });
    if (value !== undefined) known.set(name, value);
    next = value === undefined ? undefined : value + 1;
    i = to + 1;
  }
  return found;
}

const NO_CONFIG = { isEnabled: () => undefined };

/** The value of a constant expression over numbers, earlier enumerators and `BIT(n)`. */
function constantValue(tokens: Tokens, from: number, to: number, known: ReadonlyMap<string, number>): number | undefined {
  const parts: string[] = [];
  for (let i = from; i < to; i++) {
    const text = tokenText(tokens, i);
    const kind = tokenKind(tokens, i);
    if (kind === TOKEN.name) {
      const value = known.get(text);
      if (value !== undefined) parts.push(value < 0 ? `(${value})` : String(value));
      else if (/^(?:BIT|BIT_ULL|_BITUL|_BITULL)$/.test(text) && tokenKind(tokens, i + 1) === CODE.openParen) parts.push('1 <<');
      else return undefined;
    } else parts.push(text);
    // Two characters of one operator stay together.
    const isJoined = kind >= 33 && tokenKind(tokens, i + 1) === kind && tokens.ends[i] === tokens.starts[i + 1];
    if (!isJoined) parts.push(' ');
  }
  return evaluateCondition(parts.join(''), NO_CONFIG);
}
