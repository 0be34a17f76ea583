/** A local copy of the word, changed and stored whole. */
import { wholeWordMember } from '../../contracts/protected.js';
import { structOf, typeOf } from '../../flow/types.js';
import type { Expr } from '../../syntax/ast.js';
import type { Fix, TextEdit } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { declareIn, freeName, insertBefore, statementAt, written } from '../statements.js';
import { edit, indentAt } from '../style.js';

type MemberExpr = Expr & { readonly kind: 'member' };

/** Offered for a store that is a statement of its own. */
export function fixPlainWrite(store: MemberExpr, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, store);
  if (placed?.stmt.kind !== 'expr' || placed.stmt.expr.kind !== 'assign' || placed.stmt.expr.left.start !== store.start) return [];
  const struct = structOf(typeOf(store.object, context.scope), context.scope);
  const name = freeName(context, ['flags', 'word', 'copy']);
  if (struct === undefined || name === undefined) return [];
  const word = `${written(context, store.object)}${store.arrow ? '->' : '.'}${wholeWordMember}`;
  const { text, fn } = context;
  const { path } = fn.file;
  const base = fn.item.start;
  const edits: TextEdit[] = [edit(path, base, store.start, store.end - store.field.length, `${name}.`)];
  const indent = indentAt(text, placed.stmt.start);
  const end = text.indexOf('\n', placed.stmt.end);
  if (end < 0) return [];
  const last = `\n${indent}WRITE_ONCE(${word}, ${name}.${wholeWordMember});`;
  const first = `${name}.${wholeWordMember} = ${word};`;
  if (placed.list !== undefined) {
    const home = context.ast.body;
    const declaration = declareIn(context, placed.blocks.at(-1)?.body ?? home, [`${struct.tag} ${name};`]);
    const before = insertBefore(context, placed, [first]);
    if (declaration === undefined || before === undefined) return [];
    edits.push(declaration, ...before, edit(path, base, end, end, last));
  } else {
    const before = insertBefore(context, placed, [`${struct.tag} ${name} = {`, `\t.${wholeWordMember} = ${word},`, '};', '']);
    if (before === undefined) return [];
    // The closing brace stands at the same place as the store of the word: one edit for both.
    edits.push(...before.map((one) => (one.start === base + end ? { ...one, newText: last + one.newText } : one)));
  }
  return merged('Change a copy and store the word whole', edits);
}

/** The annotation around a store of the word itself, where it is a statement of its own. */
export function fixWordStore(store: MemberExpr, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, store);
  if (placed?.stmt.kind !== 'expr' || placed.stmt.expr.kind !== 'assign' || placed.stmt.expr.op !== '=') return [];
  const { left, right } = placed.stmt.expr;
  if (left.start !== store.start) return [];
  const { path } = context.fn.file;
  const base = context.fn.item.start;
  const newText = `WRITE_ONCE(${written(context, left)}, ${written(context, right)})`;
  return [{ title: 'Store the word with WRITE_ONCE', safety: 'safe', edits: [edit(path, base, left.start, right.end, newText)] }];
}

function merged(title: string, edits: readonly TextEdit[]): readonly Fix[] {
  const byPlace = new Map<string, TextEdit>();
  for (const one of edits) {
    const key = `${one.start}:${one.end}`;
    const old = byPlace.get(key);
    byPlace.set(key, old === undefined ? one : { ...one, newText: old.newText + one.newText });
  }
  return [{ title, safety: 'safe', edits: [...byPlace.values()] }];
}
