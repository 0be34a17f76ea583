/** JSON with places: every value and key knows where it stands, so that a complaint can point at it. Never throws. */
import type { Span } from '../../syntax/ast.js';

/** A value of a JSON text with its place (half-open UTF-16 offsets). */
export type JsonNode = Span &
  (
    | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
  );

/** One `"key": value` of an object. */
export interface JsonMember {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: JsonNode;
}

/** What is wrong at a place, in one line. */
export interface Problem extends Span {
  readonly message: string;
  /** True for what any reader of JSON Schema tells as well. */
  readonly bySchema?: boolean;
}

/** The value of a text, or where it stops being JSON. */
export type JsonResult = { readonly node: JsonNode; readonly problem: undefined } | { readonly node: undefined; readonly problem: Problem };

/** Deeper nesting is nobody's table. */
const deepest = 40;

class Stop extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Parses a JSON text. */
export function parseJson(text: string): JsonResult {
  let at = text.startsWith('\ufeff') ? 1 : 0;
  const fail = (message: string, start = at, end = Math.min(text.length, start + 1)): never => {
    throw new Stop({ start, end, message, bySchema: true });
  };
  const skip = (): void => {
    while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at++;
    if (text.startsWith('//', at) || text.startsWith('/*', at))
      fail('JSON has no comments: put the words into "words" or "source"', at, at + 2);
  };
  const string = (): { readonly value: string; readonly span: Span } => {
    const start = at;
    at++;
    for (;;) {
      const c = text[at];
      if (c === undefined || c === '\n') fail('the string is not closed', start, at);
      if (c === '"') break;
      at += c === '\\' ? 2 : 1;
    }
    at++;
    const span = { start, end: at };
    try {
      return { value: JSON.parse(text.slice(start, at)) as string, span };
    } catch {
      return fail('the string is not valid JSON: an escape or a control character in it', start, at);
    }
  };
  const value = (depth: number): JsonNode => {
    skip();
    if (depth > deepest) fail('nests too deeply');
    const start = at;
    const c = text[at];
    if (c === '"') {
      const { value: content, span } = string();
      return { kind: 'string', value: content, ...span };
    }
    if (c === '{') {
      at++;
      const members: JsonMember[] = [];
      for (skip(); text[at] !== '}'; skip()) {
        if (members.length > 0) {
          if (text[at] !== ',') fail('expected , or }');
          at++;
          skip();
        }
        if (text[at] !== '"') fail(text[at] === '}' ? 'a comma before }' : 'expected a property name in double quotes');
        const key = string();
        skip();
        if (text[at] !== ':') fail('expected : after the property name');
        at++;
        members.push({ key: key.value, keySpan: key.span, value: value(depth + 1) });
      }
      at++;
      return { kind: 'object', members, start, end: at };
    }
    if (c === '[') {
      at++;
      const items: JsonNode[] = [];
      for (skip(); text[at] !== ']'; skip()) {
        if (items.length > 0) {
          if (text[at] !== ',') fail('expected , or ]');
          at++;
          skip();
          if (text[at] === ']') fail('a comma before ]');
        }
        items.push(value(depth + 1));
      }
      at++;
      return { kind: 'array', items, start, end: at };
    }
    const word = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(text.slice(at, at + 40))?.[0];
    if (word === undefined) return fail(c === undefined ? 'the text ends here, in the middle of a value' : 'expected a value');
    at += word.length;
    const span = { start, end: at };
    if (word === 'null') return { kind: 'null', ...span };
    return word === 'true' || word === 'false'
      ? { kind: 'boolean', value: word === 'true', ...span }
      : { kind: 'number', value: Number(word), ...span };
  };
  try {
    const node = value(0);
    skip();
    if (at < text.length) fail('expected the end of the text');
    return { node, problem: undefined };
  } catch (error) {
    if (error instanceof Stop) return { node: undefined, problem: error.problem };
    throw error;
  }
}

/** The member of an object by key; undefined when it has none, or the value is no object. */
export function memberOf(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.find((one) => one.key === key)?.value : undefined;
}

/** The plain value of a node. */
export function plainOf(node: JsonNode): unknown {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map((one) => [one.key, plainOf(one.value)]));
    case 'array':
      return node.items.map(plainOf);
    case 'null':
      return null;
    default:
      return node.value;
  }
}
