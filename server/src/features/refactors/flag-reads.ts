/** Reads of a flags word without its lock: the whole word once, into a local copy. */
import { flagWords, markCall } from '../../contracts/generations.js';
import { wholeWordMember } from '../../contracts/protected.js';
import type { Expr, Stmt } from '../../syntax/ast.js';
import type { Draft } from './draft.js';
import { placeOf } from './draft.js';
import { declare, freeName, leadingDeclarations, listedStatement, putBefore } from './driver-owned-pages/statements.js';
import type { Where } from './typed-walk.js';

/** A read of one flag. */
export interface FlagRead {
  readonly expr: Expr & { readonly kind: 'member' };
  readonly where: Where;
  /** Offset of the expression in its file. */
  readonly offset: number;
  /** Text of the word that holds the flag, and its type. */
  readonly word: string;
  readonly tag: string;
}

/** Name of a read in the result of `planReads`. */
export const readKey = (read: { readonly where: Where; readonly offset: number }): string => `${read.where.file.path}|${read.offset}`;

/** The variable a path starts from. */
function rootOf(expr: Expr): Expr {
  let at = expr;
  while (at.kind === 'member' || at.kind === 'index') at = at.object;
  return at;
}

/**
 * Copies of the word: declared once in a function, read whole before each statement that looks at a flag.
 * Returns the text of each flag by `readKey`; reads that cannot have a copy stay as they are, with a note.
 */
export function planReads(reads: readonly FlagRead[], draft: Draft): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const groups = new Map<string, FlagRead[]>();
  for (const read of reads) {
    const key = `${read.where.fn?.key ?? ''}|${read.word}`;
    if (read.where.fn === undefined) plainNote(read, draft);
    else groups.set(key, [...(groups.get(key) ?? []), read]);
  }
  const taken = new Map<string, readonly string[]>();
  for (const group of groups.values()) planGroup(group, draft, texts, taken);
  return texts;
}

const plainNote = (read: FlagRead, draft: Draft): void => {
  draft.note(
    `${placeOf(read.where.file, read.offset)}: \`${read.expr.field}\` is read without the notifier lock, in a place that has no room for a copy of the word: read \`${wholeWordMember}\` with READ_ONCE`,
  );
};

function planGroup(group: readonly FlagRead[], draft: Draft, texts: Map<string, string>, taken: Map<string, readonly string[]>): void {
  const placed = group.flatMap((read) => {
    const stmt = listedStatement(read.where);
    if (stmt !== undefined && isHoistable(read, stmt)) return [{ read, stmt }];
    plainNote(read, draft);
    return [];
  });
  const [first] = placed;
  const fn = first?.read.where.fn;
  const ast = first?.read.where.ast;
  if (first === undefined || fn === undefined || ast === undefined) return;
  const others = taken.get(fn.key) ?? [];
  const name = freeName(
    fn,
    [flagWords.member, `range_${flagWords.member}`, `${flagWords.member}_copy`].filter((one) => !others.includes(one)),
  );
  taken.set(fn.key, [...others, name]);
  const comment = `/* Pairs with WRITE_ONCE in ${markCall.name}() */`;
  const read = `READ_ONCE(${first.read.word}.${wholeWordMember})`;
  const root = rootOf(first.read.expr);
  const decls = leadingDeclarations(ast, first.read.where.text);
  const isParam = root.kind === 'name' && ast.params.some((param) => param.name === root.name);
  // Before anything has run, the declaration itself can read the word.
  const atTop = isParam && ast.body[decls.length] === first.stmt;
  const withValue = ` = {\n\t\t${comment}\n\t\t.${wholeWordMember} = ${read},\n\t};`;
  declare(fn, ast, `${first.read.tag} ${name}${atTop ? withValue : ';'}`, draft);
  const done = new Set<Stmt>(atTop ? [first.stmt] : []);
  for (const one of placed) {
    texts.set(readKey(one.read), `${name}.${one.read.expr.field}`);
    if (done.has(one.stmt)) continue;
    done.add(one.stmt);
    for (const piece of putBefore(
      one.stmt,
      one.read.where,
      (indent) => `${indent}${comment}\n${indent}${name}.${wholeWordMember} = ${read};\n`,
    ))
      draft.add(fn.file, piece);
  }
}

/** True when the word can be read just before a statement instead of inside of it. */
function isHoistable({ expr, where }: FlagRead, stmt: Stmt): boolean {
  const inner = where.around.slice(where.around.indexOf(stmt));
  // A loop looks again each round; a declaration cannot be preceded by a statement.
  if (inner.some((one) => one.kind === 'while' || one.kind === 'do' || one.kind === 'for' || one.kind === 'iterate')) return false;
  if (stmt.kind === 'decl' || stmt.kind === 'case') return false;
  const root = rootOf(expr);
  if (root.kind !== 'name') return false;
  // What the statement tests or sets before the read may be what makes the read safe.
  const before = where.text.slice(stmt.start, expr.start);
  return !new RegExp(`\\b${root.name}\\b(?!\\s*(?:->|\\.))`).test(before);
}
