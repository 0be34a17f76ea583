/** Errors that a path holds in a variable and has not dealt with. */

import { valueHelpers } from '../contracts/memory.js';
import type { Expr } from '../syntax/ast.js';
import type { CfgNode } from './cfg.js';
import type { FunctionRun } from './run.js';
import { N, type State, Z } from './state.js';
import { localLoc } from './term.js';

/** A branch on an error variable: on the side where it is an error, the error is pending. */
export function noteError(run: FunctionRun, node: CfgNode & { readonly kind: 'branch' }, yes: State, no: State): void {
  const { cond } = node;
  const pointer =
    cond.kind === 'call' &&
    cond.callee.kind === 'name' &&
    Object.hasOwn(valueHelpers, cond.callee.name) &&
    valueHelpers[cond.callee.name] === 'is-err' &&
    cond.args[0]?.kind === 'name'
      ? cond.args[0].name
      : undefined;
  if (pointer !== undefined && run.cfg.types.has(pointer)) {
    const value = yes.read(localLoc(pointer));
    if (yes.constraint(value).bits === N)
      yes.setObject(`errno:${pointer}`, {
        kind: 'errno',
        bits: yes.object(`mark:must:${value.key}`) !== undefined ? 26 : 18,
        count: node.id,
        detail: pointer,
        term: value,
        site: run.site(node.span),
      });
    no.dropObject(`errno:${pointer}`);
    return;
  }
  const name =
    cond.kind === 'name'
      ? cond.name
      : cond.kind === 'binary' && cond.left.kind === 'name' && cond.right.kind === 'number' && cond.right.value === 0
        ? cond.left.name
        : undefined;
  if (name === undefined || !run.cfg.types.has(name) || name.includes('@')) return;
  const type = run.cfg.types.get(name);
  if (type === undefined || type.pointers > 0 || !/^(int|long|s64|s32|ssize_t)$/.test(type.base)) return;
  for (const s of [yes, no]) {
    const value = s.read(localLoc(name));
    const c = s.constraint(value);
    const key = `errno:${name}`;
    if ((c.bits & Z) === 0 && (c.bits & N) !== 0) {
      if (c.eq === undefined && s.object(key) === undefined && value.kind === 'fresh' && !value.id.startsWith('inc'))
        s.setObject(key, {
          kind: 'errno',
          bits: s.object(`mark:must:${value.key}`) === undefined ? 2 : 10,
          count: node.id,
          detail: name,
          term: value,
          site: run.site(node.span),
        });
    } else if (s.object(key)?.bits !== undefined) s.dropObject(key);
  }
}

/** True for a comparison of a variable with a value. */
export function isEquality(cond: Expr): boolean {
  return (
    cond.kind === 'binary' && cond.op === '==' && cond.left.kind === 'name' && !(cond.right.kind === 'number' && cond.right.value === 0)
  );
}

/** True when a condition looks at a variable. */
export function namesVariable(cond: Expr, name: string): boolean {
  if (cond.kind === 'name') return cond.name === name;
  if (cond.kind === 'binary') return namesVariable(cond.left, name) || namesVariable(cond.right, name);
  return cond.kind === 'unary' && namesVariable(cond.operand, name);
}
