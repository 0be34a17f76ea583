/** A reference on a pagemap that a path takes and loses, or that an assignment overwrites. */
import type { Family } from '../../contracts/schema.js';
import type { FlowEvent, Frame } from '../../flow/events.js';
import { ownerOf } from '../../flow/keys.js';
import { P } from '../../flow/state.js';
import { localLoc } from '../../flow/term.js';
import { memberOf } from '../../flow/types.js';
import type { FunctionDef } from '../../program/types.js';
import { driverRoot } from '../drivers.js';
import { fixByJump, fixLeak } from '../leak-fix.js';
import { exitsOf, keepExit, lossesOf, obtainedBy, releaseOf } from '../leaks.js';
import type { FunctionContext, Rule } from '../rule.js';
import { undoneSteps } from '../unwinding.js';
import { walkExprs } from '../walk.js';
import { fixOverwritten } from './fix.js';
import { forgottenReference } from './owners.js';

const PAGEMAPS: ReadonlySet<Family> = new Set<Family>(['pagemap']);

/** See README.md beside this file. */
export const pagemapReferenceLeak: Rule = {
  id: 'pagemap-reference-leak',
  onEvent(event, frame, context) {
    keepExit(event, context);
    if (event.kind === 'access' && event.write) overwritten(event, frame, context);
    if (event.kind === 'call' && event.contract === undefined) for (const arg of event.args) given(context).add(arg.key);
  },
  finish(context) {
    const places = new Set<number>();
    const forgotten = forgottenReference(context);
    if (forgotten !== undefined) {
      const what = {
        freed: `the struct is freed, and the reference in its \`${forgotten.name}\` is not dropped`,
        overwritten: `the whole struct is copied over, and the reference in its \`${forgotten.name}\` is not dropped`,
        cleared: `\`${forgotten.name}\` takes references, and this, its twin, clears the pointers without dropping any`,
      }[forgotten.how];
      context.report({ span: forgotten.span, message: `the device's memory and its module are never given back: ${what}; drop it before` });
    }
    for (const { event, old, structTag } of clearedIn.get(context) ?? []) judgeCleared(event, old, structTag, context);
    for (const loss of lossesOf(context, PAGEMAPS, false)) {
      const { exit, key, object } = loss;
      const taken = obtainedBy(context, object);
      context.report({
        span: exit.span,
        message: `the device's memory and its module are never given back: ${taken === '' ? 'a reference on the pagemap' : `the reference of \`${taken}\``} is lost on this path; drop it with \`${releaseOf(context, 'pagemap', taken)}\` before leaving`,
        trail: exit.state.trail,
        keys: [key],
        fixes: fixLeak(loss, releaseOf(context, 'pagemap', taken), context),
      });
      places.add(exit.span.start);
    }
    if (places.size > 0) return;
    for (const { made, back, undoer, subject } of undoneSteps(context, PAGEMAPS))
      context.report({
        span: back.span,
        message: `the device's memory and its module are never given back: this error path keeps the pagemap references of a step that \`${undoer}\` undoes, while it undoes others; undo this one as well`,
        fixes: fixByJump(back.span, `${undoer}(${subject})`, context),
        because: [{ fn: context.fn, span: made, message: 'takes the references' }],
      });
  },
};

/** A store over a member that owns what it points to. */
function overwritten(event: FlowEvent & { readonly kind: 'access' }, frame: Frame, context: FunctionContext): void {
  const { state, loc } = event;
  if (state.joined || loc.root.kind === 'local' || event.value === undefined) return;
  const info = memberOf(event.expr, frame.scope);
  if (info === undefined || info.member.type.pointers !== 1) return;
  const family = ownedFamily(context, info.member.type.base);
  if (family === undefined || context.engine.isFresh(state, loc) || context.engine.beingMade(context.fn, state, loc)) return;
  const old = state.read(loc);
  if ((state.constraint(old).bits & P) === 0 || (state.object(`held:${old.key}`)?.count ?? 0) < 0 || old.kind === 'fresh') return;
  if (event.value.kind === 'name' && event.value.name === 'NULL') {
    clearedIn.set(context, [...(clearedIn.get(context) ?? []), { event, old: old.key, structTag: info.structTag }]);
    return;
  }
  // Kept in a variable until it is dropped.
  for (const cell of state.cells()) if (cell.term.key === old.key && cell.loc.key !== loc.key) return;
  const incoming = newReference(event, context);
  if (!incoming || !isPutElsewhere(context, info.structTag, event.expr.field)) return;
  context.report({
    span: event.expr,
    message: `the pagemap that \`${event.expr.field}\` pointed to is never given back: its reference is overwritten; take the new reference, drop the old one, then store`,
    trail: state.trail,
    keys: [`held:${old.key}`],
    fixes: fixOverwritten(event.expr, releaseOf(context, family, ''), context),
  });
}

