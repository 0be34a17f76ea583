/** What the engine tells the rules, and the summaries it makes of functions. */
import type { Contract, Need } from '../contracts/schema.js';
import type { FunctionDef } from '../program/types.js';
import type { Expr, Span } from '../syntax/ast.js';
import type { Cfg, CfgNode } from './cfg.js';
import type { Constraint, ObjectKind, Site, State, Trail } from './state.js';
import type { Loc, Term } from './term.js';
import type { TypeScope } from './types.js';

/** States of pages, as bits. */
export const PAGES = { raw: 1, init: 2, mapped: 4, unmapped: 8, freed: 16, lost: 32, entry: 64 } as const;
/** Modes of a lock, as bits. */
export const LOCK = { none: 1, read: 2, write: 4, callerRead: 8, callerWrite: 16, callerAny: 32, lost: 64 } as const;
/** States of a DMA mapping, as bits. */
export const DMA = { unchecked: 1, ok: 2, failed: 4, stored: 8 } as const;

/** When it was asked whether pages are valid, as bits: under the present hold of the notifier lock, or under one given up since. */
export const ASKED = { now: 1, before: 2 } as const;
/** Key of the mark that says so; it stands on any path once one has asked. */
export { askedMark } from './state.js';

/** Prefix of the mark of an object whose notifier was published, and its bits: it is called, or it was taken away. */
export const livePrefix = 'mark:live:';
/** See `livePrefix`. */
export const LIVE = { called: 1, removed: 2 } as const;

/** Result of looking at a need in a state. `inherited` depends on what the caller brings. */
export type Verdict = 'ok' | 'bad' | 'inherited' | 'unknown';

/** Kinds of needs that are looked at: those of contracts, and those that accesses make. */
export type NeedKind = Need['need'] | 'freed' | 'guarded' | 'flags-read' | 'flags-write';

/** Where a need first arose, for reports at the right place. */
export interface Origin {
  readonly fn: FunctionDef;
  readonly span: Span;
  /** Name of the called function or member that needs it. */
  readonly what: string;
  readonly kind: NeedKind;
  readonly id: string;
  readonly contract: Contract | undefined;
}

/** A lock that an alternative asks for, by the address of the lock. */
export interface HeldLock {
  readonly lock: Term;
  readonly mode: 'read' | 'write' | undefined;
}

/** A need handed to callers. */
export interface InheritedNeed {
  readonly origin: Origin;
  readonly kind: NeedKind;
  readonly mode: 'read' | 'write' | undefined;
  /** The lock, pages, range or flag, in terms of parameters. */
  readonly subject: Term;
  /** For `context`: the lock beside the flag. */
  readonly lock: Loc | undefined;
  readonly trail: Trail | undefined;
  readonly depth: number;
  /** For an assert of alternatives: the locks of each of them; one of them must be held in full. */
  readonly alternatives?: readonly (readonly HeldLock[])[];
  /** What holds of things a caller can name where the need arises: one list for each way there; it arises when all of a list holds. */
  readonly ways: readonly Conds[];
}

/** What is known of things that a caller can name. */
export type Conds = readonly { readonly term: Term; readonly constraint: Constraint }[];

/** Something done inside that some contexts forbid. */
export interface Deed {
  readonly what: string;
  readonly doing: string;
  readonly origin: Site;
  readonly conds: readonly { readonly term: Term; readonly constraint: Constraint }[];
  /** The locks (by class) dropped here before it was done: then the context changed. */
  readonly chain: readonly Site[];
}

/** One way a function returns, in terms of its parameters. */
export interface Outcome {
  readonly ret: Term | undefined;
  readonly retConstraint: Constraint;
  readonly conds: readonly { readonly term: Term; readonly constraint: Constraint }[];
  readonly objects: readonly ObjectEffect[];
  readonly writes: readonly { readonly loc: Loc; readonly term: Term | undefined; readonly zero: boolean }[];
  readonly trail: Trail | undefined;
  /** True when the path called through a pointer. */
  readonly indirect: boolean;
  /** True when states were joined for lack of room. */
  readonly joined: boolean;
}

/** What a return leaves of an object: `bits` with the entry bit meaning unchanged. */
export interface ObjectEffect {
  readonly kind: ObjectKind;
  readonly term: Term;
  readonly prefix: string;
  readonly bits: number;
  readonly count: number;
  readonly detail: string;
  readonly site: Site | undefined;
}

