/** Ways out of a function for a failure that is found at a place: the label that its neighbours use, or a return. */
import type { FunctionContext } from './rule.js';

/** How a failure leaves: the statements, and what they are in words. */
export interface WayOut {
  readonly lines: readonly string[];
  readonly words: string;
}

/** Names of labels that undo, or that end a function. */
const undoing = /(?:^|_)(?:err|error|fail|failed|out|free|put|unlock|undo|abort|unwind|cleanup|done|end|unmap|release|exit)(?:_|$|\d)/;

/** Names that variables for an errno have. */
const errnoNames = ['err', 'ret', 'r', 'rc', 'error'];

/** True for a function that returns 0 or an errno. */
export const returnsErrno = ({ ast: { returnType } }: FunctionContext): boolean =>
  returnType.pointers === 0 && /^(?:int|long|ssize_t|s32|s64)$/.test(returnType.base);

/** The local int that the function keeps its errors in; undefined when it has none. */
export function errnoVariable(context: FunctionContext): string | undefined {
  return errnoNames.find((name) => {
    const type = context.scope.local(name);
    return type !== undefined && type.pointers === 0 && /^(?:int|long|ssize_t)$/.test(type.base);
  });
}

/**
 * Ways out at an offset for an error (`-EFAULT`, `err`, `PTR_ERR(p)`), best first: what the neighbours do comes before what is always possible.
 * None where the function has no way to tell of a failure and leaves early nowhere.
 */
export function waysOut(context: FunctionContext, at: number, error: string): readonly WayOut[] {
  const { text } = context;
  const labels = labelsNear(text, at).flatMap((label) => toLabel(context, label, error));
  const back = returning(context, error);
  const returns = back === undefined ? [] : [{ lines: [back], words: `\`${back.replace(/;$/, '')}\`` }];
  // Jumps before the place say that there is something to undo here already; where all of them come later there may be nothing yet.
  const jumpsBefore = /\bgoto\s+\w+\s*;/.test(text.slice(0, at));
  return jumpsBefore ? [...labels, ...returns] : [...returns, ...labels];
}

/** Labels behind a place that jumps lead to, the nearest jump first: what a failure here has to undo is what its neighbours undo. */
function labelsNear(text: string, at: number): readonly string[] {
  const near = new Map<string, number>();
  for (const jump of text.matchAll(/\bgoto\s+(\w+)\s*;/g)) {
    const label = jump[1] ?? '';
    const place = text.search(new RegExp(`^ ?${label}:(?!:)`, 'm'));
    // A jump above says more than one below: that one may undo what is done in between.
    const distance = jump.index < at ? at - jump.index : 4 * (jump.index - at);
    if (place > at && undoing.test(label) && distance < (near.get(label) ?? Infinity)) near.set(label, distance);
  }
  return [...near].sort((a, b) => a[1] - b[1]).map(([label]) => label);
}

/** The jump, with the error put where the label's return takes it from. */
function toLabel(context: FunctionContext, label: string, error: string): readonly WayOut[] {
  const { text } = context;
  const start = text.search(new RegExp(`^ ?${label}:(?!:)`, 'm'));
  const jump = `goto ${label};`;
  const words = `jump to \`${label}\``;
  const value = /\breturn\b\s*([^;]*);/.exec(text.slice(start))?.[1]?.trim();
  if (value === undefined || value === '') return context.ast.returnType.base === 'void' ? [{ lines: [jump], words }] : [];
  const variable = /^(?:ERR_PTR\(\s*)?(\w+)\)?$/.exec(value)?.[1];
  if (variable === error) return [{ lines: [jump], words }];
  const type = variable === undefined ? undefined : context.scope.local(variable);
  if (variable !== undefined && type !== undefined) {
    if (type.pointers > 0) return value === variable ? [{ lines: [`${variable} = ERR_PTR(${error});`, jump], words }] : [];
    return [{ lines: [`${variable} = ${error};`, jump], words }];
  }
  return /^(?:-E[A-Z0-9]+|ERR_PTR\(-E[A-Z0-9]+\)|NULL|false)$/.test(value) ? [{ lines: [jump], words }] : [];
}

/** The return that tells of the error. */
function returning(context: FunctionContext, error: string): string | undefined {
  const { returnType } = context.ast;
  const { text } = context;
  if (returnsErrno(context)) return `return ${error};`;
  if (returnType.pointers === 1) {
    if (/\breturn\s+NULL\s*;/.test(text)) return 'return NULL;';
    const ofPointer = /^PTR_ERR\((\w+)\)$/.exec(error)?.[1];
    if (/\bERR_(?:PTR|CAST)\s*\(/.test(text))
      return ofPointer === undefined ? `return ERR_PTR(${error});` : `return ERR_CAST(${ofPointer});`;
    return undefined;
  }
  if (returnType.pointers > 0) return undefined;
  if (returnType.base === 'bool') return /\breturn\s+false\s*;/.test(text) ? 'return false;' : undefined;
  return returnType.base === 'void' ? 'return;' : undefined;
}

/** The errno that the function, or its file, answers with where a call of this name fails; `otherwise` where none is seen. */
export function errnoBehind(context: FunctionContext, call: string, otherwise: string): string {
  const pattern = new RegExp(`\\b${call}\\s*\\([^;{}]{0,160}\\)\\s*\\{?\\s*(?:return\\s+|\\w+\\s*=\\s*)(?:ERR_PTR\\()?(-E[A-Z0-9]+)`);
  return pattern.exec(context.text)?.[1] ?? pattern.exec(context.fn.file.text)?.[1] ?? otherwise;
}

/** A test with its way out, as lines. */
export const testLines = (test: string, { lines }: WayOut): readonly string[] =>
  lines.length === 1 ? [`if (${test})`, `\t${lines[0] ?? ''}`] : [`if (${test}) {`, ...lines.map((line) => `\t${line}`), '}'];

/**
 * Jumps that can stand in for a return: to labels behind it from which a call (as it is written) is made on the way to a return of the same
 * value; the label with the least to undo beside it comes first.
 */
export function jumpsTo(context: FunctionContext, exit: { readonly start: number }, value: string, call: string): readonly WayOut[] {
  const { text } = context;
  const wanted = call.replace(/\s+/g, '');
  const found: WayOut[] = [];
  for (const match of text.matchAll(/^ ?(\w+):(?!:)/gm)) {
    const label = match[1] ?? '';
    if (match.index < exit.start || !new RegExp(`\\bgoto\\s+${label}\\s*;`).test(text)) continue;
    const tail = text.slice(match.index);
    const end = /\breturn\b\s*([^;]*);/.exec(tail);
    const way = tail.slice(0, end?.index ?? tail.length).replace(/\s+/g, '');
    if (!way.includes(`${wanted};`)) continue;
    if (value === '' || end?.[1]?.trim() === value) found.unshift({ lines: [`goto ${label};`], words: `jump to \`${label}\`` });
    else if (/^(?:-E[A-Z0-9]+|\w+)$/.test(value)) found.unshift(...toLabel(context, label, value));
  }
  return found;
}
