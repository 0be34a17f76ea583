/**
 * Conditional code: which branch of `#if` counts. The enabled branch does: a CONFIG_ symbol without a `.config` is on, anything else that
 * cannot be known leaves the first branch taken (so header guards are), `#if 0` is off.
 */
import { CODE, identifierEnd, isDigit, isIdentifierPart, isIdentifierStart, isSpace, literalEnd } from './chars.js';
import type { Config } from './source.js';

/** The value of a condition; undefined when it cannot be known. */
type Value = number | undefined;

interface Reader {
  readonly text: string;
  readonly config: Config;
  at: number;
  depth: number;
}

/** More nesting than any real condition has; beyond it the value is unknown. */
const MAX_DEPTH = 200;

const MACROS_OF_CONFIG: ReadonlySet<string> = new Set(['IS_ENABLED', 'IS_BUILTIN', 'IS_REACHABLE', 'IS_MODULE']);

/** Names that no kernel build of C code defines. */
const NEVER_DEFINED: ReadonlySet<string> = new Set([
  '__cplusplus',
  '__ASSEMBLY__',
  '__ASSEMBLER__',
  '__CHECKER__',
  '__DOXYGEN__',
  '__GENKSYMS__',
]);

/** Names that every kernel build defines. */
const ALWAYS_DEFINED: ReadonlySet<string> = new Set(['__KERNEL__']);

/**
 * Whether the branch that a directive opens is taken.
 * @param directive `if`, `ifdef`, `ifndef`, `elif`, `elifdef` or `elifndef`.
 * @param condition the text after it, comments removed or not.
 */
export function isBranchTaken(directive: string, condition: string, config: Config): boolean {
  if (directive.endsWith('def')) {
    const trimmed = condition.trim();
    const name = trimmed.slice(0, trimmed === '' ? 0 : identifierEnd(trimmed, 0, trimmed.length));
    const defined = isDefined(name, config);
    if (defined === undefined) return true;
    return directive.endsWith('ndef') ? defined === 0 : defined !== 0;
  }
  return evaluateCondition(condition, config) !== 0;
}

/** The value of an `#if` expression: zero, non-zero, or undefined when it cannot be known. */
export function evaluateCondition(condition: string, config: Config): number | undefined {
  const reader: Reader = { text: condition, config, at: 0, depth: 0 };
  return conditional(reader);
}

function isDefined(name: string, config: Config): Value {
  if (name.startsWith('CONFIG_')) return config.isEnabled(name) === false ? 0 : 1;
  if (NEVER_DEFINED.has(name)) return 0;
  return ALWAYS_DEFINED.has(name) ? 1 : undefined;
}

function skip(reader: Reader): void {
  while (reader.at < reader.text.length) {
    const code = reader.text.charCodeAt(reader.at);
    if (isSpace(code) || code === CODE.backslash) reader.at++;
    else if (code === CODE.slash && reader.text.charCodeAt(reader.at + 1) === CODE.star) {
      const close = reader.text.indexOf('*/', reader.at + 2);
      reader.at = close < 0 ? reader.text.length : close + 2;
    } else if (code === CODE.slash && reader.text.charCodeAt(reader.at + 1) === CODE.slash) reader.at = reader.text.length;
    else return;
  }
}

function accept(reader: Reader, operator: string): boolean {
  skip(reader);
  if (!reader.text.startsWith(operator, reader.at)) return false;
  reader.at += operator.length;
  return true;
}

function conditional(reader: Reader): Value {
  if (++reader.depth > MAX_DEPTH) {
    reader.at = reader.text.length;
    return undefined;
  }
  const test = binary(reader, 0);
  let value = test;
  if (accept(reader, '?')) {
    const yes = conditional(reader);
    accept(reader, ':');
    const no = conditional(reader);
    value = test === undefined ? undefined : test !== 0 ? yes : no;
  }
  reader.depth--;
  return value;
}

