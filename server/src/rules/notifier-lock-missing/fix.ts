/** The notifier lock around the statement that needs it. */
import { notifierLockCalls } from '../../contracts/generations.js';
import { gpusvmTag } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import { walkStmt } from '../../program/walk.js';
import type { Expr, Span, Stmt } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { callAt, declareIn, freeName, insertBefore, type Placed, replaceStatement, statementAt, surround, written } from '../statements.js';
import { edit, indentAt, linesOf } from '../style.js';

/** The pair of calls around the lock, as this function writes them or would. */
interface Pair {
  readonly lock: string;
  readonly unlock: string;
}

/** Offered where the address space is at hand, or the function takes its lock elsewhere; for a statement that goes on, or leaves by one return or jump. */
export function fixLockMissing(need: Span, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const placed = statementAt(context, need);
  if (placed === undefined) return [];
  const { stmt } = placed;
  const pair = pairFor(need, context);
  if (pair === undefined) return [];
  const { lock, unlock } = pair;
  if (stmt.kind === 'return') return aroundReturn(placed, pair, context);
  if (stmt.kind !== 'expr' && stmt.kind !== 'if') return [];
  const end = text.indexOf('\n', stmt.end);
  const above = placed.list?.[placed.index - 1];
  // A release right above is what comes too early.
  const isEarly = above?.kind === 'expr' && written(context, above.expr) === unlock;
  const early = above === undefined ? undefined : linesOf(text, above);
  const before =
    isEarly && early !== undefined && placed.list !== undefined
      ? [edit(fn.file.path, fn.item.start, early.start, linesOf(text, stmt).start, '')]
      : insertBefore(context, placed, [`${lock};`]);
  if (end < 0 || before === undefined) return [];
  const [locks, unlocks] = [callsOf(lock, notifierLockCalls.lock, text), callsOf(unlock, notifierLockCalls.unlock, text)];
  // A release stands there already: what is missing is the lock.
  if (unlocks.length > locks.length) {
    const isBehind = unlocks.length === 1 && (unlocks[0] ?? 0) > stmt.end && locks.length === 0;
    return isBehind ? [{ title: 'Take the notifier lock first', safety: 'suggested', edits: before }] : [];
  }
  if (locks.length > unlocks.length) return [];
  const title = isEarly ? 'Hold the notifier lock longer' : 'Hold the notifier lock around it';
  const after = edit(fn.file.path, fn.item.start, end, end, `\n${indentAt(text, stmt.start)}${unlock};`);
  if (!leaves(stmt)) {
    const edits = isEarly ? [...before, after] : surround(context, placed, [`${lock};`], [`${unlock};`]);
    return edits === undefined ? [] : [{ title, safety: 'suggested', edits }];
  }
  if (placed.list === undefined) return [];
  const exit = stmt.kind === 'if' && stmt.otherwise === undefined && isPlainTest(stmt.test) ? onlyExit(stmt.then, context) : undefined;
  const inside = exit === undefined ? undefined : insertBefore(context, exit, [`${unlock};`]);
  if (exit === undefined || inside === undefined) return [];
  // The brace and the release behind it are put at one place.
  const edits = [...before, ...inside].map((one) =>
    one.start === after.start && one.end === after.end ? { ...one, newText: one.newText + after.newText } : one,
  );
  return [{ title, safety: 'suggested', edits: edits.some((one) => one.newText.endsWith(after.newText)) ? edits : [...edits, after] }];
}

/** True when a statement may leave what it stands in. */
function leaves(stmt: Stmt): boolean {
  let found = false;
  walkStmt(
    stmt,
    () => undefined,
    (one) => {
      if (one.kind === 'return' || one.kind === 'goto' || one.kind === 'break' || one.kind === 'continue') found = true;
    },
  );
  return found;
}

/** True for a test that calls nothing which the lock would forbid: what is read, compared, and asked of the pages. */
const isPlainTest = (test: Expr): boolean => test.kind !== 'assign';

/** The one way out of a branch, its last statement; undefined when there are more, or none. */
function onlyExit(branch: Stmt, context: FunctionContext): Placed | undefined {
  const last = branch.kind === 'block' ? branch.body.at(-1) : branch;
  if (last?.kind !== 'return' && last?.kind !== 'goto') return undefined;
  if (branch.kind === 'block' && branch.body.slice(0, -1).some(leaves)) return undefined;
  return statementAt(context, last);
}

