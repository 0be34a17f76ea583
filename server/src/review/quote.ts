/** Pieces of a patch for replies: the hunk around a line, everything else snipped. */
import type { FileDiff, Hunk, Patch } from './types.js';

/** Where a line of a patch belongs. */
export interface HunkPlace {
  readonly diff: FileDiff;
  readonly hunk: Hunk;
}

/** The hunk that holds a line of the patch; undefined for lines between hunks. */
export function hunkAt(patch: Patch, patchLine: number): HunkPlace | undefined {
  for (const diff of patch.files) {
    for (const hunk of diff.hunks) {
      const last = hunk.lines.at(-1)?.patchLine ?? hunk.patchLine;
      if (patchLine >= hunk.patchLine && patchLine <= last) return { diff, hunk };
    }
  }
  return undefined;
}

/** A piece of a patch to quote. */
export interface PatchQuote {
  /** `diff --git`, `---` and `+++` lines of the file, as the patch has them. */
  readonly fileLines: readonly string[];
  /** The `@@` line. */
  readonly hunkLine: string;
  readonly lines: readonly { readonly patchLine: number; readonly text: string }[];
  /** True when lines of the hunk above or below are left out. */
  readonly isCutAbove: boolean;
  readonly isCutBelow: boolean;
}

/** Lines of the file's header that a reply quotes. */
function fileLinesOf(patch: Patch, diff: FileDiff): readonly string[] {
  const first = diff.hunks[0]?.patchLine ?? diff.patchLine + 1;
  return patch.lines.slice(diff.patchLine - 1, first - 1).filter((line) => /^(diff --git |--- |\+\+\+ )/.test(line));
}

/**
 * Quotes the lines from the first to the last of `patchLines` that lie in one hunk, with lines above for context. Undefined when
 * the first lies in no hunk.
 */
export function quotePatch(patch: Patch, patchLines: readonly number[], above = 8, below = 0): PatchQuote | undefined {
  const [first] = patchLines;
  const place = first === undefined ? undefined : hunkAt(patch, first);
  if (first === undefined || place === undefined) return undefined;
  const { diff, hunk } = place;
  const end = hunk.lines.at(-1)?.patchLine ?? hunk.patchLine;
  const inside = patchLines.filter((line) => line >= hunk.patchLine && line <= end);
  const from = Math.max(hunk.patchLine + 1, Math.min(...inside) - above);
  const to = Math.min(end, Math.max(...inside) + below);
  const lines = patch.lines.slice(from - 1, to).map((text, at) => ({ patchLine: from + at, text }));
  return {
    fileLines: fileLinesOf(patch, diff),
    hunkLine: patch.lines[hunk.patchLine - 1] ?? '',
    lines,
    isCutAbove: from > hunk.patchLine + 1,
    isCutBelow: to < end,
  };
}

/** Headers of a reply to a patch's mail, as a mailer would set them; empty strings where the mail says nothing. */
export interface ReplyHeaders {
  readonly subject: string;
  readonly to: string;
  readonly inReplyTo: string;
  readonly references: string;
  /** `On <date>, <name> wrote:` */
  readonly attribution: string;
}

const clean = (text: string): string => text.replace(/[\r\n]+/g, ' ').trim();

/** Headers for replying to a patch. */
export function replyHeaders(patch: Patch): ReplyHeaders {
  const { subject, from, messageId, references, date } = patch.message;
  const author = clean(from)
    .replace(/(?<!\s)\s*<[^<>]*>$/, '')
    .replace(/^"(.*)"$/, '$1');
  const id = messageId === '' ? '' : `<${clean(messageId)}>`;
  return {
    subject: subject === '' ? '' : `Re: ${clean(subject).replace(/^(re:\s*)+/i, '')}`,
    to: clean(from),
    inReplyTo: id,
    references: [...references.map((reference) => `<${reference}>`), ...(id === '' ? [] : [id])].join(' '),
    attribution: author === '' ? '' : date === '' ? `${author} wrote:` : `On ${clean(date)}, ${author} wrote:`,
  };
}
