/** Accesses to the one pages object, as accesses to each of several, to the first, or to the array and its count. */
import { markCall } from '../../../contracts/generations.js';
import { perDeviceCalls, validCall } from '../../../contracts/per-device.js';
import { pagesTag } from '../../../contracts/protected.js';
import { memberOf } from '../../../flow/types.js';
import { callText, columnAt } from '../../../rules/style.js';
import type { Expr, Stmt } from '../../../syntax/ast.js';
import type { Piece } from '../draft.js';
import { applyPieces, balanced, indentOf, placeOf } from '../draft.js';
import type { Driver } from '../driver-owned-pages/driver.js';
import { textOf } from '../driver-owned-pages/driver.js';
import { calleeOf, callOf, freeName, listedStatement } from '../driver-owned-pages/statements.js';
import type { Where } from '../typed-walk.js';
import { partsOf } from '../typed-walk.js';
import type { Names } from './names.js';

type CallExpr = Expr & { readonly kind: 'call' };
type MemberExpr = Expr & { readonly kind: 'member' };

const TAB = 8;
const columns = (indent: string): number => [...indent].reduce((at, c) => (c === '\t' ? at + TAB : at + 1), 0);

/** `C.pages` of the driver's container. */
export function isOne(expr: Expr | undefined, where: Where, driver: Driver): expr is MemberExpr {
  return expr?.kind === 'member' && expr.field === driver.pages && memberOf(expr, where.scope)?.structTag === driver.range.container.tag;
}

/** `&C.pages` as an argument: the member. */
export function oneOf(arg: Expr | undefined, where: Where, driver: Driver): MemberExpr | undefined {
  let at = arg;
  while (at?.kind === 'address' || at?.kind === 'cast') at = at.operand;
  return isOne(at, where, driver) ? at : undefined;
}

/** Text of a pointer to the container that an access goes through. */
export const holderText = (access: MemberExpr, where: Where): string => `${access.arrow ? '' : '&'}${textOf(access.object, where)}`;

const countText = (access: MemberExpr, where: Where, names: Names): string =>
  `${textOf(access.object, where)}${access.arrow ? '->' : '.'}${names.count}`;

/** Edits of a statement that is a call on the one pages object: the call for each entry, or undefined. */
export function loopPieces(stmt: Stmt, where: Where, driver: Driver, names: Names): readonly Piece[] | undefined {
  const assigned =
    stmt.kind === 'expr' && stmt.expr.kind === 'assign' && stmt.expr.op === '=' && stmt.expr.right.kind === 'call' ? stmt.expr : undefined;
  const returned = stmt.kind === 'return' && stmt.value?.kind === 'call' ? stmt.value : undefined;
  const call = assigned?.right.kind === 'call' ? assigned.right : (returned ?? callOf(stmt));
  if (call === undefined || where.fn === undefined) return undefined;
  const known = perDeviceCalls.find((one) => one.name === calleeOf(call));
  const access = known === undefined ? undefined : oneOf(call.args[known.pages], where, driver);
  const wantsResult = assigned !== undefined || returned !== undefined;
  if (known === undefined || access === undefined || known.becomes === 'all' || (known.becomes === 'until-error') !== wantsResult)
    return undefined;
  // A return that is the lone body of another statement has no room for a second one.
  if (returned !== undefined && listedStatement(where) !== stmt) return undefined;
  const file = where.file.text;
  const indent = indentOf(file, where.base + stmt.start);
  const index = freeName(where.fn, ['i', 'index']);
  const args = call.args.map((arg, at) =>
    at === known.pages ? `&${names.accessor}(${holderText(access, where)})[${index}]` : renderedArg(arg, where, driver, names),
  );
  const error = assigned === undefined ? freeName(where.fn, ['err', 'ret']) : textOf(assigned.left, where);
  const result = returned !== undefined ? `int ${error} = ` : assigned === undefined ? '' : `${error} = `;
  const inner = `${indent}\t`;
  const body = `${inner}${result}${callText(known.name, args, columns(inner) + result.length)};`;
  const head = `for (unsigned int ${index} = 0; ${index} < ${countText(access, where, names)}; ${index}++)`;
  if (!wantsResult && isNarrow(body)) return [{ start: stmt.start, end: stmt.end, newText: `${head}\n${body}` }];
  if (!wantsResult) {
    // Deep inside of loops the entry gets a name, for the lines' sake.
    const entry = freeName(where.fn, ['entry', 'entry_pages']);
    const given = args.map((arg, at) => (at === known.pages ? entry : arg));
    const named = `${inner}${pagesTag} *${entry} = ${args[known.pages] ?? ''};\n\n${inner}${callText(known.name, given, columns(inner))};`;
    return [{ start: stmt.start, end: stmt.end, newText: `${head} {\n${named}\n${indent}}` }];
  }
  const leave = returned === undefined ? 'break;' : `return ${error};`;
  const gap = returned === undefined ? '' : '\n';
  const after = returned === undefined ? '' : `\n\n${indent}return 0;`;
  return [
    {
      start: stmt.start,
      end: stmt.end,
      newText: `${head} {\n${body}\n${gap}${inner}if (${error})\n${inner}\t${leave}\n${indent}}${after}`,
    },
  ];
}

