/** Data of review mode: mails, diffs, series. Line numbers count from 1. */

/** One input as the caller read it: a file of a maildir, an mbox, a patch file, a saved page, the output of git. */
export interface PatchInput {
  /** Shown in problems: a file name, or `standard input`. */
  readonly name: string;
  /** Bytes where they are known, because mails may be in any encoding. */
  readonly content: string | Uint8Array;
}

/** Something that could not be used, and why, in one line. */
export interface ReviewProblem {
  /** Input, patch (`3/5`) or file that it is about. */
  readonly where: string;
  readonly message: string;
  /** Index of the patch, from 1, when it is about a patch. */
  readonly patch?: number;
  /** Line of that patch's text. */
  readonly patchLine?: number;
}

/** A mail, or what stands for one: an entry of `git log -p`, a bare diff. */
export interface Message {
  readonly source: string;
  /** Line of the source where the text starts; undefined when the text was decoded and has no lines of its own there. */
  readonly sourceLine: number | undefined;
  /** Decoded, as shown to people; empty when there is none. */
  readonly subject: string;
  readonly from: string;
  /** As written. */
  readonly date: string;
  /** Without angle brackets; empty when there is none. */
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  /** Headers as written, an empty line, the decoded body. Line ends are `\n`. */
  readonly text: string;
  /** Line of `text` where the body starts. */
  readonly bodyLine: number;
  /** An unchanging name of the commit, for messages from `git log`; empty otherwise. */
  readonly commit: string;
}

/** One line of a hunk. */
export interface HunkLine {
  readonly kind: 'context' | 'added' | 'removed';
  /** Without the mark in its first column and without the line end. */
  readonly text: string;
  readonly patchLine: number;
  /** True when "No newline at end of file" follows. */
  readonly endsWithoutNewline: boolean;
}

/** A hunk. */
export interface Hunk {
  /** Line of the `@@` line. */
  readonly patchLine: number;
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
  /** What stands behind the second `@@`. */
  readonly section: string;
  readonly lines: readonly HunkLine[];
  /** Undefined when the hunk has the lines that its header promises; else what is wrong. */
  readonly damage: string | undefined;
}

/** What a patch does to a file as a whole. */
export type FileChange = 'modified' | 'added' | 'deleted' | 'renamed' | 'copied';

/** The part of a patch about one file. Paths are as the patch has them, without the leading component. */
export interface FileDiff {
  readonly patchLine: number;
  readonly change: FileChange;
  readonly oldPath: string;
  readonly newPath: string;
  /** Paths with the leading component (`a/`, `b/`), for trees and patches made without it. */
  readonly rawOldPath: string;
  readonly rawNewPath: string;
  readonly oldMode: string;
  readonly newMode: string;
  readonly isBinary: boolean;
  /** Undefined, or why the file must not be touched (it leads outside the tree, it is a link). */
  readonly refusal: string | undefined;
  /** Abbreviated blob ids of the `index` line; empty when there is none. */
  readonly oldBlob: string;
  readonly newBlob: string;
  readonly hunks: readonly Hunk[];
}

/** What the tags of a subject say. */
export interface SubjectTags {
  readonly title: string;
  readonly isReply: boolean;
  readonly isPatch: boolean;
  readonly isResend: boolean;
  readonly version: number;
  /** Position in the series, 0 for the cover letter; undefined when not numbered. */
  readonly index: number | undefined;
  readonly total: number | undefined;
}

/** A patch of the series. */
export interface Patch {
  /** Position, from 1, in the order of application. */
  readonly index: number;
  /** `3/5`; or the title's start for a patch on its own. For people. */
  readonly label: string;
  /** Subject without tags. */
  readonly title: string;
  readonly tags: SubjectTags;
  readonly message: Message;
  /** The text's lines, without line ends; `patchLine` counts in here. */
  readonly lines: readonly string[];
  readonly files: readonly FileDiff[];
}

/** A series in order of application. */
export interface Series {
  readonly title: string;
  readonly version: number;
  /** Number of patches that the series says it has. */
  readonly total: number;
  readonly patches: readonly Patch[];
  readonly cover: Message | undefined;
  /** Commit that the series says it stands on (`base-commit:` trailer); undefined without one. */
  readonly baseCommit: string | undefined;
}

/** What reading gave: a series, perhaps an empty one, and what could not be used. */
export interface SeriesReading {
  readonly series: Series;
  readonly problems: readonly ReviewProblem[];
}
