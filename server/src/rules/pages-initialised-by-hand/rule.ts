/** Members of pages assigned one by one where the tree has an initialiser. */
import { coreFiles, initPagesCall } from '../../contracts/generations.js';
import { pagesInitMembers, pagesTag } from '../../contracts/protected.js';
import { PAGES } from '../../flow/events.js';
import type { Loc } from '../../flow/term.js';
import { memberLoc, pointee } from '../../flow/term.js';
import { memberOf } from '../../flow/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { tagOf } from '../typed.js';
import { fixByHand } from './fix.js';

/** Assignments whose object some path has initialised before, by where they begin. */
const initialisedBefore = perFunction(() => new Set<number>());
/** Objects already reported. */
const reported = perFunction(() => new Set<string>());

/** See README.md beside this file. */
export const pagesInitialisedByHand: Rule = {
  id: 'pages-initialised-by-hand',
  onEvent(event, frame, context) {
    if (event.kind !== 'access' || !event.write || !pagesInitMembers.includes(event.expr.field)) return;
    if (memberOf(event.expr, frame.scope)?.structTag !== pagesTag) return;
    const pages = parentOf(event.loc);
    const bits = pages === undefined ? undefined : event.state.object(`pages:${pages.key}`)?.bits;
    if (bits !== undefined && bits !== PAGES.raw && (bits & PAGES.lost) === 0) initialisedBefore(context).add(event.expr.start);
  },
  onExpr(expr, _parent, context) {
    if (expr.kind !== 'assign' || expr.op !== '=' || coreFiles.has(context.fn.file.path)) return;
    const object = handMade(expr, context);
    // Facts last: few functions hang on them then.
    if (object === undefined || !context.program.facts.hasInitPages || initialisedBefore(context).has(expr.left.start)) return;
    const key = context.text.slice(object.start, object.end).replace(/\s+/g, '');
    if (reported(context).has(key)) return;
    reported(context).add(key);
    context.report({
      span: { start: expr.start, end: expr.end },
      message: `the next member added to the pages is forgotten here: they are set up one by one although the tree has \`${initPagesCall.name}\`; call it`,
      fixes: fixByHand(expr, object, context),
    });
  },
};

function parentOf(loc: Loc): Loc | undefined {
  if (loc.path.length === 0 || loc.root.kind !== 'pointee') return undefined;
  return memberLoc(pointee(loc.root.term), ...loc.path.slice(0, -1));
}

/** The pages that an assignment sets up; undefined for any other assignment. */
function handMade(expr: Expr & { readonly kind: 'assign' }, context: FunctionContext): Span | undefined {
  const { left, right } = expr;
  if (right.kind === 'compound') {
    return tagOf(left, context.scope) === pagesTag && right.type.base === pagesTag && right.type.pointers === 0 ? left : undefined;
  }
  if (left.kind !== 'member' || !pagesInitMembers.includes(left.field) || tagOf(left.object, context.scope) !== pagesTag) return undefined;
  const value = right.kind === 'cast' ? right.operand : right;
  if (value.kind === 'number' || (value.kind === 'name' && value.name === 'NULL')) return undefined;
  const isDevice = left.field !== 'notifier_seq';
  return isDevice || (value.kind === 'name' && value.name === initPagesCall.never) ? left.object : undefined;
}