/** Widest line that the kernel's style takes. */
const WIDEST = 100;
const isNarrow = (text: string): boolean =>
  text.split('\n').every((line) => columns(/^[\t ]*/.exec(line)?.[0] ?? '') + line.trimStart().length <= WIDEST);

const renderedArg = (arg: Expr, where: Where, driver: Driver, names: Names): string =>
  applyPieces(where.text, exprPieces(arg, where, driver, names), arg.start, arg.end);

/** Edits of an expression: what all entries must say, the array with its count, and else the first entry, with a note. */
export function exprPieces(expr: Expr, where: Where, driver: Driver, names: Names): readonly Piece[] {
  const own = expr.kind === 'call' ? callPieces(expr, where, driver, names) : undefined;
  if (own !== undefined) return own;
  const isAddress = expr.kind === 'address' && isOne(expr.operand, where, driver);
  const access = isAddress ? oneOf(expr, where, driver) : isOne(expr, where, driver) ? expr : undefined;
  if (access === undefined) return partsOf(expr).flatMap((part) => exprPieces(part, where, driver, names));
  driver.draft.note(
    `${placeOf(where.file, where.base + expr.start)}: \`${textOf(expr, where)}\` is the first device's pages now: say whose they are to be`,
  );
  const first = `${names.accessor}(${holderText(access, where)})`;
  const whole = balanced(where.text, expr);
  if (isAddress) return [{ ...whole, newText: first }];
  // `C.pages.m`: the dot becomes an arrow.
  const dot = where.text.slice(whole.end).match(/^\s*\./);
  return dot === null
    ? [{ ...whole, newText: `(*${first})` }]
    : [{ start: whole.start, end: whole.end + dot[0].length, newText: `${first}->` }];
}

function callPieces(expr: CallExpr, where: Where, driver: Driver, names: Names): readonly Piece[] | undefined {
  const name = calleeOf(expr);
  if (name === validCall.name) {
    const access = oneOf(expr.args[validCall.pages], where, driver);
    return access === undefined
      ? undefined
      : [{ start: expr.start, end: expr.end, newText: `${names.allValid}(${holderText(access, where)})` }];
  }
  if (name !== markCall.name || expr.args.length !== markCall.newestParams) return undefined;
  const access = oneOf(expr.args[markCall.pages], where, driver);
  if (access === undefined) return undefined;
  const args = expr.args.map((arg, at) =>
    at === markCall.pages
      ? `${names.accessor}(${holderText(access, where)})`
      : at === markCall.count
        ? countText(access, where, names)
        : textOf(arg, where),
  );
  return [{ start: expr.start, end: expr.end, newText: callText(name, args, columnAt(where.file.text, where.base + expr.start)) }];
}
