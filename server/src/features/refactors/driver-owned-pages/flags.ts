/** Flags that moved from pages to ranges: local copies of the word change their type, lockless reads get one. */
import { flagWords, markCall } from '../../../contracts/generations.js';
import { wholeWordMember } from '../../../contracts/protected.js';
import { typeOf } from '../../../flow/types.js';
import type { FunctionDef } from '../../../program/types.js';
import type { Expr, Stmt } from '../../../syntax/ast.js';
import { lineEnd, placeOf } from '../draft.js';
import { walkExpr, walkFunction } from '../typed-walk.js';
import type { Where } from '../typed-walk.js';
import { isPagesOfRange } from './access.js';
import type { Driver } from './driver.js';
import { declare, freeName, leadingDeclarations, listedStatement, putBefore } from './statements.js';

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
    const isCopy = (expr: Expr, where: Where): expr is Expr & { readonly kind: 'name' } => expr.kind === 'name' && typeOf(expr, where.scope)?.base === flagWords.pages.structTag;
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
  driver.draft.add(where.file, { start: where.base + found, end: where.base + found + flagWords.pages.structTag.length, newText: flagWords.range.structTag });
}

/** The same statements once more, for the range's word in a local of its own. */
function addTwin(name: string, twin: string, made: { readonly stmt: Stmt; readonly where: Where }, sources: readonly { readonly stmt: Stmt; readonly where: Where }[], driver: Driver): void {
  const again = new Set([made, ...sources.filter((source) => source.stmt !== made.stmt)]);
  for (const { stmt, where } of again) {
    const text = where.text;
    const from = text.lastIndexOf('\n', stmt.start) + 1;
    const to = lineEnd(text, stmt.end - 1);
    const copy = text
      .slice(from, to)
      .replace(flagWords.pages.structTag, flagWords.range.structTag)
      .replace(new RegExp(`\\b${name}\\b(?=\\.${wholeWordMember}|\\s*[;=])`, 'g'), twin)
      .replace(/\bpages\s*(?:\.|->)\s*(?=flags\b)/g, '');
    driver.draft.add(where.file, { start: where.base + to, end: where.base + to, newText: copy });
    driver.draft.note(`${placeOf(where.file, where.base + stmt.start)}: \`${name}\` held flags that now belong to two owners: it was given a twin, \`${twin}\``);
  }
}

/** A read of a flag that is the range's from now on. */
export interface FlagSite {
  readonly expr: MemberExpr;
  readonly where: Where;
  readonly offset: number;
}

/** Text of the word's owner: `X.` or `X->` of `X.pages.flags.f`. */
function ownerOf({ expr, where }: FlagSite): string | undefined {
  const flags = expr.object;
  if (flags.kind !== 'member' || flags.object.kind !== 'member') return undefined;
  return where.text.slice(flags.object.start, flags.object.end - flags.object.field.length).replace(/\s+/g, '');
}

/** The variable a path starts from. */
function rootOf(expr: Expr): Expr {
  let at = expr;
  while (at.kind === 'member' || at.kind === 'index') at = at.object;
  return at;
}

/**
 * Copies of the word for reads without the lock: declared once in a function, read whole before each statement that looks at a flag.
 * Returns the text of each flag by the offset of its site; sites that cannot have a copy stay plain, with a note.
 */
export function planReads(sites: readonly FlagSite[], driver: Driver): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const groups = new Map<string, FlagSite[]>();
  for (const site of sites) {
    const owner = ownerOf(site);
    const key = `${site.where.fn?.key ?? ''}|${owner ?? ''}`;
    if (site.where.fn === undefined || owner === undefined) plainNote(site, driver);
    else groups.set(key, [...(groups.get(key) ?? []), site]);
  }
  for (const group of groups.values()) planGroup(group, driver, texts);
  return texts;
}

const plainNote = (site: FlagSite, driver: Driver): void => {
  driver.draft.note(`${placeOf(site.where.file, site.offset)}: \`${site.expr.field}\` is read without the notifier lock, in a place that has no room for a copy of the word: read \`${wholeWordMember}\` with READ_ONCE`);
};

/** Name of a site in the result of `planReads`. */
export const siteKey = (site: { readonly where: Where; readonly offset: number }): string => `${site.where.file.path}|${site.offset}`;

function planGroup(group: readonly FlagSite[], driver: Driver, texts: Map<string, string>): void {
  const placed = group.flatMap((site) => {
    const stmt = listedStatement(site.where);
    if (stmt !== undefined && isHoistable(site, stmt)) return [{ site, stmt }];
    plainNote(site, driver);
    return [];
  });
  const [first] = placed;
  const fn = first?.site.where.fn;
  const ast = first?.site.where.ast;
  if (first === undefined || fn === undefined || ast === undefined) return;
  const name = freeName(fn, [flagWords.member, `range_${flagWords.member}`]);
  const owner = ownerOf(first.site) ?? '';
  const comment = `/* Pairs with WRITE_ONCE in ${markCall.name}() */`;
  const read = `READ_ONCE(${owner}${flagWords.member}.${wholeWordMember})`;
  const root = rootOf(first.site.expr);
  const decls = leadingDeclarations(ast, first.site.where.text);
  const isParam = root.kind === 'name' && ast.params.some((param) => param.name === root.name);
  // Before anything has run, the declaration itself can read the word.
  const atTop = isParam && ast.body[decls.length] === first.stmt;
  const declaration = atTop ? `${flagWords.range.structTag} ${name} = {\n\t\t${comment}\n\t\t.${wholeWordMember} = ${read},\n\t};` : `${flagWords.range.structTag} ${name};`;
  declare(fn, ast, declaration, driver.draft);
  const done = new Set<Stmt>(atTop ? [first.stmt] : []);
  for (const { site, stmt } of placed) {
    texts.set(siteKey(site), `${name}.${site.expr.field}`);
    if (done.has(stmt)) continue;
    done.add(stmt);
    for (const piece of putBefore(stmt, site.where, (indent) => `${indent}${comment}\n${indent}${name}.${wholeWordMember} = ${read};\n`)) driver.draft.add(fn.file, piece);
  }
}

/** True when the word can be read just before a statement instead of inside of it. */
function isHoistable({ expr, where }: FlagSite, stmt: Stmt): boolean {
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

/** Text of the flag's field in a split copy; undefined when the copy stays what it is. */
export function copiedFlag(expr: MemberExpr, where: Where, copies: Copies, driver: Driver): string | undefined {
  if (expr.object.kind !== 'name') return undefined;
  const copy = copies.of(where, expr.object.name);
  return copy?.kind === 'both' && !driver.pagesFlags.has(expr.field) && driver.rangeFlags.has(expr.field) ? `${copy.twin}.${expr.field}` : undefined;
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

