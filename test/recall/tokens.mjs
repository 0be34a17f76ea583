/** Tokens and statements of kernel C, just enough to edit it by pattern. Offsets are UTF-16 offsets into the text given. */

const TOKEN =
  /(?<space>[ \t\r\n\f]+|\\\n)|(?<comment>\/\*[\s\S]*?\*\/|\/\/[^\n]*)|(?<hash>#(?:[^\n\\]|\\[\s\S])*)|(?<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<word>[A-Za-z_]\w*)|(?<number>\.?\d[\w.]*)|(?<punct>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|[^\s])/gy;

const CLOSER = { '(': ')', '[': ']', '{': '}' };
const OPENERS = new Set(Object.keys(CLOSER));
const CLOSERS = new Set(Object.values(CLOSER));

/**
 * Splits text into tokens; white space, comments and directives are left out (directives only at the start of a line).
 * Each token: `text`, `start`, `end`, and for a bracket `mate`, the index of its partner.
 */
export function tokenize(text, from = 0, to = text.length) {
  const tokens = [];
  const open = [];
  TOKEN.lastIndex = from;
  while (TOKEN.lastIndex < to) {
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`cannot read the text at offset ${from}`);
    const { space, comment, hash } = match.groups;
    if (space !== undefined || comment !== undefined) continue;
    if (hash !== undefined) {
      const lineStart = text.lastIndexOf('\n', match.index - 1) + 1;
      if (text.slice(lineStart, match.index).trim() === '') continue;
      TOKEN.lastIndex = match.index + 1;
    }
    const token = { text: hash === undefined ? match[0] : '#', start: match.index, end: TOKEN.lastIndex, mate: -1 };
    const index = tokens.push(token) - 1;
    if (OPENERS.has(token.text)) open.push(index);
    else if (CLOSERS.has(token.text) && open.length > 0 && CLOSER[tokens[open.at(-1)].text] === token.text) {
      const partner = open.pop();
      token.mate = partner;
      tokens[partner].mate = index;
    }
  }
  return tokens;
}

/** Reads a pattern: C tokens; `...` stands for any balanced run (also none), `$name` for a run of at least one token, kept under that name. */
export function readPattern(pattern) {
  const parts = [];
  const source = tokenize(pattern);
  for (let i = 0; i < source.length; i++) {
    const token = source[i];
    const next = source[i + 1];
    if (token.text === '...') parts.push({ kind: 'any' });
    else if (token.text === '$' && next !== undefined) {
      parts.push({ kind: 'capture', name: next.text });
      i++;
    } else parts.push({ kind: 'token', text: token.text });
  }
  return parts;
}

function matchHere(tokens, at, high, parts, part, captures) {
  if (part === parts.length) return { end: at, captures };
  const wanted = parts[part];
  if (wanted.kind === 'token') {
    if (at >= high || tokens[at].text !== wanted.text) return undefined;
    return matchHere(tokens, at + 1, high, parts, part + 1, captures);
  }
  let stop = at;
  for (let count = 0; ; count++) {
    if (wanted.kind === 'any' || count > 0) {
      const kept = wanted.kind === 'capture' ? { ...captures, [wanted.name]: [at, stop] } : captures;
      const found = matchHere(tokens, stop, high, parts, part + 1, kept);
      if (found !== undefined) return found;
    }
    if (stop >= high || CLOSERS.has(tokens[stop].text)) return undefined;
    if (wanted.kind === 'any' && tokens[stop].text === ';') return undefined;
    stop = tokens[stop].mate > stop ? tokens[stop].mate + 1 : stop + 1;
  }
}

/** All places in `[low, high)` (token indexes) where the pattern stands, in order. */
export function findPattern(tokens, low, high, pattern) {
  const parts = readPattern(pattern);
  const found = [];
  for (let i = low; i < high; i++) {
    const match = matchHere(tokens, i, high, parts, 0, {});
    if (match !== undefined && match.end > i) found.push({ low: i, high: match.end, captures: match.captures });
  }
  return found;
}

/** Definition of a function as token indexes: `first` (of its declaration), `name`, `open` and `close` braces. `twin` chooses among several definitions, from 1. */
export function findFunction(tokens, name, twin = 1) {
  let seen = 0;
  for (let i = 0, first = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token.text === ';') first = i + 1;
    if (token.text === name && tokens[i + 1]?.text === '(') {
      const open = tokens[i + 1].mate + 1;
      if (tokens[open]?.text === '{') {
        seen++;
        if (seen === twin) return { first, name: i, open, close: tokens[open].mate };
      }
    }
    if (token.mate > i) {
      i = token.mate;
      if (token.text === '{') first = i + 1;
    }
  }
  throw new Error(`no definition of ${name}${twin > 1 ? ` (number ${twin})` : ''}`);
}

const CONTROL = new Set(['if', 'while', 'for', 'switch']);

/** Statements of a block, as a tree: `kind`, `low`, `high` (token indexes), `kids`, `parent`. */
export function parseBlock(tokens, open) {
  const root = { kind: 'block', low: open, high: tokens[open].mate + 1, kids: [], parent: undefined };
  let at = open + 1;
  while (at < root.high - 1) at = parseStatement(tokens, at, root);
  return root;
}

function add(parent, kind, low) {
  const node = { kind, low, high: low, kids: [], parent };
  parent.kids.push(node);
  return node;
}

function parseStatement(tokens, at, parent) {
  const text = tokens[at].text;
  const next = tokens[at + 1]?.text;
  if (text === '{') {
    const node = add(parent, 'block', at);
    node.high = tokens[at].mate + 1;
    let inner = at + 1;
    while (inner < node.high - 1) inner = parseStatement(tokens, inner, node);
    return node.high;
  }
  if (CONTROL.has(text) && next === '(') {
    const node = add(parent, text, at);
    let end = parseStatement(tokens, tokens[at + 1].mate + 1, node);
    if (text === 'if' && tokens[end]?.text === 'else') end = parseStatement(tokens, end + 1, node);
    node.high = end;
    return end;
  }
  if (text === 'do') {
    const node = add(parent, 'do', at);
    let end = parseStatement(tokens, at + 1, node);
    while (tokens[end].text !== ';') end = tokens[end].mate > end ? tokens[end].mate + 1 : end + 1;
    node.high = end + 1;
    return node.high;
  }
  if (text === 'case' || (text === 'default' && next === ':')) {
    const node = add(parent, 'label', at);
    let end = at;
    while (tokens[end].text !== ':') end++;
    node.high = end + 1;
    return node.high;
  }
  if (/^[A-Za-z_]/.test(text) && next === ':') {
    const node = add(parent, 'label', at);
    node.high = at + 2;
    return node.high;
  }
  if (/^[A-Za-z_]/.test(text) && next === '(' && /^[A-Za-z_{]/.test(tokens[tokens[at + 1].mate + 1]?.text ?? ';')) {
    const node = add(parent, 'loop', at);
    node.high = parseStatement(tokens, tokens[at + 1].mate + 1, node);
    return node.high;
  }
  const node = add(parent, 'simple', at);
  let end = at;
  while (tokens[end].text !== ';') {
    if (CLOSERS.has(tokens[end].text)) throw new Error(`statement without end near "${tokens[at].text}"`);
    end = tokens[end].mate > end ? tokens[end].mate + 1 : end + 1;
  }
  node.high = end + 1;
  return node.high;
}

/** The smallest statement of the tree that holds the token. */
export function statementAt(node, token) {
  for (const kid of node.kids) if (kid.low <= token && token < kid.high) return statementAt(kid, token);
  return node;
}