/** Binary operators by level, loosest first; within a level longer ones first. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

function binary(reader: Reader, level: number): Value {
  const operators = LEVELS[level];
  if (operators === undefined) return unary(reader);
  let left = binary(reader, level + 1);
  for (;;) {
    skip(reader);
    const operator = operators.find((candidate) => matchesOperator(reader, candidate));
    if (operator === undefined) return left;
    reader.at += operator.length;
    left = apply(operator, left, binary(reader, level + 1));
  }
}

function matchesOperator(reader: Reader, operator: string): boolean {
  if (!reader.text.startsWith(operator, reader.at)) return false;
  if (operator.length > 1) return true;
  const next = reader.text[reader.at + 1];
  return next !== operator || (operator !== '|' && operator !== '&' && operator !== '<' && operator !== '>');
}

function apply(operator: string, left: Value, right: Value): Value {
  if (operator === '&&') {
    if (left === 0 || right === 0) return 0;
    return left === undefined || right === undefined ? undefined : 1;
  }
  if (operator === '||') {
    if ((left ?? 0) !== 0 || (right ?? 0) !== 0) return 1;
    return left === undefined || right === undefined ? undefined : 0;
  }
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '<=':
      return Number(left <= right);
    case '>=':
      return Number(left >= right);
    case '<':
      return Number(left < right);
    case '>':
      return Number(left > right);
    case '<<':
      return left * 2 ** right;
    case '>>':
      return Math.floor(left / 2 ** right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      return right === 0 ? undefined : operator === '/' ? Math.trunc(left / right) : left % right;
  }
}

function unary(reader: Reader): Value {
  if (++reader.depth > MAX_DEPTH) {
    reader.at = reader.text.length;
    return undefined;
  }
  const value = operand(reader);
  reader.depth--;
  return value;
}

function operand(reader: Reader): Value {
  skip(reader);
  const { text } = reader;
  const code = text.charCodeAt(reader.at);
  if (code === CODE.exclamation) {
    reader.at++;
    const value = unary(reader);
    return value === undefined ? undefined : Number(value === 0);
  }
  if (code === CODE.minus) {
    reader.at++;
    const value = unary(reader);
    return value === undefined ? undefined : -value;
  }
  if (code === CODE.openParen) {
    reader.at++;
    const value = conditional(reader);
    accept(reader, ')');
    return value;
  }
  if (isDigit(code)) return number(reader);
  if (isIdentifierStart(code)) return name(reader);
  if (code === CODE.quote || code === CODE.apostrophe) reader.at = literalEnd(text, reader.at, text.length);
  else reader.at++;
  return undefined;
}

function number(reader: Reader): Value {
  let end = reader.at;
  while (end < reader.text.length && isIdentifierPart(reader.text.charCodeAt(end))) end++;
  const digits = reader.text.slice(reader.at, end).replace(/(?<![uUlL])[uUlL]+$/, '');
  reader.at = end;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isNaN(value) ? undefined : value;
}

function name(reader: Reader): Value {
  const { text, config } = reader;
  const end = identifierEnd(text, reader.at, text.length);
  const word = text.slice(reader.at, end);
  reader.at = end;
  if (word === 'defined') {
    const inParens = accept(reader, '(');
    const operandName = readWord(reader);
    if (inParens) accept(reader, ')');
    return isDefined(operandName, config);
  }
  if (MACROS_OF_CONFIG.has(word)) {
    if (!accept(reader, '(')) return undefined;
    const symbol = readWord(reader);
    accept(reader, ')');
    return isDefined(symbol, config);
  }
  skip(reader);
  if (text.charCodeAt(reader.at) === CODE.openParen) skipArguments(reader);
  if (word.startsWith('CONFIG_')) return config.isEnabled(word) === undefined ? undefined : Number(config.isEnabled(word));
  return word === 'true' ? 1 : word === 'false' ? 0 : undefined;
}

function readWord(reader: Reader): string {
  skip(reader);
  const start = reader.at;
  if (!isIdentifierStart(reader.text.charCodeAt(start))) return '';
  reader.at = identifierEnd(reader.text, start, reader.text.length);
  return reader.text.slice(start, reader.at);
}

function skipArguments(reader: Reader): void {
  let depth = 0;
  while (reader.at < reader.text.length) {
    const code = reader.text.charCodeAt(reader.at++);
    if (code === CODE.openParen) depth++;
    else if (code === CODE.closeParen && --depth === 0) return;
  }
}
