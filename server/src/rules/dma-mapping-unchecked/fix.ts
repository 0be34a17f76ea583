/** The check behind the mapping: the one that comes too late moved up, or a new one with a way out that the function has. */
import { addressType } from '../../contracts/dma-types.js';
import { structOf, typeOf } from '../../flow/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { behindDeclarations, callAt, insertAfter, type Placed, statementAt, written } from '../statements.js';
import { columnAt, edit, indentAt, linesOf, shifted } from '../style.js';
import { errnoBehind, errnoVariable, testLines, waysOut } from '../ways-out.js';
import { contractAt } from './asked.js';

type Call = Expr & { readonly kind: 'call' };

/** Errno of a failed mapping where the file shows none. */
const failed = { address: '-EFAULT', list: '-ENOMEM' };

/** Alternatives, best first, for a mapping call that stands in a statement of its own. */
export function fixUnchecked(mapping: Span, context: FunctionContext): readonly Fix[] {
  const call = callAt(context, mapping.start);
  const placed = call === undefined ? undefined : statementAt(context, call);
  if (call === undefined || placed === undefined) return [];
  const contract = contractAt(call, context);
  const op = [...(contract?.ops ?? []), ...(contract?.ok ?? [])].find((one) => one.op === 'dma-map');
  if (op?.checkedBy === 'dma-check' && op.handle === 'ret') return fixAddress(call, call.args[Number(op.device)], placed, context);
  if (contract?.result === 'errno') return fixErrno(call, placed, context);
  return op?.checkedBy === 'zero' && contract?.result === 'count' ? fixCount(call, placed, context) : [];
}

/** What a call's result is stored in by its statement. */
function placeOf(
  call: Call,
  { stmt }: Placed,
  context: FunctionContext,
): { readonly text: string; readonly expr: Expr | undefined } | undefined {
  if (stmt.kind === 'decl' && stmt.init?.start === call.start && stmt.init.end === call.end) return { text: stmt.name, expr: undefined };
  if (stmt.kind !== 'expr' || stmt.expr.kind !== 'assign' || stmt.expr.op !== '=' || stmt.expr.right.start !== call.start) return undefined;
  return { text: written(context, stmt.expr.left), expr: stmt.expr.left };
}

const plain = (text: string): string => text.replace(/\s+/g, '');

function fixAddress(call: Call, device: Expr | undefined, placed: Placed, context: FunctionContext): readonly Fix[] {
  const place = placeOf(call, placed, context);
  const check = context.engine.contracts.all.find((one) => one.ops?.some((op) => op.op === 'dma-check') === true)?.name;
  if (place === undefined || device === undefined || check === undefined) return [];
  const type = place.expr === undefined ? context.scope.local(place.text) : typeOf(place.expr, context.scope);
  const member =
    type?.base === addressType
      ? ''
      : structOf(type, context.scope)?.ast.members.find((one) => one.type.base === addressType && one.type.pointers === 0)?.name;
  if (type === undefined || type.pointers > 0 || member === undefined) return [];
  const address = member === '' ? place.text : `${place.text}.${member}`;
  const test = `${check}(${written(context, device)}, ${address})`;
  const late = lateCheck(plain(`${check}(`), plain(`,${address})`), placed, context);
  if (late !== undefined) return [late];
  const known = storedCheck(plain(`${check}(`), plain(`,${address})`), placed, context);
  if (known !== undefined) return withWays(known.variable, known.variable, known.placed, context);
  return withWays(test, errnoBehind(context, check, failed.address), behindDeclarations(placed), context);
}

/** Alternatives for a test behind a statement. */
function withWays(test: string, error: string, placed: Placed, context: FunctionContext): readonly Fix[] {
  return waysOut(context, placed.stmt.end, error).flatMap((way) => {
    const edits = insertAfter(context, placed, testLines(test, way));
    return edits === undefined ? [] : [{ title: `Check the mapping, and ${way.words}`, safety: 'suggested' as const, edits }];
  });
}

/** A test of the same address that stands later in the list: it belongs right behind the mapping. */
function lateCheck(open: string, close: string, placed: Placed, context: FunctionContext): Fix | undefined {
  const { text, fn } = context;
  const late = placed.list?.slice(placed.index + 1).find((one) => {
    if (one.kind !== 'if' || one.otherwise !== undefined) return false;
    const asked = plain(written(context, one.test));
    return asked.startsWith(open) && asked.endsWith(close);
  });
  if (late === undefined || placed.stmt.kind !== 'expr') return undefined;
  const lines = linesOf(text, late);
  const target = linesOf(text, placed.stmt);
  if (lines.start <= target.end) return undefined;
  return {
    title: 'Check the mapping before it is used',
    safety: 'suggested',
    edits: [
      edit(fn.file.path, fn.item.start, target.end, target.end, text.slice(lines.start, lines.end)),
      edit(fn.file.path, fn.item.start, lines.start, lines.end, ''),
    ],
  };
}

/** The check right behind the mapping whose answer is stored, and that nobody looks at. */
function storedCheck(
  open: string,
  close: string,
  placed: Placed,
  context: FunctionContext,
): { readonly variable: string; readonly placed: Placed } | undefined {
  const next = placed.list?.[placed.index + 1];
  if (next?.kind !== 'expr' || next.expr.kind !== 'assign' || next.expr.left.kind !== 'name') return undefined;
  const asked = plain(written(context, next.expr.right));
  return asked.startsWith(open) && asked.endsWith(close)
    ? { variable: next.expr.left.name, placed: { ...placed, stmt: next, index: placed.index + 1 } }
    : undefined;
}

/** For a call that gives 0 or an errno and is dropped: stored where the function keeps its errors, and tested. */
function fixErrno(call: Call, placed: Placed, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const stored = placeOf(call, placed, context);
  if (stored !== undefined) return /^\w+$/.test(stored.text) ? withWays(stored.text, stored.text, behindDeclarations(placed), context) : [];
  const variable = errnoVariable(context);
  if (variable === undefined || placed.stmt.kind !== 'expr' || placed.stmt.expr.start !== call.start) return [];
  const own = `${variable} = ${shifted(written(context, call), columnAt(text, call.start), variable.length + 3)}`;
  return withWays(variable, variable, placed, context).map((fix) => ({
    ...fix,
    edits: [edit(fn.file.path, fn.item.start, call.start, call.end, own), ...fix.edits],
  }));
}

/** For a call that gives a count, 0 for a failure. */
function fixCount(call: Call, placed: Placed, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const stored = placeOf(call, placed, context);
  const name = call.callee.kind === 'name' ? call.callee.name : '';
  const error = errnoBehind(context, name, failed.list);
  if (stored !== undefined) return withWays(`!${stored.text}`, error, behindDeclarations(placed), context);
  if (placed.stmt.kind !== 'expr' || placed.stmt.expr.start !== call.start || placed.list === undefined) return [];
  const end = text.indexOf(';', call.end);
  const indent = indentAt(text, call.start);
  return waysOut(context, call.end, error).map(({ lines, words }) => {
    const body = lines.map((line) => `\n${indent}\t${line}`).join('');
    const own = `if (!${shifted(written(context, call), columnAt(text, call.start), 5)})${lines.length > 1 ? ' {' : ''}${body}${lines.length > 1 ? `\n${indent}}` : ''}`;
    return {
      title: `Look at the count, and ${words}`,
      safety: 'suggested' as const,
      edits: [edit(fn.file.path, fn.item.start, call.start, end + 1, own)],
    };
  });
}
