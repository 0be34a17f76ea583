/** Expressions: accesses through ranges, helpers that are gone, calls with other arguments. Small edits, so that lines stay as they were. */
import { apiNames } from '../../../contracts/api-names.js';
import type { RemovedHelper } from '../../../contracts/generations.js';
import {
  argumentText,
  deviceOfGpusvm,
  flagWords,
  initCall,
  markCall,
  pagesOfRange,
  removedHelpers,
} from '../../../contracts/generations.js';
import { wholeWordMember } from '../../../contracts/protected.js';
import { typeOf } from '../../../flow/types.js';
import { callText, columnAt } from '../../../rules/style.js';
import { tagOf } from '../../../rules/typed.js';
import type { Expr } from '../../../syntax/ast.js';
import type { Piece } from '../draft.js';
import { applyPieces, balanced, dropLines, lineStart, placeOf } from '../draft.js';
import type { Where } from '../typed-walk.js';
import { partsOf } from '../typed-walk.js';
import type { DeviceOf } from './device.js';
import { deviceOf } from './device.js';
import type { Driver } from './driver.js';
import { rangeContainer, textOf, through } from './driver.js';

type MemberExpr = Expr & { readonly kind: 'member' };
type CallExpr = Expr & { readonly kind: 'call' };

/** What the edits of an expression depend on. */
export interface Access {
  readonly driver: Driver;
  readonly device: DeviceOf | undefined;
  /** True where the whole flags word belongs to the range's flags: a local copy of that type stands beside. */
  takesRangeWord(expr: MemberExpr, where: Where): boolean;
  /** Told of each flag that is now read from a range; the text that reads it, when it is not to be the plain one. */
  onRangeFlag(expr: MemberExpr, where: Where): string | undefined;
  /** Field of a local copy of a flags word: its new text, when the copy was split. */
  onCopiedFlag(expr: MemberExpr, where: Where): string | undefined;
}

/** `X.pages` of a range. */
export function isPagesOfRange(expr: Expr, where: Where): expr is MemberExpr {
  return expr.kind === 'member' && expr.field === pagesOfRange.member && tagOf(expr.object, where.scope) === pagesOfRange.structTag;
}

/** Edits of an expression and all its parts, relative to the text at its place. */
export function piecesOf(expr: Expr, where: Where, access: Access): readonly Piece[] {
  const own =
    expr.kind === 'member' ? memberPieces(expr, where, access) : expr.kind === 'call' ? callPieces(expr, where, access) : undefined;
  return own ?? partsOf(expr).flatMap((part) => piecesOf(part, where, access));
}

/** The text of an expression after its edits. */
export const rendered = (expr: Expr, where: Where, access: Access): string =>
  applyPieces(where.text, piecesOf(expr, where, access), expr.start, expr.end);

function memberPieces(expr: MemberExpr, where: Where, access: Access): readonly Piece[] | undefined {
  const { object } = expr;
  const facts = where.program.facts;
  if (deviceOfGpusvm.isGone(facts) && expr.field === deviceOfGpusvm.member && tagOf(object, where.scope) === deviceOfGpusvm.structTag) {
    const device =
      access.device === undefined
        ? undefined
        : deviceOf(
            expr.arrow ? object : { kind: 'address', operand: object, start: object.start, end: object.end },
            where,
            access.driver,
            access.device,
          );
    if (device === undefined) return undefined;
    return [{ ...balanced(where.text, expr), newText: device }];
  }
  if (!pagesOfRange.isGone(facts)) return undefined;
  if (object.kind === 'name' && typeOf(object, where.scope)?.base === flagWords.pages.structTag) {
    const text = access.onCopiedFlag(expr, where);
    return text === undefined ? undefined : [{ start: expr.start, end: expr.end, newText: text }];
  }
  // X.pages.flags.f: a flag that is the range's here.
  if (object.kind === 'member' && object.field === flagWords.member && isPagesOfRange(object.object, where) && facts.rangeHasFlags) {
    const isRange = expr.field === wholeWordMember ? access.takesRangeWord(expr, where) : access.driver.rangeFlags.has(expr.field);
    if (isRange) {
      const text = expr.field === wholeWordMember ? undefined : access.onRangeFlag(expr, where);
      if (text !== undefined) return [{ ...balanced(where.text, expr), newText: text }];
      const pages = object.object;
      return [
        { start: pages.end - pages.field.length, end: object.end - object.field.length, newText: '' },
        ...piecesOf(pages.object, where, access),
      ];
    }
  }
  // X.pages.flags as a whole, copied into a local.
  if (expr.field === flagWords.member && isPagesOfRange(object, where) && facts.rangeHasFlags && access.takesRangeWord(expr, where)) {
    return [
      { start: object.end - object.field.length, end: expr.end - expr.field.length, newText: '' },
      ...piecesOf(object.object, where, access),
    ];
  }
  return isPagesOfRange(expr, where) ? routed(expr, where, access) : undefined;
}