/** A function's summary. */
export interface Summary {
  readonly key: string;
  readonly outcomes: readonly Outcome[];
  readonly needs: readonly InheritedNeed[];
  readonly deeds: readonly Deed[];
  /** Parameters that escape: stored or given to the unknown. */
  readonly escapes: readonly number[];
  /** Parameters whose memory may be freed or kept, while references on them stay the caller's. */
  readonly memoryEscapes: readonly number[];
  /** Lock classes surely not held at entry: the function takes them. */
  readonly entryFree: ReadonlySet<string>;
  /** Lock classes dropped that the function did not take itself: something that it calls may have taken them. */
  readonly handsBack: ReadonlySet<string>;
  /** True when nothing may be concluded: recursion, no body, or it did not parse. */
  readonly unknown: boolean;
  /** What calls of this function established of needs elsewhere: origin id to verdict counts. */
  readonly verdicts: ReadonlyMap<string, { ok: number; bad: number; inherited: number; unknown: number }>;
  /** How the notifier lock stands at calls of functions of the program, by name. */
  readonly holds: ReadonlyMap<string, { ok: number; bad: number; inherited: number; unknown: number }>;
  readonly hash: string;
}

/** Frame of an event: the function it happens in. */
export interface Frame {
  readonly fn: FunctionDef;
  readonly cfg: Cfg;
  readonly scope: TypeScope;
  readonly node: CfgNode;
  /** Roles of the function in callback tables. */
  readonly roles: readonly string[];
}

/** What happened. Spans are relative to the function's item. */
export type FlowEvent =
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly contract: Contract | undefined;
      readonly expr: Expr & { readonly kind: 'call' };
      readonly args: readonly Term[];
      readonly result: Term;
      readonly discarded: boolean;
      readonly state: State;
    }
  | {
      readonly kind: 'need';
      readonly need: NeedKind;
      readonly mode: 'read' | 'write' | undefined;
      readonly verdict: Verdict;
      readonly subject: Term;
      readonly key: string;
      readonly span: Span;
      readonly origin: Origin;
      readonly inherited: InheritedNeed | undefined;
      readonly detail: string;
      readonly state: State;
      readonly expr: Expr | undefined;
    }
  | { readonly kind: 'lock-twice'; readonly lock: string; readonly key: string; readonly span: Span; readonly state: State }
  | {
      readonly kind: 'unlock';
      readonly lock: string;
      readonly key: string;
      readonly problem: 'unheld' | 'inherited' | 'mode' | 'none';
      readonly span: Span;
      readonly state: State;
      readonly held: number;
    }
  | {
      readonly kind: 'access';
      readonly expr: Expr & { readonly kind: 'member' };
      readonly loc: Loc;
      readonly write: boolean;
      readonly once: boolean;
      readonly state: State;
      readonly value: Expr | undefined;
    }
  | {
      readonly kind: 'pages';
      readonly to: string;
      readonly key: string;
      readonly before: number;
      readonly subject: Term;
      readonly span: Span;
      readonly state: State;
    }
  | { readonly kind: 'publish'; readonly expr: Expr; readonly subject: Term; readonly span: Span; readonly state: State }
  | { readonly kind: 'range'; readonly to: string; readonly subject: Term; readonly span: Span; readonly state: State }
  | {
      readonly kind: 'use-after';
      readonly what: string;
      readonly subject: Term;
      readonly key: string;
      readonly span: Span;
      readonly state: State;
    }
  | {
      readonly kind: 'release';
      readonly family: string;
      readonly subject: Term;
      readonly expr: Expr;
      readonly span: Span;
      readonly state: State;
      readonly held: boolean;
    }
  | {
      readonly kind: 'dma';
      readonly what: 'unmap' | 'overwrite' | 'use' | 'store';
      readonly key: string;
      readonly span: Span;
      readonly state: State;
      readonly detail: string;
      readonly before: string;
      readonly expr: Expr | undefined;
    }
  | { readonly kind: 'deed'; readonly deed: Deed; readonly span: Span; readonly state: State }
  | { readonly kind: 'overwrite'; readonly family: string; readonly key: string; readonly span: Span; readonly state: State }
  | { readonly kind: 'back'; readonly head: CfgNode & { readonly kind: 'iterate' }; readonly state: State }
  | {
      readonly kind: 'exit';
      readonly value: Term | undefined;
      readonly expr: Expr | undefined;
      readonly span: Span;
      readonly class: 'success' | 'failure' | 'unknown' | 'void';
      readonly state: State;
    };

/** Takes the events of one function's run, and is told when it is over. */
export type Sink = (event: FlowEvent, frame: Frame) => void;
