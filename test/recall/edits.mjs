/**
 * A small language for edits of C by pattern. Edits are data; every pattern is matched on tokens, so white space and comments do not matter.
 * An edit whose pattern stands nowhere, or in several places without `n` to choose one (from 1), is an error: nothing is skipped in silence.
 */
import { findFunction, findPattern, parseBlock, statementAt, tokenize } from './tokens.mjs';

/** Deletes the statement that holds the pattern; `up` climbs to an enclosing one. */
export const del = (at, options = {}) => ({ op: 'del', at, ...options });
/** Replaces the matched tokens; `$name` in the text brings back what the pattern kept. */
export const sub = (at, text, options = {}) => ({ op: 'sub', at, text, ...options });
/** Replaces the whole statement that holds the pattern. */
export const put = (at, text, options = {}) => ({ op: 'put', at, text, ...options });
/** Inserts before the statement that holds the pattern. */
export const before = (at, text, options = {}) => ({ op: 'before', at, text, ...options });
/** Inserts after the statement (or label) that holds the pattern. */
export const after = (at, text, options = {}) => ({ op: 'after', at, text, ...options });
/** Moves a statement before another one. */
export const moveBefore = (at, to, options = {}) => ({ op: 'move', at, to, side: 'before', ...options });
/** Moves a statement after another one (or after a label). */
export const moveAfter = (at, to, options = {}) => ({ op: 'move', at, to, side: 'after', ...options });
/** Exchanges two statements. */
export const swap = (at, to, options = {}) => ({ op: 'swap', at, to, ...options });
/** Replaces an `if` by its first branch. */
export const unwrap = (at, options = {}) => ({ op: 'unwrap', at, ...options });
/** Puts a statement under a head such as `if (x)`. */
export const wrap = (at, head, options = {}) => ({ op: 'wrap', at, head, ...options });
/** Inserts before the first statement that is no declaration. */
export const start = (text) => ({ op: 'start', text });
/** Inserts declarations at the head of the function. */
export const declare = (text) => ({ op: 'declare', text });
/** Puts a function of our own before this one. */
export const helper = (text) => ({ op: 'helper', text });
/** Edits of another function of the same file. */
export const inside = (fn, ...edits) => edits.flat().map((edit) => ({ fn, ...edit }));
/** Edits of another file; `fn` undefined means the whole file. */
export const inFile = (file, fn, ...edits) =>
  edits.flat().map((edit) => ({ file, ...(fn === undefined ? { whole: true } : { fn }), ...edit }));
/** Edits of a macro's body; only `sub` is meaningful there. */
export const inMacro = (macro, ...edits) => edits.flat().map((edit) => ({ macro, ...edit }));
/** Edits anywhere in the file, outside functions too; only `sub` is meaningful there. */
export const anywhere = (...edits) => edits.flat().map((edit) => ({ whole: true, ...edit }));