/** `X.pages` of a range as the driver's own. */
function routed(expr: MemberExpr, where: Where, access: Access): readonly Piece[] {
  const { driver } = access;
  const { object } = expr;
  const [base] = driver.range.base;
  const tag = driver.range.container.tag;
  const name: Piece = { start: expr.end - expr.field.length, end: expr.end, newText: driver.pages };
  const outer = !expr.arrow ? object : object.kind === 'address' ? object.operand : undefined;
  if (outer?.kind === 'member' && outer.field === base && typeOf(outer.object, where.scope)?.base === tag) {
    // `c->base.pages`: only the way through the base goes.
    return [{ start: outer.end - outer.field.length, end: expr.end, newText: driver.pages }, ...piecesOf(outer.object, where, access)];
  }
  const pointer = expr.arrow ? rangeContainer(object, where, driver) : undefined;
  if (pointer === undefined) {
    driver.draft.note(
      `${placeOf(where.file, where.base + expr.start)}: \`${textOf(expr, where)}\` is left: no way leads from this range to its \`${tag}\``,
    );
    return [];
  }
  if (pointer === textOf(object, where)) return [name];
  return [{ start: object.start, end: object.end, newText: pointer }, name];
}

/** `&C->pages` for a range that an expression points to. */
export function pagesOf(range: Expr, where: Where, access: Access): string | undefined {
  const { driver } = access;
  const pointer = rangeContainer(range, where, driver);
  return pointer === undefined ? undefined : `&${through(pointer, driver.pages)}`;
}

function callPieces(expr: CallExpr, where: Where, access: Access): readonly Piece[] | undefined {
  if (expr.callee.kind !== 'name') return undefined;
  const { name } = expr.callee;
  const { program } = where;
  const helper = removedHelpers.find((one) => one.name === name);
  if (helper !== undefined && !program.facts.hasRangePageHelpers) return expanded(expr, helper, where, access);
  if (name === initCall.name && program.facts.initTakesDrm === false) return withoutDevice(expr, where, access);
  if (name === markCall.name && program.facts.setUnmappedParams === markCall.newestParams && expr.args.length === 2)
    return marked(expr, where, access);
  return undefined;
}

/** A helper on a range's pages, as the call on pages with what the helper knew. */
function expanded(expr: CallExpr, helper: RemovedHelper, where: Where, access: Access): readonly Piece[] | undefined {
  const [gpusvm, range] = expr.args;
  const pages = range === undefined ? undefined : pagesOf(range, where, access);
  if (gpusvm === undefined || range === undefined || pages === undefined) {
    access.driver.draft.note(
      `${placeOf(where.file, where.base + expr.start)}: \`${helper.name}\` is left: no way leads from its range to the driver's pages`,
    );
    return undefined;
  }
  const [space, base] = [rendered(gpusvm, where, access), rendered(range, where, access)];
  const args = helper.args.map((arg) => {
    if (typeof arg === 'number') {
      const given = expr.args[arg];
      return given === undefined ? '' : rendered(given, where, access);
    }
    if (arg === 'pages') return pages;
    const text = argumentText[arg](arg === 'notifier' ? HOLE : base, HOLE);
    return text.replace(`${HOLE}->`, through(arg === 'notifier' ? base : space, ''));
  });
  return [callPiece(expr, helper.instead, args, where)];
}

