/** Flags that moved from pages to ranges: local copies of the word change their type, lockless reads get one. */
import { flagWords } from '../../../contracts/generations.js';
import { wholeWordMember } from '../../../contracts/protected.js';
import { typeOf } from '../../../flow/types.js';
import type { FunctionDef } from '../../../program/types.js';
import type { Expr, Stmt } from '../../../syntax/ast.js';
import { balanced, lineEnd, placeOf } from '../draft.js';
import type { FlagRead } from '../flag-reads.js';
import type { Where } from '../typed-walk.js';
import { walkExpr, walkFunction } from '../typed-walk.js';
import { isPagesOfRange } from './access.js';
import type { Driver } from './driver.js';
import { freeName } from './statements.js';

type MemberExpr = Expr & { readonly kind: 'member' };

/** A local copy of a flags word: whose word it holds from now on. `both` keeps the copy and gets a twin for the range's flags. */
interface Copy {
  readonly kind: 'range' | 'both';
  readonly twin: string;
}

/** What the copies of all functions become. */
export interface Copies {
  of(where: Where, name: string): Copy | undefined;
}

const keyOf = (fn: FunctionDef | undefined, name: string): string => `${fn?.key ?? ''}|${name}`;

/** True when a statement takes its word from the pages of a range. */
function readsRange(stmt: Stmt | undefined, where: Where): boolean {
  const root = stmt?.kind === 'decl' ? stmt.init : stmt?.kind === 'expr' ? stmt.expr : undefined;
  let found = false;
  if (root !== undefined)
    walkExpr(root, where, (expr) => {
      if (isPagesOfRange(expr, where)) found = true;
      return !found;
    });
  return found;
}

/** Looks at each local of the flags type, and writes down its new type or its twin. */
export function planCopies(driver: Driver): Copies {
  const plan = new Map<string, Copy>();
  for (const fn of driver.functions) {
    const text = fn.file.text.slice(fn.item.start, fn.item.end);
    if (!text.includes(flagWords.pages.structTag)) continue;
    const fields = new Map<string, Set<string>>();
    const fromRange = new Map<string, { readonly stmt: Stmt; readonly where: Where }[]>();
    const declared = new Map<string, { readonly stmt: Stmt; readonly where: Where }>();
    const isCopy = (expr: Expr, where: Where): expr is Expr & { readonly kind: 'name' } =>
      expr.kind === 'name' && typeOf(expr, where.scope)?.base === flagWords.pages.structTag;
    walkFunction(driver.program, fn, {
      stmt: (stmt, where) => {
        if (stmt.kind !== 'decl' || stmt.type.base !== flagWords.pages.structTag || stmt.type.pointers > 0) return;
        declared.set(stmt.name, { stmt, where });
        if (readsRange(stmt, where)) fromRange.set(stmt.name, [{ stmt, where }]);
      },
      expr: (expr, where) => {
        if (expr.kind === 'member' && isCopy(expr.object, where)) {
          const { name } = expr.object;
          fields.set(name, new Set([...(fields.get(name) ?? []), expr.field]));
        }
        const stmt = where.around.at(-1);
        const root = stmt?.kind === 'expr' && stmt.expr === expr ? expr : undefined;
        if (root !== undefined && readsRange(stmt, where) && stmt !== undefined)
          walkExpr(root, where, (one) => {
            if (isCopy(one, where)) fromRange.set(one.name, [...(fromRange.get(one.name) ?? []), { stmt, where }]);
            return true;
          });
        return true;
      },
    });
    for (const [name, made] of declared) {
      const sources = fromRange.get(name);
      const used = [...(fields.get(name) ?? [])].filter((field) => field !== wholeWordMember);
      if (sources === undefined || used.length === 0) continue;
      const onlyRange = used.every((field) => driver.rangeFlags.has(field));
      const someMoved = used.some((field) => !driver.pagesFlags.has(field));
      if (!onlyRange && !someMoved) continue;
      const twin = onlyRange ? name : freeName(fn, [`range_${name}`]);
      plan.set(keyOf(fn, name), { kind: onlyRange ? 'range' : 'both', twin });
      if (onlyRange) retype(made.stmt, made.where, driver);
      else addTwin(name, twin, made, sources, driver);
    }
  }
  return { of: (where, name) => plan.get(keyOf(where.fn, name)) };
}

