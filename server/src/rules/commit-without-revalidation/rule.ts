/** Device addresses handed on after a mapping, and nobody asked under the lock whether they still hold. */
import { coreFiles } from '../../contracts/generations.js';
import { flagsLock, guardedMembers, pagesTag, sequenceMember } from '../../contracts/protected.js';
import type { FlowEvent } from '../../flow/events.js';
import { ASKED, askedMark, LOCK, PAGES } from '../../flow/events.js';
import { type State, type Tracked, Z } from '../../flow/state.js';
import type { Loc, Term } from '../../flow/term.js';
import { memberOf } from '../../flow/types.js';
import type { Span } from '../../syntax/ast.js';
import { layoutsOf } from '../layout.js';
import { perFunction } from '../per-function.js';
import type { FunctionContext, Rule } from '../rule.js';
import { askers, asks, callersAsk } from './asks.js';
import { forgottenRange } from './siblings.js';

const ADDRESSES = guardedMembers.find((m) => m.use === 'through')?.member ?? '';
const MINE = LOCK.read | LOCK.write;

/** Why a place is reported. */
const WHY = {
  unproven:
    'the device is given addresses that an invalidation may just have taken back: nobody asked, since the notifier lock was taken, whether the pages are still valid; ask under the same hold, and retry when they are not',
  unasked:
    'what was prepared is committed unseen: the notifier lock is handed on to the commit, and nobody asks under it whether the pages are still valid; ask before returning, and fail when they are not',
  stale:
    'what was asked no longer holds: the notifier lock was given up since the pages were looked at, and is taken again for the commit; ask again under this hold',
  sequence:
    'a mapping that an invalidation has taken back is committed: the sequence number of its pages is read and never compared; ask whether an invalidation came since',
  sibling:
    'the device is given addresses that an invalidation may just have taken back: of other ranges it is asked here whether their pages are still valid, of this one it is not; ask, and retry when they are not',
} as const;

interface Notes {
  /** Returns without an error that leave the notifier lock held. */
  readonly handed: { readonly site: Span; readonly state: State; readonly asked: Tracked | undefined }[];
  /** Reads of a sequence number under the lock. */
  readonly sequences: Span[];
  /** Where the text of the last question ends; -1 without one. */
  lastAsked: number;
  isUnderLock: boolean;
  /** A function that always succeeds decides nothing. */
  mayFail: boolean;
}

const notes = perFunction<Notes>(() => ({ handed: [], sequences: [], lastAsked: -1, isUnderLock: false, mayFail: false }));

/** See README.md beside this file. */
export const commitWithoutRevalidation: Rule = {
  id: 'commit-without-revalidation',
  onEvent(event, frame, context) {
    if (event.kind === 'call') {
      const mine = notes(context);
      if (event.expr.end > mine.lastAsked && asks(event.name, context)) mine.lastAsked = event.expr.end;
      mine.isUnderLock ||= isHeld(event.state, context);
      if (event.state.joined || context.engine.contracts.isHarmless(event.name)) return;
      for (const arg of event.args) {
        const loc = addressesOf(arg);
        if (loc !== undefined) judge(event, loc, context);
      }
    } else if (event.kind === 'access' && event.expr.field === sequenceMember && !event.write) {
      if (memberOf(event.expr, frame.scope)?.structTag === pagesTag && isHeld(event.state, context) && isKept(event.expr, context))
        notes(context).sequences.push(event.expr);
    } else if (event.kind === 'exit') {
      if (event.value !== undefined && (event.state.constraint(event.value).bits & Z) === 0) notes(context).mayFail = true;
      handOn(event, context);
    }
  },
  finish(context) {
    if (coreFiles.has(context.fn.file.path)) return;
    const { handed, sequences, lastAsked, isUnderLock, mayFail } = notes(context);
    const asked = lastAsked >= 0;
    const report = (span: Span, why: keyof typeof WHY, state?: State): void =>
      context.report({ span, message: WHY[why], trail: state?.trail, keys: ['lock:'] });
    for (const { site, state, asked: mark } of handed) {
      if (mark?.bits === ASKED.before) report(site, 'stale', state);
      else if (!asked && mayFail && handed.every((one) => one.asked === undefined) && !callersAsk(context)) report(site, 'unasked', state);
    }
    const [sequence] = sequences;
    if (sequence !== undefined && sequence.start >= lastAsked) report(sequence, 'sequence');
    const forgotten = isUnderLock && asked ? forgottenRange(context, askers(context)) : undefined;
    if (forgotten !== undefined) report(forgotten, 'sibling');
  },
};

