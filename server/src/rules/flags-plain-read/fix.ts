/** A local copy of the word, read once. */
import { wholeWordMember } from '../../contracts/protected.js';
import { structOf, typeOf } from '../../flow/types.js';
import { walkStmt } from '../../program/walk.js';
import type { Expr, Span } from '../../syntax/ast.js';
import type { Fix, TextEdit } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { declareIn, freeName, insertBefore, statementAt, written } from '../statements.js';
import { edit } from '../style.js';

type MemberExpr = Expr & { readonly kind: 'member' };

/** Offered where the pointer to the word is not itself tested in the statement that reads, and the statement is no loop. */
export function fixPlainRead(read: Span, context: FunctionContext): readonly Fix[] {
  const member = memberAt(read, context);
  const placed = member === undefined ? undefined : statementAt(context, member);
  if (member === undefined || placed?.list === undefined) return [];
  const { stmt } = placed;
  if (stmt.kind !== 'if' && stmt.kind !== 'expr' && stmt.kind !== 'return') return [];
  const object = written(context, member.object);
  const root = /^\W*(\w+)/.exec(object)?.[1] ?? '';
  if (
    new RegExp(`(?<!\\w|->|\\.)${root}\\s*(?:&&|\\|\\||=[^=])|!\\s*${root}\\b|\\(${root}\\)`).test(
      context.text.slice(stmt.start, member.start),
    )
  )
    return [];
  const struct = structOf(typeOf(member.object, context.scope), context.scope);
  const name = freeName(context, ['flags', 'word', 'copy']);
  if (struct === undefined || name === undefined) return [];
  const word = `${object}${member.arrow ? '->' : '.'}${wholeWordMember}`;
  const declaration = declareIn(context, placed.blocks.at(-1)?.body ?? context.ast.body, [`${struct.tag} ${name};`]);
  const before = insertBefore(context, placed, [`${name}.${wholeWordMember} = READ_ONCE(${word});`]);
  if (before === undefined) return [];
  const { path } = context.fn.file;
  const base = context.fn.item.start;
  const use = edit(path, base, member.start, member.end - member.field.length, `${name}.`);
  const [insert] = before;
  if (declaration === undefined || insert === undefined) return [];
  // Without declarations above, both go in front of the same statement: the declaration first.
  const edits: TextEdit[] =
    declaration.start === insert.start ? [{ ...insert, newText: declaration.newText + insert.newText }] : [declaration, insert];
  return [{ title: 'Read the word once into a copy', safety: 'safe', edits: [...edits, use] }];
}

function memberAt(span: Span, context: FunctionContext): MemberExpr | undefined {
  let found: MemberExpr | undefined;
  for (const stmt of context.ast.body) {
    walkStmt(stmt, (expr) => {
      if (expr.kind === 'member' && expr.start === span.start && expr.end === span.end) found = expr;
    });
  }
  return found;
}