function retype(stmt: Stmt, where: Where, driver: Driver): void {
  const at = where.text.indexOf(flagWords.pages.structTag, stmt.start);
  const found = at >= 0 && at < stmt.end ? at : where.text.lastIndexOf(flagWords.pages.structTag, stmt.start);
  if (found < 0) return;
  driver.draft.add(where.file, {
    start: where.base + found,
    end: where.base + found + flagWords.pages.structTag.length,
    newText: flagWords.range.structTag,
  });
}

/** The same statements once more, for the range's word in a local of its own. */
function addTwin(
  name: string,
  twin: string,
  made: { readonly stmt: Stmt; readonly where: Where },
  sources: readonly { readonly stmt: Stmt; readonly where: Where }[],
  driver: Driver,
): void {
  const again = new Set([made, ...sources.filter((source) => source.stmt !== made.stmt)]);
  for (const { stmt, where } of again) {
    const text = where.text;
    const from = text.lastIndexOf('\n', stmt.start) + 1;
    const to = lineEnd(text, stmt.end - 1);
    const copy = text
      .slice(from, to)
      .replace(flagWords.pages.structTag, flagWords.range.structTag)
      .replace(new RegExp(`(?<!->|\\.)\\b${name}\\b(?=\\.${wholeWordMember}|\\s*[;=])`, 'g'), twin)
      .replace(/\bpages\s*(?:\.|->)\s*(?=flags\b)/g, '');
    driver.draft.add(where.file, { start: where.base + to, end: where.base + to, newText: copy });
    driver.draft.note(
      `${placeOf(where.file, where.base + stmt.start)}: \`${name}\` held flags that now belong to two owners: it was given a twin, \`${twin}\``,
    );
  }
}

/** A read of a flag that is the range's from now on. */
export interface FlagSite {
  readonly expr: MemberExpr;
  readonly where: Where;
  readonly offset: number;
}

/** The read as one of the range's word: `X.pages.flags.f` is `X.flags.f` from now on. */
export function rangeRead(site: FlagSite): FlagRead | undefined {
  const flags = site.expr.object;
  if (flags.kind !== 'member' || flags.object.kind !== 'member') return undefined;
  const { start } = balanced(site.where.text, flags.object);
  const owner = site.where.text.slice(start, flags.object.end - flags.object.field.length).replace(/\s+/g, '');
  return { ...site, word: `${owner}${flagWords.member}`, tag: flagWords.range.structTag };
}

/** Text of the flag's field in a split copy; undefined when the copy stays what it is. */
export function copiedFlag(expr: MemberExpr, where: Where, copies: Copies, driver: Driver): string | undefined {
  if (expr.object.kind !== 'name') return undefined;
  const copy = copies.of(where, expr.object.name);
  return copy?.kind === 'both' && !driver.pagesFlags.has(expr.field) && driver.rangeFlags.has(expr.field)
    ? `${copy.twin}.${expr.field}`
    : undefined;
}

/** True when the statement of a whole-word access moves its word into a copy that is the range's now. */
export function takesRangeWord(where: Where, copies: Copies): boolean {
  const stmt = where.around.at(-1);
  const root = stmt?.kind === 'decl' ? stmt.init : stmt?.kind === 'expr' ? stmt.expr : undefined;
  if (stmt?.kind === 'decl' && copies.of(where, stmt.name)?.kind === 'range') return true;
  let found = false;
  if (root !== undefined)
    walkExpr(root, where, (one) => {
      if (one.kind === 'name' && copies.of(where, one.name)?.kind === 'range') found = true;
      return true;
    });
  return found;
}
