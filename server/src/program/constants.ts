/** Values of enumerators and of object-like macros. */
import { errnoValues } from '../contracts/errno.js';
import type { Expr } from '../syntax/ast.js';
import { farLevelsForCode } from './functions.js';
import type { MacroLookup } from './macros.js';
import type { FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import type { Workspace } from './workspace.js';

/** Lookups of constants. */
export interface ConstantLookup {
  value(name: string, from: FileRecord): number | undefined;
  isConstant(name: string, from: FileRecord): boolean;
}

/** How deep macros that name macros are followed. */
const deepest = 16;

const isShouted = (name: string): boolean => /^_*[A-Z][A-Z0-9_]*$/.test(name);

/** Arithmetic on plain integers; undefined where the result is not one, or leaves the exact range. */
const binary = (op: string, left: number, right: number): number | undefined => {
  const exact = (value: number): number | undefined => (Number.isSafeInteger(value) ? value : undefined);
  const bits = (value: bigint): number | undefined => exact(Number(value));
  switch (op) {
    case '+':
      return exact(left + right);
    case '-':
      return exact(left - right);
    case '*':
      return exact(left * right);
    case '/':
      return right === 0 ? undefined : Math.trunc(left / right);
    case '%':
      return right === 0 ? undefined : left % right;
    case '<<':
      return right < 0 || right > 62 ? undefined : bits(BigInt(left) << BigInt(right));
    case '>>':
      return right < 0 || right > 62 ? undefined : bits(BigInt(left) >> BigInt(right));
    case '&':
      return bits(BigInt(left) & BigInt(right));
    case '|':
      return bits(BigInt(left) | BigInt(right));
    case '^':
      return bits(BigInt(left) ^ BigInt(right));
    default:
      return undefined;
  }
};

/** Makes the lookups. */
export const createConstantLookup = (workspace: Workspace, structs: StructLookup, macros: MacroLookup): ConstantLookup => {
  const evaluate = (expr: Expr, from: FileRecord, depth: number): number | undefined => {
    if (depth > deepest) return undefined;
    switch (expr.kind) {
      case 'number':
        return expr.value;
      case 'name':
        return valueAt(expr.name, from, depth + 1);
      case 'cast':
        return evaluate(expr.operand, from, depth + 1);
      case 'unary': {
        const operand = evaluate(expr.operand, from, depth + 1);
        if (operand === undefined) return undefined;
        return expr.op === '-' ? -operand : expr.op === '+' ? operand : expr.op === '!' ? Number(operand === 0) : undefined;
      }
      case 'binary': {
        const left = evaluate(expr.left, from, depth + 1);
        const right = left === undefined ? undefined : evaluate(expr.right, from, depth + 1);
        return left === undefined || right === undefined ? undefined : binary(expr.op, left, right);
      }
      case 'call': {
        // `BIT(n)` of include/vdso/bits.h.
        const [argument] = expr.args;
        if (expr.callee.kind !== 'name' || !/^BIT(?:_ULL)?$/.test(expr.callee.name) || argument === undefined) return undefined;
        const shift = evaluate(argument, from, depth + 1);
        return shift === undefined ? undefined : binary('<<', 1, shift);
      }
      default:
        return undefined;
    }
  };
  const valueAt = (name: string, from: FileRecord, depth: number): number | undefined => {
    const macro = macros.find(name, from, 0);
    if (macro !== undefined) {
      if (macro.def.params !== undefined) return undefined;
      const body = macro.body();
      return body !== undefined && 'expr' in body ? evaluate(body.expr, macro.file, depth + 1) : undefined;
    }
    const errno = errnoValues.get(name);
    if (errno !== undefined) return errno;
    // Names not in capitals are variables and functions, but for a driver's own.
    const enumerator = structs.enumerator(name, from, isShouted(name) ? undefined : 0);
    if (enumerator !== undefined) return enumerator.value;
    if (!isShouted(name)) return undefined;
    const far = macros.find(name, from, farLevelsForCode);
    if (far === undefined || far.def.params !== undefined) return undefined;
    const body = far.body();
    return body !== undefined && 'expr' in body ? evaluate(body.expr, far.file, depth + 1) : undefined;
  };
  /** An expression made of constants alone. */
  const isFixed = (expr: Expr, from: FileRecord, depth: number): boolean => {
    if (depth > deepest) return false;
    const fixed = (part: Expr): boolean => isFixed(part, from, depth + 1);
    switch (expr.kind) {
      case 'number':
      case 'string':
      case 'sizeof':
        return true;
      case 'name':
        return isConstantAt(expr.name, from, depth + 1);
      case 'unary':
      case 'cast':
        return fixed(expr.operand);
      case 'binary':
        return fixed(expr.left) && fixed(expr.right);
      case 'conditional':
        return fixed(expr.test) && (expr.yes === undefined || fixed(expr.yes)) && fixed(expr.no);
      case 'call':
        return expr.callee.kind === 'name' && isShouted(expr.callee.name) && expr.args.every(fixed);
      case 'type':
        return true;
      default:
        return false;
    }
  };
  const isConstantAt = (name: string, from: FileRecord, depth: number): boolean => {
    if (depth > deepest) return false;
    if (errnoValues.has(name)) return true;
    const macro = macros.find(name, from, 0);
    if (macro !== undefined) {
      if (macro.def.params !== undefined) return false;
      const body = macro.body();
      return body !== undefined && 'expr' in body && isFixed(body.expr, macro.file, depth + 1);
    }
    // The kernel's coding style: names in capitals are macros and enumerators. Spares the search of a thousand headers.
    if (isShouted(name)) return true;
    return structs.enumerator(name, from, 0) !== undefined;
  };
  const values = workspace.epochMap<number | undefined>();
  const answers = workspace.epochMap<boolean>();
  return {
    value: (name, from) => {
      const memo = values();
      const key = `${from.path}|${name}`;
      if (!memo.has(key)) memo.set(key, valueAt(name, from, 0));
      return memo.get(key);
    },
    isConstant: (name, from) => {
      const memo = answers();
      const key = `${from.path}|${name}`;
      const known = memo.get(key);
      if (known !== undefined) return known;
      const made = isConstantAt(name, from, 0);
      memo.set(key, made);
      return made;
    },
  };
};
