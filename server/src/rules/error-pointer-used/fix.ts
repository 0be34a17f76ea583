/** `IS_ERR(p)` for a test against NULL, and `PTR_ERR(p)` for the errno that is returned. */
import type { Span } from '../../syntax/ast.js';
import type { Fix, TextEdit } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { behindDeclarations, insertAfter, statementAt } from '../statements.js';
import { edit } from '../style.js';
import { testLines, waysOut } from '../ways-out.js';

/** The test, and the return right behind it when it gives a made-up errno. */
export function fixNullTest(test: Span, name: string, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const at = (start: number, end: number, newText: string): TextEdit => edit(fn.file.path, fn.item.start, start, end, newText);
  const written = text.slice(test.start, test.end).replace(/\s+/g, '');
  let { start } = test;
  let isFailure: boolean;
  if (written === name) {
    const not = /!\s*$/.exec(text.slice(0, start));
    isFailure = not !== null;
    if (not !== null) start = not.index;
  } else if (written === `${name}==NULL` || written === `${name}==0`) isFailure = true;
  else if (written === `${name}!=NULL` || written === `${name}!=0`) isFailure = false;
  else return [];
  const edits = [at(start, test.end, `${isFailure ? '' : '!'}IS_ERR(${name})`)];
  const back = isFailure ? /^\)\s*(?:\{\s*)?return\s+(-E[A-Z0-9]+)\s*;/.exec(text.slice(test.end)) : null;
  if (back?.[1] !== undefined) {
    const from = test.end + back[0].lastIndexOf(back[1]);
    edits.push(at(from, from + back[1].length, `PTR_ERR(${name})`));
  }
  return [{ title: `Test \`${name}\` with IS_ERR`, safety: 'safe', edits }];
}

/** The test that is missing, behind the statement that takes the pointer from a call. */
export function fixUntested(call: Span, name: string, context: FunctionContext): readonly Fix[] {
  const placed = statementAt(context, call);
  if (placed === undefined || (placed.stmt.kind !== 'expr' && placed.stmt.kind !== 'decl')) return [];
  const behind = behindDeclarations(placed);
  return waysOut(context, behind.stmt.end, `PTR_ERR(${name})`).flatMap((way) => {
    const edits = insertAfter(context, behind, testLines(`IS_ERR(${name})`, way));
    return edits === undefined ? [] : [{ title: `Test \`${name}\` with IS_ERR, and ${way.words}`, safety: 'suggested' as const, edits }];
  });
}
