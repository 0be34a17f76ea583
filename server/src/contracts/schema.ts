/**
 * The terms in which kernel knowledge is written: what a function needs, what it does, what its result means.
 * References name things of a call: `0` is the first argument (a pointer stands for what it points to), `0.notifier_lock` a member of it,
 * `*0` the value stored where it points, `ret` the result. Users add to these tables with `gpusvm-contracts.json`.
 */

/** A thing of a call, see above. */
export type Ref = string;

/** What the values of a result mean. */
export type ResultKind =
  /** 0 or a negative errno. */
  | 'errno'
  /** A valid pointer or an error pointer, never NULL. */
  | 'errptr'
  /** A valid pointer or NULL. */
  | 'null'
  /** A valid pointer, NULL or an error pointer. */
  | 'errptr-or-null'
  /** True or false. */
  | 'bool'
  /** Non-zero on success (`try` functions, `kref_get_unless_zero`). */
  | 'nonzero'
  /** Never NULL, never an error. */
  | 'valid'
  /** Zero or positive. */
  | 'count'
  | 'value'
  | 'void';

/** How a lock is held. */
export type LockMode = 'read' | 'write';

/** Families of counted or owned resources. */
export type Family = 'range' | 'pagemap' | 'memory' | 'mm' | 'dma' | 'fence' | 'device' | 'object';

/** What a call does. */
export type Op =
  | { readonly op: 'lock'; readonly ref: Ref; readonly mode: LockMode }
  | { readonly op: 'unlock'; readonly ref: Ref; readonly mode?: LockMode }
  | { readonly op: 'downgrade'; readonly ref: Ref }
  /** The caller holds the lock, or the kernel warns. `modeBy`: index of an argument that tells the mode, 0 exclusive and 1 shared. */
  | { readonly op: 'assert-held'; readonly ref: Ref; readonly mode?: LockMode; readonly modeBy?: number }
  | { readonly op: 'assert-free'; readonly ref: Ref }
  /** Pages change their state. */
  | {
      readonly op: 'pages';
      readonly ref: Ref;
      readonly to: 'initialised' | 'mapped' | 'unmapped' | 'freed' /** What is told holds until the notifier lock is dropped. */;
      readonly proven?: boolean;
    }
  /** The pages of which this is the sequence number are proven mapped until the notifier lock is dropped. */
  | { readonly op: 'proven'; readonly ref: Ref }
  /** Others can see the object already: it comes from a tree or a list. */
  | { readonly op: 'shared'; readonly ref: Ref }
  /** Ranges: off the tree, marked unmapped, or (`all`) every range of a notifier or GPU SVM. */
  | { readonly op: 'range'; readonly ref: Ref; readonly to: 'removed' | 'marked' | 'none-left' }
  | {
      readonly op: 'acquire';
      readonly ref: Ref;
      readonly family: Family;
      readonly releasedBy?: string;
      readonly zeroed?: boolean;
      readonly array?: boolean;
    }
  | { readonly op: 'release'; readonly ref: Ref; readonly family: Family }
  /** The callee keeps the pointer: ownership or a lasting link is handed over. */
  | { readonly op: 'keep'; readonly ref: Ref }
  | { readonly op: 'publish'; readonly ref: Ref }
  /** What was published is called from now on, or no longer. */
  | { readonly op: 'live' | 'unpublish'; readonly ref: Ref }
  | {
      readonly op: 'dma-map';
      readonly handle: Ref;
      readonly device?: Ref;
      readonly size?: Ref;
      readonly direction?: Ref;
      readonly checkedBy: 'dma-check' | 'errno' | 'zero';
    }
  | { readonly op: 'dma-check'; readonly handle: Ref }
  | { readonly op: 'dma-unmap'; readonly handle: Ref; readonly device?: Ref; readonly size?: Ref; readonly direction?: Ref }
  /** The failure must be looked at: going on as if it had worked uses what was not mapped. */
  | { readonly op: 'unlooked' }
  /** Memory becomes zero; `when` names an argument that must be 0 for it. */
  | { readonly op: 'zero'; readonly ref: Ref; readonly when?: number }
  /** The object is being made: nobody else can see it yet. */
  | { readonly op: 'made'; readonly ref: Ref }
  /** Tells that the driver was told to evict, which is what a mixed placement asks for. */
  | { readonly op: 'evict'; readonly ref: Ref }
  /** The condition holds from here on (assertion macros). */
  | { readonly op: 'assume'; readonly ref: Ref }
  /** The function does not return. */
  | { readonly op: 'stop' };

