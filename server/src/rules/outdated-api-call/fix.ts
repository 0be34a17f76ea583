/** The argument list of this tree. */
import { apiNames } from '../../contracts/api-names.js';
import { initCall, markCall } from '../../contracts/generations.js';
import { typeOf } from '../../flow/types.js';
import type { Expr, FunctionAst } from '../../syntax/ast.js';
import type { Fix } from '../finding.js';
import { containerText, layoutsOf, oneToOne } from '../layout.js';
import { arrayOf } from '../pages-array.js';
import { callText, columnAt, edit } from '../style.js';
import type { Place } from '../typed.js';

type Call = Expr & { readonly kind: 'call' };

/** Drops a device, or adds or drops the pages and their count. */
export function fixOutdatedCall(expr: Call, name: string, signature: FunctionAst, place: Place): readonly Fix[] {
  const args = expr.args.map((arg) => place.text.slice(arg.start, arg.end));
  const fitted =
    name === initCall.name
      ? initArgs(expr, args, signature, place)
      : name === markCall.name
        ? markArgs(expr, args, signature, place)
        : undefined;
  if (fitted === undefined || fitted.length !== signature.params.length) return [];
  const column = columnAt(place.file.text, place.base + expr.start);
  const newText = callText(name, fitted, column);
  const fix: Fix = {
    title: name === initCall.name ? 'Drop the device: each pages object is given its own' : 'Write the arguments that this tree takes',
    safety: 'suggested',
    edits: [edit(place.file.path, place.base, expr.start, expr.end, newText)],
  };
  return [fix];
}

function initArgs(expr: Call, args: readonly string[], signature: FunctionAst, place: Place): readonly string[] | undefined {
  const device = expr.args[initCall.device];
  if (args.length !== signature.params.length + 1 || device === undefined) return undefined;
  const type = typeOf(device, place.scope);
  const isDevice = type?.base === apiNames.deviceStruct || (type === undefined && /\bdrm\b/.test(args[initCall.device] ?? ''));
  return isDevice ? args.filter((_arg, index) => index !== initCall.device) : undefined;
}

function markArgs(expr: Call, args: readonly string[], signature: FunctionAst, place: Place): readonly string[] | undefined {
  const [range] = expr.args;
  const [rangeText, event] = [args[0], args.at(-1)];
  if (range === undefined || rangeText === undefined || event === undefined) return undefined;
  if (signature.params.length === 2 && args.length === 4) return [rangeText, event];
  if (signature.params.length !== 4 || args.length !== 2) return undefined;
  const one = oneToOne(place.program, place.file);
  if (one !== undefined) {
    const container = containerText(range, place.text, place.scope, one.layout);
    return container === undefined ? undefined : [rangeText, `&${container}->${one.pages}`, '1', event];
  }
  const [layout, other] = layoutsOf(place.program, place.file).filter((entry) => entry.pages.length > 0);
  if (layout === undefined || other !== undefined) return undefined;
  const array = arrayOf(place.program, layout);
  const container = containerText(range, place.text, place.scope, layout);
  if (array?.count === undefined || array.accessor === undefined || container === undefined) return undefined;
  return [rangeText, `${array.accessor}(${container})`, `${container}->${array.count}`, event];
}
