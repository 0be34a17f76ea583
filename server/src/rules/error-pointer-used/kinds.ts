/** Functions that tell of a failure in another way than those who call them ask for. */
import { valueHelpers } from '../../contracts/memory.js';
import type { FunctionDef } from '../../program/types.js';
import type { Expr } from '../../syntax/ast.js';
import type { FunctionContext } from '../rule.js';
import { isNull } from './follow.js';

/** A function whose failures are not of the kind that those who call it test for. */
export function wrongKind(context: FunctionContext): void {
  const { ast, fn, program, engine } = context;
  if (ast.returnType.pointers === 0) return;
  const cfg = engine.cfgOf(fn);
  const returns =
    cfg?.nodes.flatMap((node) => (node.kind === 'return' && node.value !== undefined ? [{ span: node.span, value: node.value }] : [])) ??
    [];
  const isError = (e: Expr): boolean =>
    e.kind === 'call' &&
    e.callee.kind === 'name' &&
    Object.hasOwn(valueHelpers, e.callee.name) &&
    /^err-/.test(valueHelpers[e.callee.name] ?? '');
  const gives = returns.find((one) => isError(one.value));
  const none = returns.find((one) => isNull(one.value));
  if (gives !== undefined) {
    const asked = program
      .callbacksOf(fn.name, fn.file)
      .find((entry) => engine.contracts.callback(entry.structTag, entry.member)?.result === 'null');
    if (asked !== undefined)
      context.report({
        span: gives.span,
        message: `an oops at an address just below zero: \`${asked.member}\` tells of a failure by NULL, and whoever calls it takes this error pointer for the object; return NULL`,
      });
    return;
  }
  if (none === undefined || returns.length < 2) return;
  const callers = program.references(fn).filter((ref) => ref.isCall && ref.caller.key !== fn.key);
  if (callers.length === 0 || !callers.every((ref) => asksForErrorsOnly(fn.name, ref.caller))) return;
  context.report({
    span: none.span,
    message: `a NULL pointer is looked behind: every caller of \`${fn.name}\` tests its result for an error pointer and none for NULL; return an error pointer`,
    because: callers.slice(0, 1).map((ref) => ({ fn: ref.caller, span: ref.caller.item, message: 'tests for error pointers only' })),
  });
}

/** True when a caller tests what the function gives for an error pointer, and nowhere against NULL. */
function asksForErrorsOnly(name: string, caller: FunctionDef): boolean {
  const text = caller.file.text.slice(caller.item.bodyStart, caller.item.end);
  const variable = new RegExp(`(\\w+)\\s*=\\s*${name}\\s*\\(`).exec(text)?.[1];
  if (variable === undefined) return false;
  const at = text.search(new RegExp(`\\b${variable}\\s*=\\s*${name}\\s*\\(`));
  const after = text.slice(at);
  const plain = Object.entries(valueHelpers).flatMap(([key, what]) => (what === 'is-err' ? [key] : []));
  const wide = Object.entries(valueHelpers).flatMap(([key, what]) => (what === 'is-err-or-null' ? [key] : []));
  return (
    new RegExp(`\\b(?:${plain.join('|')})\\(${variable}\\)`).test(after) &&
    !new RegExp(
      `\\b(?:${wide.join('|')})\\(${variable}\\)|!${variable}\\b|\\(${variable}\\)|\\b${variable}\\s*(?:&&|\\?|[!=]=)|(?:&&|\\|\\|)\\s*${variable}\\b(?!->)`,
    ).test(after.replace(new RegExp(`\\b(?:${plain.join('|')})\\(${variable}\\)`, 'g'), '').replace(/\b(?!if\b|while\b)\w+\(\w+\)/g, ''))
  );
}