const clearedIn = new WeakMap<
  FunctionContext,
  readonly { readonly event: FlowEvent & { readonly kind: 'access' }; readonly old: string; readonly structTag: string }[]
>();
const givenIn = new WeakMap<FunctionContext, Set<string>>();

/** Values that were given to some function in this run. */
function given(context: FunctionContext): Set<string> {
  let set = givenIn.get(context);
  if (set === undefined) {
    set = new Set();
    givenIn.set(context, set);
  }
  return set;
}

/** An owning member set to NULL: what it pointed to must have been dropped, handed on, or kept elsewhere. */
function judgeCleared(event: FlowEvent & { readonly kind: 'access' }, old: string, structTag: string, context: FunctionContext): void {
  if (given(context).has(old) || !isPutElsewhere(context, structTag, event.expr.field)) return;
  for (const cell of event.state.cells())
    if (cell.term.key === old && cell.loc.key !== event.loc.key && cell.loc.root.kind !== 'local') return;
  // Kept in a variable, to be dropped later; without one there is no later.
  const isAtHand = [...event.state.cells()].some((cell) => cell.loc.root.kind === 'local' && cell.term.key === old);
  if (exitsOf(context).some((exit) => exit.value?.key === old || (isAtHand && (exit.state.object(`held:${old}`)?.count ?? 0) < 0))) return;
  context.report({
    span: event.expr,
    message: `the pagemap that \`${event.expr.field}\` pointed to is never given back: the pointer is cleared and its reference is not dropped; drop it before`,
    trail: event.state.trail,
    keys: [`held:${old}`],
  });
}

/** Pagemaps are the pointers whose reference a table's release takes. */
function ownedFamily(context: FunctionContext, base: string): string | undefined {
  for (const contract of context.engine.contracts.all) {
    const release = contract.ops?.find((op) => op.op === 'release' && op.family === 'pagemap');
    if (release === undefined) continue;
    const type = context.program.findSignature(contract.name, context.fn.file)?.params[0]?.type;
    if (type !== undefined) return type.base === base && type.pointers === 1 ? 'pagemap' : undefined;
  }
  return undefined;
}

/** True when the value stored carries a reference: it was taken on this path, or the store takes it. */
function newReference(event: FlowEvent & { readonly kind: 'access' }, context: FunctionContext): boolean {
  const { value, state } = event;
  if (value === undefined) return false;
  if (value.kind === 'call' && value.callee.kind === 'name') {
    const contract = context.engine.contracts.of(value.callee.name);
    return [...(contract?.ops ?? []), ...(contract?.ok ?? [])].some((op) => op.op === 'acquire' && op.family === 'pagemap');
  }
  if (value.kind !== 'name') return false;
  for (const [key, object] of state.objects()) {
    if (object.kind !== 'held' || object.detail !== 'pagemap' || object.count <= 0 || object.term === undefined) continue;
    if (ownerOf(state, state.read(localLoc(value.name))) === key) return true;
  }
  return false;
}

/** True when the driver drops what the member of that struct holds somewhere: then the member owns it. */
function isPutElsewhere(context: FunctionContext, structTag: string, field: string): boolean {
  const names = context.engine.contracts.all
    .filter((c) => c.ops?.some((op) => op.op === 'release' && op.family === 'pagemap'))
    .map((c) => c.name);
  const pattern = new RegExp(`\\b(?:${names.join('|')})\\s*\\([^;]*(?:->|\\.)${field}\\s*\\)`);
  const root = driverRoot(context.fn.file.path);
  const files = [
    context.fn.file,
    ...context.program.files().filter((file) => file.path.startsWith(root) && file.path !== context.fn.file.path),
  ];
  return files.some(
    (file) =>
      pattern.test(file.text) &&
      context.program
        .functionsIn(file)
        .some((fn) => pattern.test(file.text.slice(fn.item.start, fn.item.end)) && putsMember(context, fn, names, structTag, field)),
  );
}

/** True when a function gives the member of that struct to a release. */
function putsMember(context: FunctionContext, fn: FunctionDef, names: readonly string[], structTag: string, field: string): boolean {
  const ast = fn.ast();
  if (ast === undefined) return false;
  const types = context.engine.cfgOf(fn)?.types;
  const scope = { program: context.program, file: fn.file, local: (name: string) => types?.get(name) };
  let found = false;
  walkExprs(ast.body, (e) => {
    if (e.kind !== 'call' || e.callee.kind !== 'name' || !names.includes(e.callee.name)) return;
    const [arg] = e.args;
    if (arg?.kind === 'member' && arg.field === field && memberOf(arg, scope)?.structTag === structTag) found = true;
  });
  return found;
}