/** True for a value that is stored under a name, to be compared later. */
const isKept = (e: Span, context: FunctionContext): boolean =>
  /(?<![=!<>])=\s*$/.test(context.text.slice(0, e.start)) && /^\s*;/.test(context.text.slice(e.end));

function isHeld(state: State, context: FunctionContext): boolean {
  const bits = context.engine.classBits(state, flagsLock) ?? 0;
  return bits !== 0 && (bits & (LOCK.none | LOCK.lost)) === 0;
}

/** A function that may fail, and succeeds with the notifier lock held, hands a commit on to its caller. A wrapper that locks has no such result. */
function handOn(event: FlowEvent & { readonly kind: 'exit' }, context: FunctionContext): void {
  const { returnType } = context.ast;
  if (event.class !== 'success' || event.state.joined || returnType.pointers > 0 || returnType.base !== 'int') return;
  for (const [, object] of event.state.objects()) {
    if (object.kind !== 'lock' || object.detail !== flagsLock || object.site?.fn !== context.fn.key) continue;
    if ((object.bits & MINE) === 0 || (object.bits & ~MINE) !== 0) continue;
    notes(context).handed.push({ site: object.site.span, state: event.state, asked: event.state.object(askedMark) });
  }
}

/** The place of the address array that a value leads to. */
function addressesOf(value: Term): Loc | undefined {
  if (value.kind === 'load') return value.loc.path.at(-1) === ADDRESSES ? value.loc : undefined;
  return value.kind === 'addr' && value.loc.root.kind === 'pointee' ? addressesOf(value.loc.root.term) : undefined;
}

function judge(event: FlowEvent & { readonly kind: 'call' }, loc: Loc, context: FunctionContext): void {
  const key = `pages:${loc.key.slice(0, -ADDRESSES.length - 1)}`;
  const pages = event.state.object(key);
  // Mapped by whom? A check that was true says mapped too, until its lock is dropped.
  if (pages?.count === 1) return;
  // What was found invalid, or unmapped, is as bad.
  if (
    pages === undefined
      ? !isOwnHold(event.state, context) || coreFiles.has(context.fn.file.path)
      : (pages.bits & ~(PAGES.mapped | PAGES.unmapped)) !== 0
  )
    return;
  if (!isHeld(event.state, context) && asksLater(context)) return;
  // A walk that asks of each entry leaves no entry proven by name: having asked under this hold is what can be told.
  if (event.state.object(askedMark)?.bits === ASKED.now && isOfMany(loc, context)) return;
  context.report({ span: event.expr, message: WHY.unproven, trail: event.state.trail, keys: [key] });
}

/** True for pages of a container that keeps one object per device, inline or in an array of its own. */
function isOfMany(loc: Loc, context: FunctionContext): boolean {
  const many = layoutsOf(context.program, context.fn.file).filter(({ pages }) => pages.some((one) => one.isPointer || one.isArray));
  return many.some(({ pages }) => pages.some(({ path }) => new RegExp(`\\.${path.join('\\.')}\\b`).test(loc.key)));
}

/** True when the function itself took the notifier lock that is held: whatever was proven before, it was not under this hold. */
function isOwnHold(state: State, context: FunctionContext): boolean {
  let own = false;
  for (const [, object] of state.objects()) {
    if (object.kind !== 'lock' || object.detail !== flagsLock || object.bits === LOCK.none) continue;
    if ((object.bits & ~MINE) !== 0 || object.site?.fn !== context.fn.key) return false;
    own = true;
  }
  return own;
}

/** True when the function proves pages somewhere: what is prepared without the lock is thrown away then. */
function asksLater(context: FunctionContext): boolean {
  return new RegExp(`\\b(?:${askers(context).join('|')})\\s*\\(`).test(context.text);
}