const HOLE = '\0';

/** Widest line that the kernel's style takes. */
const WIDEST = 100;

/** A whole call, wrapped as its column asks. */
function callPiece(expr: CallExpr, name: string, args: readonly string[], where: Where): Piece {
  const column = columnAt(where.file.text, where.base + expr.start);
  const rest = /^[^\n]*/.exec(where.text.slice(expr.end))?.[0].length ?? 1;
  const plain = `${name}(${args.join(', ')})`;
  // A line that was long before may stay so, if it gets no longer.
  const fits = !textOf(expr, where).includes('\n') && plain.length <= expr.end - expr.start && column + plain.length + rest <= WIDEST;
  return {
    start: expr.start,
    end: expr.end,
    newText: where.fn === undefined || fits ? plain : callText(name, args, column, Math.min(rest, 3)),
  };
}

function marked(expr: CallExpr, where: Where, access: Access): readonly Piece[] | undefined {
  const [range, event] = expr.args;
  const pages = range === undefined ? undefined : pagesOf(range, where, access);
  if (range === undefined || event === undefined || pages === undefined) return undefined;
  return [callPiece(expr, markCall.name, [rendered(range, where, access), pages, '1', rendered(event, where, access)], where)];
}

/** The call that makes an address space, without the device: only the argument and its comma go. */
function withoutDevice(expr: CallExpr, where: Where, access: Access): readonly Piece[] | undefined {
  const device = expr.args[initCall.device];
  const before = expr.args[initCall.device - 1];
  const after = expr.args[initCall.device + 1];
  const wanted = where.program.findSignature(initCall.name, where.file)?.params.length;
  if (device === undefined || before === undefined || after === undefined || (wanted !== undefined && expr.args.length !== wanted + 1))
    return undefined;
  const type = typeOf(device, where.scope);
  if (type !== undefined && type.base !== apiNames.deviceStruct) return undefined;
  const others = expr.args.filter((arg) => arg !== device).flatMap((arg) => piecesOf(arg, where, access));
  return [argumentPiece(where.text, before, device, after), ...unusedLocal(device, where), ...others];
}

/** The declaration of the local that a device was named by, when nothing else uses it. */
function unusedLocal(device: Expr, where: Where): readonly Piece[] {
  let root = device;
  while (root.kind === 'address' || root.kind === 'member') root = root.kind === 'address' ? root.operand : root.object;
  if (root.kind !== 'name' || where.ast === undefined) return [];
  const { name } = root;
  const decl = where.ast.body.find((stmt) => stmt.kind === 'decl' && stmt.name === name);
  if (decl?.kind !== 'decl' || decl.init === undefined || textOf(decl.init, where).includes('(')) return [];
  const start = lineStart(where.text, decl.start);
  const piece = dropLines(where.text, decl.start, decl.end);
  const line = where.text.slice(start, piece.end);
  const uses = [...where.text.matchAll(new RegExp(`(?<!->|\\.)\\b${name}\\b`, 'g'))].length;
  return uses === 2 && /^[\t ]*[\w*][\w* ]*=[^,;]*;\s*$/.test(line) ? [piece] : [];
}

/** Removes an argument between two others, with the line it would leave empty. */
export function argumentPiece(
  text: string,
  before: { readonly end: number },
  gone: { readonly start: number; readonly end: number },
  after: { readonly start: number },
): Piece {
  const startsLine = /^[\t ]*$/.test(text.slice(lineStart(text, gone.start), gone.start));
  if (startsLine) return { start: gone.start, end: after.start, newText: '' };
  const comma = text.indexOf(',', gone.end);
  return { start: text.indexOf(',', before.end) + 1, end: comma + 1, newText: '' };
}
