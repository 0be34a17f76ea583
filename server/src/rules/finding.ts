/** What a rule reports. Offsets are half-open UTF-16 offsets into the named file; lines and columns exist only at the edges (`lsp/`, `cli/`). */

/** Severity of a finding; `error` > `warning` > `information`. */
export type Severity = 'error' | 'warning' | 'information';

/** A place in a file of the tree. `file` is relative to the tree, with `/`. */
export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** One step of the path that leads to the finding, in order of execution. At most twelve per finding. */
export interface TraceStep extends Place {
  readonly message: string;
}

/** One replacement of text. */
export interface TextEdit extends Place {
  readonly newText: string;
}

/** A quick fix: `safe` enters fix-all, `suggested` is offered alone. Several suggested ones of a finding are alternatives, likeliest first: the first that is proved to hold is the one to offer. */
export interface Fix {
  readonly title: string;
  readonly safety: 'safe' | 'suggested';
  readonly edits: readonly TextEdit[];
}

/** A finding. */
export interface Finding extends Place {
  readonly rule: string;
  readonly severity: Severity;
  /** Function that holds it; empty at file scope. */
  readonly function: string;
  /** Consequence, reason, remedy. */
  readonly message: string;
  readonly trace: readonly TraceStep[];
  readonly fixes: readonly Fix[];
  /** Survives moved lines: rule, function, normalised statement, counter. Hex, 16 characters. */
  readonly fingerprint: string;
}

/** A part of the sources that was not analysed, and why. */
export interface Limit extends Place {
  readonly function: string;
  readonly reason: string;
}

/** Static facts of a rule, beside its check. */
export interface RuleMeta {
  readonly id: string;
  readonly severity: Severity;
  /** One line, for lists and SARIF. */
  readonly summary: string;
  readonly fix: 'safe' | 'suggested' | 'none';
  /** Anchor in docs/lifecycle.md. */
  readonly lifecycle: string;
  readonly group: 'ownership' | 'notifier' | 'locks' | 'flags' | 'errors' | 'references' | 'dma';
}