/** For `return valid(…);`: the answer is kept in a local while the lock is dropped. */
function aroundReturn(placed: Placed, { lock, unlock }: Pair, context: FunctionContext): readonly Fix[] {
  const { stmt } = placed;
  const { returnType } = context.ast;
  const name = freeName(context, ['valid', 'answer']);
  if (stmt.kind !== 'return' || stmt.value === undefined || returnType.pointers > 0 || name === undefined) return [];
  if (!/^(?:bool|int|long|unsigned int|unsigned long|u64|u32)$/.test(returnType.base) || placed.list !== context.ast.body) return [];
  const declaration = declareIn(context, context.ast.body, [`${returnType.base} ${name};`]);
  const before = insertBefore(context, placed, [`${lock};`, `${name} = ${written(context, stmt.value)};`, `${unlock};`, '']);
  const last = replaceStatement(context, placed, [`return ${name};`]);
  if (declaration === undefined || before === undefined || last === undefined) return [];
  const [first] = before;
  const edits =
    first !== undefined && first.start === declaration.start
      ? [{ ...first, newText: declaration.newText + first.newText }, ...last]
      : [declaration, ...before, ...last];
  return [{ title: 'Hold the notifier lock around it', safety: 'suggested', edits }];
}

/** The calls for the address space that the statement gives to a call; else those that the function makes elsewhere, when it makes them in one way. */
function pairFor(need: Span, context: FunctionContext): Pair | undefined {
  const svm = callAt(context, need.start)?.args.find((arg) => typeOf(arg, context.scope)?.base === gpusvmTag);
  if (svm !== undefined) return wrappers(written(context, svm), context);
  const texts = { lock: new Set<string>(), unlock: new Set<string>() };
  const names = {
    lock: [notifierLockCalls.lock, macroFor(notifierLockCalls.lock, context)?.name],
    unlock: [notifierLockCalls.unlock, macroFor(notifierLockCalls.unlock, context)?.name],
  };
  for (const stmt of context.ast.body)
    walkStmt(stmt, (expr) => {
      if (expr.kind !== 'call' || expr.callee.kind !== 'name') return;
      for (const side of ['lock', 'unlock'] as const) if (names[side].includes(expr.callee.name)) texts[side].add(written(context, expr));
    });
  const [lock] = texts.lock;
  const [unlock] = texts.unlock;
  return lock === undefined || unlock === undefined || texts.lock.size > 1 || texts.unlock.size > 1 ? undefined : { lock, unlock };
}

/** Offsets of the calls of a lock function in a text, by the driver's name for it or by the interface's. */
function callsOf(call: string, plain: string, text: string): readonly number[] {
  const names = new Set([call.slice(0, call.indexOf('(')), plain]);
  return [...text.matchAll(new RegExp(`\\b(?:${[...names].join('|')})\\s*\\(`, 'g'))].map((match) => match.index);
}

/** The driver's own macro around a lock call of the interface, with the member that it goes through. */
function macroFor(name: string, context: FunctionContext): { readonly name: string; readonly member: string } | undefined {
  const body = new RegExp(`^\\s*${name}\\s*\\(\\s*&\\(\\w+\\)->(\\w+(?:\\.\\w+)*)\\s*\\)\\s*$`);
  for (const file of context.program.mentioning(name, context.fn.file))
    for (const macro of file.outline.macros) {
      const member = macro.alternative || macro.params?.length !== 1 ? undefined : body.exec(macro.body)?.[1];
      if (member !== undefined && context.program.findMacro(macro.name, context.fn.file) !== undefined) return { name: macro.name, member };
    }
  return undefined;
}

/** The driver's own macros around the lock, when they take what holds the address space; else the interface's. */
function wrappers(svm: string, context: FunctionContext): Pair {
  const parts = /^&(\w+)->(\w+(?:\.\w+)*)$/.exec(svm);
  const [lock, unlock] = [macroFor(notifierLockCalls.lock, context), macroFor(notifierLockCalls.unlock, context)];
  return parts === null || lock === undefined || unlock === undefined || lock.member !== parts[2] || unlock.member !== parts[2]
    ? { lock: `${notifierLockCalls.lock}(${svm})`, unlock: `${notifierLockCalls.unlock}(${svm})` }
    : { lock: `${lock.name}(${parts[1] ?? ''})`, unlock: `${unlock.name}(${parts[1] ?? ''})` };
}
