/** Which calls give errors, and which only tell of one or take down what was built. */

import { resultKindOf } from '../../contracts/results.js';
import { memberOf } from '../../flow/types.js';
import type { Expr, TypeRef } from '../../syntax/ast.js';
import type { FunctionContext } from '../rule.js';

type Call = Expr & { readonly kind: 'call' };

/** True when the result of a call, stored in a variable of that type, is an errno or may be an error pointer. */
export function givesErrors(call: Call, type: TypeRef, context: FunctionContext): boolean {
  const { engine, program, fn } = context;
  if (type.pointers === 0 && !/^(int|long|ssize_t|s32|s64|vm_fault_t)$/.test(type.base)) return false;
  if (call.callee.kind === 'member') {
    const info = memberOf(call.callee, context.scope);
    const contract = info === undefined ? undefined : engine.contracts.callback(info.structTag, info.member.name);
    return contract !== undefined && (contract.result === 'errno' || contract.call?.result === 'errno');
  }
  if (call.callee.kind !== 'name') return false;
  const { name } = call.callee;
  const contract = engine.contracts.of(name);
  if (contract !== undefined) return contract.result === 'errno' || contract.result === 'errptr';
  if (resultKindOf(name) === 'errno') return type.pointers === 0;
  if (engine.contracts.isHarmless(name)) return false;
  const body = program.findFunction(name, fn.file);
  if (body === undefined) return false;
  const text = body.file.text.slice(body.item.bodyStart, body.item.end);
  if (type.pointers > 0) return /\bERR_(PTR|CAST)\s*\(/.test(text);
  const returns = body.ast()?.returnType;
  if (returns === undefined || returns.pointers > 0 || !/^(int|long|ssize_t|vm_fault_t)$/.test(returns.base)) return false;
  return /\breturn\s+(-E[A-Z]+|PTR_ERR|err|ret|r|rc|error)\b/.test(text) || /=\s*-E[A-Z]+\s*;/.test(text);
}

/** True for a call that cannot answer an error: logging, locks dropped, things released and taken down. */
export function isCleanUp(call: Call, context: FunctionContext): boolean {
  if (call.callee.kind !== 'name') return false;
  const { name } = call.callee;
  const { contracts } = context.engine;
  if (contracts.isHarmless(name)) return true;
  const contract = contracts.of(name);
  if (contract?.ops !== undefined && contract.ops.length > 0)
    return contract.ops.every((op) => op.op === 'unlock' || op.op === 'release' || op.op === 'dma-unmap' || op.op === 'downgrade');
  return /(^|_)(put|free|unlock|release|fini|unmap|cleanup|destroy|exit|remove|cancel|drop|unref|end|unreserve|unpin|unbind|kill|close|stop|undo|abort|rollback|backoff|flush|done|dbg|debug|err|warn|info)(_|$)/.test(
    name,
  );
}