/** What must be true when a call is made. */
export type Need =
  | { readonly need: 'held'; readonly ref: Ref; readonly mode?: LockMode }
  | { readonly need: 'free'; readonly ref: Ref }
  /** The driver's lock of a GPU SVM object is held. */
  | { readonly need: 'driver-lock'; readonly ref: Ref }
  | { readonly need: 'initialised'; readonly ref: Ref }
  /** Pages of the range are not mapped. */
  | { readonly need: 'unmapped'; readonly ref: Ref }
  /** Pages of every range are not mapped. */
  | { readonly need: 'all-unmapped'; readonly ref: Ref }
  /** A flag of a context agrees with the mode of a lock: set exactly where it is held for write. */
  | { readonly need: 'context'; readonly flag: Ref; readonly lock: Ref }
  | { readonly need: 'alive'; readonly ref: Ref };

/** What may happen inside that some contexts forbid. */
export type Doing = 'sleep' | 'alloc' | 'mmap-lock' | 'driver-lock' | 'resv-lock' | 'fault' | 'remove';

/** The contract of one function or function-like macro. */
export interface Contract {
  readonly name: string;
  /** In kernel terms: what it needs and does, for hovers. */
  readonly words: string;
  /** File and function or document that says so. */
  readonly source: string;
  readonly result?: ResultKind;
  readonly needs?: readonly Need[];
  /** Done on every return. */
  readonly ops?: readonly Op[];
  /** Done on success only. */
  readonly ok?: readonly Op[];
  /** Done on failure only. */
  readonly fail?: readonly Op[];
  readonly does?: readonly Doing[];
  /** True when the result must be looked at. */
  readonly mustCheck?: boolean;
  /** True when the call changes nothing that is tracked: logging, statistics, size queries. */
  readonly harmless?: boolean;
  /** The result is this argument. */
  readonly returns?: number;
  /** The result is a pure function of the arguments: equal calls give equal results. */
  readonly pure?: boolean;
  /** Index of an argument that, unless it is NULL, has a context look after the lock: nothing is said of it then. */
  readonly underContext?: number;
  /** Index of an argument that makes failure impossible when it is NULL; of a lock, its context as well. */
  readonly surelyWhenNull?: number;
  /** Index of a GFP argument: the allocation sleeps unless it says otherwise. */
  readonly gfp?: number;
  /** Lifecycle anchor. */
  readonly lifecycle?: string;
}

/** A loop macro that walks ranges, notifiers or lists. */
export interface IteratorContract {
  readonly name: string;
  /** Arguments given a fresh element each round. */
  readonly elements: readonly number[];
  readonly walks: 'ranges' | 'notifiers' | 'list';
  /** Argument that holds what is walked. */
  readonly container: number;
  /** True when the body may remove the element. */
  readonly safe: boolean;
  /** Arguments that bound the walk: start and end. */
  readonly bounds?: readonly [number, number];
  readonly source: string;
}

/** A scope-bound lock: `guard(name)(lock)`, `scoped_guard(name, lock)`. */
export interface GuardContract {
  readonly name: string;
  readonly mode: LockMode;
  readonly source: string;
}

/** What a function that stands in a callback table may rely on, and must do. */
export interface CallbackContract {
  readonly structTag: string;
  readonly member: string;
  readonly words: string;
  readonly source: string;
  /** Locks held on entry: member paths from a parameter, as a Ref. */
  readonly held?: readonly { readonly ref: Ref; readonly mode: LockMode }[];
  /** True when no lock of the notifier's kind is held on entry: it is called from outside the driver. */
  readonly outside?: boolean;
  /** What a call through the table does. */
  readonly call?: Contract;
  /** Role in a lifecycle. */
  readonly role?:
    | 'invalidate'
    | 'range-free'
    | 'range-alloc'
    | 'notifier-invalidate'
    | 'pages-get'
    | 'pages-put'
    | 'bind'
    | 'unbind'
    | 'entry';
  readonly result?: ResultKind;
  readonly lifecycle?: string;
  /** What the callback's first parameter points to, where the tables do not say it (`callbackSubjects`). */
  readonly subject?: string;
}

/** A lock that is told apart from others of its member name. Tables of a tree only: the built-in locks have names of their own. */
export interface LockContract {
  /** `struct tag.member`: its class in states and messages. */
  readonly name: string;
  readonly struct: string;
  readonly member: string;
  /** `notifier`: guards validity and addresses, and invalidations take it; `driver`: serialises insertion and removal of ranges. */
  readonly role?: 'notifier' | 'driver';
  readonly words?: string;
  readonly source: string;
}

/** A struct of a driver that owns pages, mappings or ranges. */
export interface OwnerContract {
  readonly struct: string;
  /** What it owns, in words. */
  readonly owns: string;
  readonly releasedBy?: string;
  readonly source: string;
}