function region(text, edit) {
  if (edit.macro !== undefined) {
    const head = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${edit.macro}\\b(?:[^\\n\\\\]|\\\\[\\s\\S])*`, 'm').exec(text);
    if (head === null) throw new Error(`no macro ${edit.macro}`);
    const from = text.indexOf(edit.macro, head.index) + edit.macro.length;
    const tokens = tokenize(text.slice(0, head.index + head[0].length), from);
    return { tokens, low: 0, high: tokens.length, root: undefined };
  }
  const tokens = tokenize(text);
  if (edit.whole === true) return { tokens, low: 0, high: tokens.length, root: undefined };
  const found = findFunction(tokens, edit.fn, edit.twin);
  const low = edit.signature === true ? found.first : found.open + 1;
  return { tokens, low, high: found.close, root: parseBlock(tokens, found.open), found };
}

function choose(places, pattern, n) {
  if (places.length === 0) throw new Error(`nothing matches: ${pattern}`);
  if (n === undefined && places.length > 1) throw new Error(`${places.length} places match, choose one: ${pattern}`);
  const place = places[(n ?? 1) - 1];
  if (place === undefined) throw new Error(`only ${places.length} places match: ${pattern}`);
  return place;
}

const source = (edit) => ({ pattern: edit.at, n: edit.n, up: edit.up ?? 0 });
const goalOf = (edit) => ({ pattern: edit.to, n: edit.toN, up: edit.toUp ?? 0 });

function locate(text, edit, { pattern, n, up } = source(edit)) {
  const area = region(text, edit);
  const place = choose(findPattern(area.tokens, area.low, area.high, pattern), pattern, n);
  let node = area.root === undefined ? undefined : statementAt(area.root, place.low);
  for (let i = 0; i < up; i++) node = node?.parent;
  const start = area.tokens[place.low].start;
  const end = area.tokens[place.high - 1].end;
  const captures = Object.entries(place.captures).map(([name, [low, high]]) => [
    name,
    text.slice(area.tokens[low].start, area.tokens[high - 1].end),
  ]);
  return { ...area, place, node, start, end, captures: Object.fromEntries(captures) };
}

const span = ({ tokens, node }) => ({ start: tokens[node.low].start, end: tokens[node.high - 1].end });
const bare = (node) => node.parent !== undefined && node.parent.kind !== 'block';
const fill = (text, captures) => text.replace(/\$(\w+)/g, (all, name) => captures[name] ?? all);

function indentAt(text, offset) {
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(line, offset))?.[0] ?? '';
}

const indented = (text, indent) =>
  text
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : indent + line))
    .join('\n');

function removeSpan(text, { start, end }) {
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const stop = text.indexOf('\n', end);
  if (text.slice(line, start).trim() === '' && text.slice(end, stop).trim() === '') return text.slice(0, line) + text.slice(stop + 1);
  return text.slice(0, start) + text.slice(end);
}

function insertBeside(text, found, side, inserted) {
  const { start, end } = span(found);
  const indent = indentAt(text, start);
  const stop = text.indexOf('\n', end);
  if (bare(found.node)) {
    const body = side === 'before' ? `${inserted.trim()}\n${text.slice(start, end)}` : `${text.slice(start, end)}\n${inserted.trim()}`;
    const aligned = text.slice(start, end).replaceAll(`\n${indent}`, '\n');
    const both = body.replace(text.slice(start, end), () => aligned);
    return `${text.slice(0, start).trimEnd()} {\n${indented(both, indent)}\n${indent.slice(0, -1)}}${text.slice(end)}`;
  }
  const deeper = found.node.kind === 'label' && indent === '' ? '\t' : indent;
  if (side === 'before') {
    const line = text.lastIndexOf('\n', start - 1) + 1;
    return `${text.slice(0, line)}${indented(inserted, deeper)}\n${text.slice(line)}`;
  }
  return `${text.slice(0, stop)}\n${indented(inserted, deeper)}${text.slice(stop)}`;
}

const TYPE_WORD =
  /^(?:const|static|struct|union|enum|unsigned|signed|long|int|bool|char|void|u8|u16|u32|u64|s32|s64|size_t|gfp_t|ktime_t|dma_addr_t|uint\d+_t)\b/;

function firstStatement(text, { tokens, root }) {
  const isDeclaration = (node) => node.kind === 'simple' && TYPE_WORD.test(text.slice(tokens[node.low].start, tokens[node.high - 1].end));
  const node = root.kids.find((kid) => !isDeclaration(kid));
  if (node === undefined) throw new Error('a function without statements');
  return node;
}

const OPERATIONS = {
  del(text, edit) {
    const found = locate(text, edit);
    if (bare(found.node)) return `${text.slice(0, span(found).start)};${text.slice(span(found).end)}`;
    return removeSpan(text, span(found));
  },
  sub(text, edit) {
    const found = locate(text, edit);
    return text.slice(0, found.start) + fill(edit.text, found.captures) + text.slice(found.end);
  },
  put(text, edit) {
    const found = locate(text, edit);
    const { start, end } = span(found);
    const filled = fill(edit.text, found.captures);
    if (bare(found.node) && filled.startsWith('{'))
      return `${text.slice(0, start).trimEnd()} ${indented(filled, indentAt(text, start).slice(0, -1)).trimStart()}${text.slice(end)}`;
    return text.slice(0, start) + indented(filled, indentAt(text, start)).trimStart() + text.slice(end);
  },
  before: (text, edit) => insertBeside(text, locate(text, edit), 'before', edit.text),
  after: (text, edit) => insertBeside(text, locate(text, edit), 'after', edit.text),
  move(text, edit) {
    const from = locate(text, edit);
    const { start, end } = span(from);
    const moved = text.slice(start, end).replaceAll(`\n${indentAt(text, start)}`, '\n');
    if (bare(from.node)) throw new Error(`this would leave its branch empty: ${edit.at}`);
    const without = (whole) => removeSpan(whole, { start: whole.indexOf(MARK), end: whole.indexOf(MARK) + MARK.length });
    const marked = text.slice(0, start) + MARK + text.slice(end);
    const shifted = locate(marked.replace(MARK, `${MARK};`), edit, goalOf(edit));
    return without(insertBeside(marked.replace(MARK, `${MARK};`), shifted, edit.side, moved).replace(`${MARK};`, MARK));
  },
  swap(text, edit) {
    const [first, second] = [span(locate(text, edit)), span(locate(text, edit, goalOf(edit)))].sort((a, b) => a.start - b.start);
    if (second.start < first.end) throw new Error('one statement holds the other');
    const part = ({ start, end }) => text.slice(start, end);
    return text.slice(0, first.start) + part(second) + text.slice(first.end, second.start) + part(first) + text.slice(second.end);
  },
  unwrap(text, edit) {
    const found = locate(text, edit);
    if (found.node.kind !== 'if') throw new Error(`not an if: ${edit.at}`);
    const { start, end } = span(found);
    const branch = found.node.kids[0];
    const inner = text.slice(found.tokens[branch.low].start, found.tokens[branch.high - 1].end);
    const body = branch.kind === 'block' ? inner.slice(1, -1).replaceAll('\n\t', '\n').trim() : inner;
    return text.slice(0, start) + body + text.slice(end);
  },
  wrap(text, edit) {
    const found = locate(text, edit);
    const { start, end } = span(found);
    const indent = indentAt(text, start);
    return `${text.slice(0, start)}${edit.head}\n${indent}\t${text.slice(start, end).replaceAll('\n', '\n\t')}${text.slice(end)}`;
  },
  start(text, edit) {
    const area = region(text, edit);
    return insertBeside(text, { ...area, node: firstStatement(text, area) }, 'before', `${edit.text}`);
  },
  declare(text, edit) {
    const { tokens, found } = region(text, edit);
    const at = tokens[found.open].end;
    return `${text.slice(0, at)}\n${indented(edit.text, '\t')}${text.slice(at)}`;
  },
  helper(text, edit) {
    const { tokens, found } = region(text, edit);
    let at = tokens[found.first].start;
    const comment = /\/\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(text.slice(0, at));
    if (comment !== null) at = comment.index;
    return `${text.slice(0, at)}${edit.text.trim()}\n\n${text.slice(at)}`;
  },
};
const MARK = 'statement_moved_away';

/** Applies one edit (with `fn`, `macro` or `whole` set) to a file's text; throws with a one-line reason when it does not apply. */
export function applyEdit(text, edit) {
  const operation = OPERATIONS[edit.op];
  if (operation === undefined) throw new Error(`no such edit: ${edit.op}`);
  const result = operation(text, edit);
  if (result === text) throw new Error(`changes nothing: ${edit.at ?? edit.op}`);
  return result;
}
