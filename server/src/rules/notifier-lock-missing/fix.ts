/** The notifier lock around the statement that needs it. */
import { notifierLockCalls } from '../../contracts/generations.js';
import { gpusvmTag } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import { walkStmt } from '../../program/walk.js';
import type { Span } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { callAt, insertBefore, statementAt, written } from '../statements.js';
import { edit, indentAt } from '../style.js';

/** Offered for a call that is given the address space, in a statement that goes straight on. */
export function fixLockMissing(need: Span, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const placed = statementAt(context, need);
  const svm = callAt(context, need.start)?.args.find((arg) => typeOf(arg, context.scope)?.base === gpusvmTag);
  if (placed?.list === undefined || svm === undefined || (placed.stmt.kind !== 'expr' && placed.stmt.kind !== 'if')) return [];
  let leaves = false;
  walkStmt(
    placed.stmt,
    () => undefined,
    (one) => {
      if (one.kind === 'return' || one.kind === 'goto' || one.kind === 'break' || one.kind === 'continue') leaves = true;
    },
  );
  const end = text.indexOf('\n', placed.stmt.end);
  if (leaves || end < 0) return [];
  const { lock, unlock } = wrappers(written(context, svm), context);
  const before = insertBefore(context, placed, [`${lock};`]);
  if (before === undefined) return [];
  const [locks, unlocks] = [callsOf(lock, notifierLockCalls.lock, text), callsOf(unlock, notifierLockCalls.unlock, text)];
  // A release stands there already: what is missing is the lock.
  if (unlocks.length > locks.length) {
    const isBehind = unlocks.length === 1 && (unlocks[0] ?? 0) > placed.stmt.end && locks.length === 0;
    return isBehind ? [{ title: 'Take the notifier lock first', safety: 'suggested', edits: before }] : [];
  }
  if (locks.length > unlocks.length) return [];
  return [
    {
      title: 'Hold the notifier lock around it',
      safety: 'suggested',
      edits: [...before, edit(fn.file.path, fn.item.start, end, end, `\n${indentAt(text, placed.stmt.start)}${unlock};`)],
    },
  ];
}

/** Offsets of the calls of a lock function in a text, by the driver's name for it or by the interface's. */
function callsOf(call: string, plain: string, text: string): readonly number[] {
  const names = new Set([call.slice(0, call.indexOf('(')), plain]);
  return [...text.matchAll(new RegExp(`\\b(?:${[...names].join('|')})\\s*\\(`, 'g'))].map((match) => match.index);
}

/** The driver's own macros around the lock, when they take what holds the address space; else the interface's. */
function wrappers(svm: string, context: FunctionContext): { readonly lock: string; readonly unlock: string } {
  const plain = { lock: `${notifierLockCalls.lock}(${svm})`, unlock: `${notifierLockCalls.unlock}(${svm})` };
  const parts = /^&(\w+)->(\w+)$/.exec(svm);
  if (parts === null) return plain;
  const find = (name: string): string | undefined => {
    const body = new RegExp(`^\\s*${name}\\s*\\(\\s*&\\(\\w+\\)->${parts[2] ?? ''}\\)\\s*$`);
    for (const file of context.program.mentioning(name, context.fn.file)) {
      const macro = file.outline.macros.find((one) => !one.alternative && one.params?.length === 1 && body.test(one.body));
      if (macro !== undefined && context.program.findMacro(macro.name, context.fn.file) !== undefined) return macro.name;
    }
    return undefined;
  };
  const [lock, unlock] = [find(notifierLockCalls.lock), find(notifierLockCalls.unlock)];
  return lock === undefined || unlock === undefined
    ? plain
    : { lock: `${lock}(${parts[1] ?? ''})`, unlock: `${unlock}(${parts[1] ?? ''})` };
}
