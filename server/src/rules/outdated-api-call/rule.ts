/** A call whose arguments do not fit the function of this tree. */
import { apiNames } from '../../contracts/api-names.js';
import { apiName, apiWords, newestSignatures, removedHelpers } from '../../contracts/generations.js';
import { structOf, typeOf } from '../../flow/types.js';
import type { Expr, FunctionAst } from '../../syntax/ast.js';
import type { Rule } from '../rule.js';
import type { Place } from '../typed.js';
import { typedRule } from '../typed.js';
import { fixOutdatedCall } from './fix.js';

type Call = Expr & { readonly kind: 'call' };

/** See README.md beside this file. */
export const outdatedApiCall: Rule = typedRule({ id: 'outdated-api-call', words: apiWords }, (expr, _parent, place) => {
  if (expr.kind !== 'call' || expr.callee.kind !== 'name' || !apiName.test(expr.callee.name)) return;
  const { name } = expr.callee;
  if (removedHelpers.some((one) => one.name === name) || place.program.findMacro(name, place.file) !== undefined) return;
  if (expr.args.some((arg) => isSeveral(arg, place))) return;
  const signature = place.program.findSignature(name, place.file);
  if (signature === undefined) {
    const count = place.program.facts.source === 'built-in' && Object.hasOwn(newestSignatures, name) ? newestSignatures[name] : undefined;
    if (count !== undefined && count !== expr.args.length) report(expr, name, countWords(name, count, expr.args.length), undefined, place);
    return;
  }
  if (!isApi(name, place)) return;
  if (signature.isVariadic) return;
  if (signature.params.length !== expr.args.length) {
    report(expr, name, countWords(name, signature.params.length, expr.args.length), signature, place);
    return;
  }
  for (const [index, param] of signature.params.entries()) {
    const arg = expr.args[index];
    const wrong = arg === undefined ? undefined : otherStruct(arg, param.type.base, param.type.pointers, place);
    if (wrong === undefined) continue;
    report(
      expr,
      name,
      `argument ${index + 1} of \`${name}\` is a \`${param.type.base} *\` here, and a \`${wrong} *\` is given`,
      signature,
      place,
    );
    return;
  }
});

function report(expr: Call, name: string, reason: string, signature: FunctionAst | undefined, place: Place): void {
  place.report({
    span: expr.callee,
    message: `the code does not build for this tree, or an argument lands in the wrong place: ${reason}; write the call as this tree's header declares it`,
    fixes: signature === undefined ? [] : fixOutdatedCall(expr, name, signature, place),
  });
}

const countWords = (name: string, has: number, given: number): string => `\`${name}\` takes ${has} arguments here, and ${given} are given`;

/** True when the header of the API declares the function. */
function isApi(name: string, { program }: Place): boolean {
  return apiNames.headers.some(
    (path) =>
      program.file(path)?.outline.items.some((item) => (item.kind === 'prototype' || item.kind === 'function') && item.name === name) ===
      true,
  );
}

/** The struct that an argument points to, when it is another than the parameter's; undefined when they agree or one is not known. */
function otherStruct(arg: Expr, base: string, pointers: number, place: Place): string | undefined {
  if (pointers !== 1 || !base.startsWith('struct ')) return undefined;
  const type = typeOf(arg, place.scope);
  if (type === undefined || type.pointers !== 1 || type.dims.length > 0 || type.isFunction === true) return undefined;
  const tag = structOf(type, place.scope)?.tag ?? type.base;
  if (!tag.startsWith('struct ') || tag === base) return undefined;
  return structOf({ base, pointers: 0, dims: [], isConst: false }, place.scope)?.tag === tag ? undefined : tag;
}

/** True for an argument that is a macro which expands to several. */
function isSeveral(arg: Expr, place: Place): boolean {
  const name = arg.kind === 'name' ? arg.name : arg.kind === 'call' && arg.callee.kind === 'name' ? arg.callee.name : undefined;
  if (arg.kind === 'unknown') return true;
  const macro = name === undefined ? undefined : place.program.findMacro(name, place.file);
  if (macro === undefined) return false;
  let depth = 0;
  for (const c of macro.def.body) {
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) return true;
  }
  return false;
}
