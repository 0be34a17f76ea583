/**
 * The requests and notifications that we add to the protocol, with their plain data. Offsets do not appear here: positions are
 * the protocol's (zero-based line and UTF-16 character). The client's copy of this file is written by `npm run generate`.
 */

/** A position in a document. */
export interface WirePosition {
  readonly line: number;
  readonly character: number;
}

/** A place that can be opened. */
export interface WirePlace {
  readonly uri: string;
  readonly start: WirePosition;
  readonly end: WirePosition;
}

/** `gpusvm/status` (server → client): how the last check of a document went. */
export interface StatusParams {
  readonly uri: string;
  readonly state: 'starting' | 'ready' | 'failed';
  /** Folder of the kernel tree; undefined for a lone file. */
  readonly tree?: string;
  /** In words: `ranges own pages`, `drivers own pages`, `no tree: built-in facts`. */
  readonly generation: string;
  readonly errors: number;
  readonly warnings: number;
  readonly informations: number;
  /** Milliseconds of the last check. */
  readonly time: number;
  /** Functions that were not analysed, in this document. */
  readonly limits: readonly { readonly function: string; readonly reason: string; readonly place: WirePlace }[];
}

/** A node of the ownership view. */
export interface OwnershipNode {
  /** Stable between refreshes: the path of names from the root. */
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly kind: 'driver' | 'struct' | 'pages' | 'step' | 'function' | 'finding' | 'callback';
  readonly place?: WirePlace;
  readonly severity?: 'error' | 'warning' | 'information';
  readonly children: readonly OwnershipNode[];
}

/** `gpusvm/ownership`: the ownership tree of a document's driver. Empty when it has none. */
export interface OwnershipResult {
  readonly roots: readonly OwnershipNode[];
}

/** `gpusvm/map`: the ownership map as SVG; every box carries its `data-id`, and those that lead somewhere are listed. */
export interface MapResult {
  readonly svg: string;
  readonly places: readonly { readonly id: string; readonly place: WirePlace }[];
  readonly title: string;
}

/** A step of the lifecycle view: a statement of the function, or a branch of it. */
export interface LifecycleStep {
  readonly place: WirePlace;
  readonly depth: number;
  readonly kind: 'call' | 'branch' | 'loop' | 'jump' | 'label' | 'return' | 'assign' | 'scope';
  /** The statement, squeezed to a line. */
  readonly text: string;
  /** Part in the lifecycle, for calls. */
  readonly stage?: string;
  readonly objects: readonly { readonly name: string; readonly state: string; readonly isChanged: boolean }[];
  readonly locks: readonly { readonly name: string; readonly mode: string; readonly isChanged: boolean }[];
  /** Findings that name this step, as `finding index`/`step number`; step 0 is the finding itself. */
  readonly marks: readonly { readonly finding: number; readonly step: number }[];
}

/** `gpusvm/lifecycle`: one function's control flow as a strip. */
export interface LifecycleResult {
  readonly function: string;
  readonly role: string;
  readonly place: WirePlace;
  readonly steps: readonly LifecycleStep[];
  readonly findings: readonly {
    readonly rule: string;
    readonly severity: 'error' | 'warning' | 'information';
    readonly message: string;
    readonly place: WirePlace;
    readonly trace: readonly { readonly message: string; readonly place: WirePlace }[];
  }[];
}

/** `gpusvm/roles`: the code that plays each part of the lifecycle in a document's tree, by anchor of the lifecycle page. */
export interface RolesResult {
  readonly roles: readonly { readonly anchor: string; readonly title: string; readonly name: string; readonly place: WirePlace }[];
}

/** `gpusvm/page`: a bundled page as Markdown. */
export interface PageParams {
  /** `lifecycle`, or a rule's id. */
  readonly page: string;
}
/** Answer of `gpusvm/page`; undefined text when there is no such page. */
export interface PageResult {
  readonly title: string;
  readonly text?: string;
  /** Pictures for anchors of the page. */
  readonly pictures?: readonly { readonly anchor: string; readonly title: string; readonly svg: string }[];
}

/** `gpusvm/environment`: a report for a bug, as Markdown; holds no text of the user's code. */
export interface EnvironmentResult {
  readonly text: string;
}

/** A file given to a review: a mail, an mbox, a patch, a saved thread. */
export interface ReviewInput {
  readonly name: string;
  readonly text: string;
}

/** `gpusvm/review`: reviews a series on the tree of a document or folder. Cancelled with its request. */
export interface ReviewParams {
  /** A document or folder of the tree. */
  readonly uri: string;
  readonly inputs: readonly ReviewInput[];
}

/** A finding of a patch. Positions are in the text of its side. */
export interface WireReviewFinding {
  readonly id: string;
  readonly verdict: 'introduced' | 'fixed' | 'pre-existing' | 'elsewhere';
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly function: string;
  readonly message: string;
  readonly file: string;
  readonly side: 'before' | 'after';
  readonly start: WirePosition;
  readonly end: WirePosition;
  readonly introducedBy?: string;
  readonly fixedBy?: string;
  readonly isUncertain: boolean;
  readonly trace: readonly { readonly message: string; readonly file: string; readonly start: WirePosition; readonly end: WirePosition }[];
}

/** A patch of a review. */
export interface WireReviewPatch {
  readonly index: number;
  readonly label: string;
  readonly title: string;
  readonly from: string;
  readonly files: readonly {
    readonly oldPath: string;
    readonly newPath: string;
    readonly change: string;
    readonly hunks: number;
    readonly failed: number;
  }[];
  readonly findings: readonly WireReviewFinding[];
  readonly problems: readonly string[];
}

/** Answer of `gpusvm/review`. */
export interface ReviewResult {
  /** Names the review in `gpusvm/reviewText` and `gpusvm/reviewReply`. */
  readonly review: number;
  readonly title: string;
  readonly patches: readonly WireReviewPatch[];
  readonly problems: readonly string[];
  readonly leftOfSeries: number;
  readonly leftOther: number;
  /** Milliseconds. */
  readonly time: number;
}

/** `gpusvm/reviewText`: a file before or after a patch; `gpusvm/reviewReply`: a mail reply to a patch. */
export interface ReviewTextParams {
  readonly review: number;
  readonly patch: number;
  readonly side: 'before' | 'after';
  readonly path: string;
}

/** A text, when there is one. */
export interface TextResult {
  readonly text?: string;
}

/** What the client says of itself at `initialize`. */
export interface InitializationOptions {
  /** The client runs our commands itself, and opens our pages by command links. */
  readonly hasCommands?: boolean;
  /** clangd runs beside us: its hover shows the kernel-doc comment. */
  readonly hasClangd?: boolean;
  /** The section `gpusvm`, for clients that do not answer `workspace/configuration`. */
  readonly settings?: unknown;
}
