/** A review as plain data for an editor: a panel's lists, texts for diff editors, and replies. Offsets are into the texts that `text` gives. */
import type { Severity, TraceStep } from '../rules/finding.js';
import { lineTable } from '../syntax/lines.js';
import { replyText } from './reply.js';
import type { PatchReview, ReviewFinding, ReviewReport } from './report.js';
import type { FileChange } from './types.js';

/** What a finding is to a patch; the panel's filter. */
export type Verdict = 'introduced' | 'fixed' | 'pre-existing' | 'elsewhere';

/** The text before or after a patch. */
export type Side = 'before' | 'after';

/** A finding of a patch. */
export interface FindingView {
  /** Unique in the session. */
  readonly id: string;
  readonly verdict: Verdict;
  readonly rule: string;
  readonly severity: Severity;
  readonly function: string;
  readonly message: string;
  readonly file: string;
  /** The text that the offsets are into: before the patch for what it fixes, else after it. */
  readonly side: Side;
  readonly start: number;
  readonly end: number;
  /** Line in that text, from 1. */
  readonly line: number;
  readonly patchLine: number | undefined;
  readonly trace: readonly TraceStep[];
  /** Label of the patch that brought it, and of the one that takes it away, where that is another one. */
  readonly introducedBy: string | undefined;
  readonly fixedBy: string | undefined;
  readonly isUncertain: boolean;
}

/** A file that a patch changes, for its diff editor. */
export interface FileView {
  readonly change: FileChange;
  readonly oldPath: string;
  readonly newPath: string;
  readonly hunks: number;
  /** Hunks that did not apply. */
  readonly failed: number;
}

/** A patch. */
export interface PatchView {
  readonly index: number;
  readonly label: string;
  readonly title: string;
  readonly from: string;
  readonly date: string;
  readonly messageId: string;
  readonly files: readonly FileView[];
  readonly findings: readonly FindingView[];
  readonly problems: readonly string[];
}

/** A series. */
export interface SeriesView {
  readonly title: string;
  readonly version: number;
  readonly patches: readonly PatchView[];
  /** What concerns no single patch. */
  readonly problems: readonly string[];
  /** Findings left after the last patch: those of the series, and others. */
  readonly left: { readonly ofSeries: number; readonly other: number };
  readonly ms: number;
  readonly isCancelled: boolean;
}

/** A review that the editor keeps open. */
export interface ReviewSession {
  readonly view: SeriesView;
  /** Text of a file before or after a patch (index from 1); undefined where it does not exist. */
  text(patch: number, side: Side, path: string): string | undefined;
  /** Plain text of a reply to a patch; undefined for a patch that is not there. */
  reply(patch: number): string | undefined;
}

function findingViews(report: ReviewReport, review: PatchReview): readonly FindingView[] {
  const labelOf = (index: number | undefined): string | undefined => report.series.patches.find((patch) => patch.index === index)?.label;
  const own = review.patch.index;
  const lists: readonly (readonly [Verdict, readonly ReviewFinding[]])[] = [
    ['introduced', review.introduced],
    ['fixed', review.fixed],
    ['pre-existing', review.preExisting],
    ['elsewhere', review.preExistingElsewhere],
  ];
  return lists.flatMap(([verdict, findings]) =>
    findings.map((finding, at): FindingView => {
      const side = verdict === 'fixed' ? 'before' : 'after';
      const text = (side === 'before' ? review.before : review.after)(finding.file) ?? '';
      return {
        id: `${own}:${verdict}:${at}`,
        verdict,
        rule: finding.rule,
        severity: finding.severity,
        function: finding.function,
        message: finding.message,
        file: finding.file,
        side,
        start: finding.start,
        end: finding.end,
        line: lineTable(text).locate(finding.start).line + 1,
        patchLine: finding.patchLine,
        trace: finding.trace,
        introducedBy: finding.introducedIn === own ? undefined : labelOf(finding.introducedIn),
        fixedBy: labelOf(finding.fixedIn),
        isUncertain: finding.isUncertain,
      };
    }),
  );
}

function fileViews(review: PatchReview): readonly FileView[] {
  return review.outcome.files
    .filter((file) => file.newPath !== '')
    .map((file) => ({
      change: file.diff.change,
      oldPath: file.oldPath,
      newPath: file.newPath,
      hunks: file.diff.hunks.length,
      failed: file.isApplied ? file.hunks.filter((hunk) => !hunk.isApplied).length : file.diff.hunks.length,
    }));
}

/** Makes the session of a report. Cheap: texts are the report's own. */
export function reviewSession(report: ReviewReport): ReviewSession {
  const reviewOf = (patch: number): PatchReview | undefined => report.patches.find((review) => review.patch.index === patch);
  const patches = report.patches.map(
    (review): PatchView => ({
      index: review.patch.index,
      label: review.patch.label,
      title: review.patch.title,
      from: review.patch.message.from,
      date: review.patch.message.date,
      messageId: review.patch.message.messageId,
      files: fileViews(review),
      findings: findingViews(report, review),
      problems: report.problems.filter((problem) => problem.patch === review.patch.index).map((problem) => problem.message),
    }),
  );
  const ofSeries = report.atEnd.filter((finding) => finding.introducedIn !== undefined).length;
  return {
    view: {
      title: report.series.title,
      version: report.series.version,
      patches,
      problems: report.problems.filter((problem) => problem.patch === undefined).map((problem) => `${problem.where}: ${problem.message}`),
      left: { ofSeries, other: report.atEnd.length - ofSeries },
      ms: report.baseMs + report.patches.reduce((sum, review) => sum + review.ms, 0),
      isCancelled: report.isCancelled,
    },
    text: (patch, side, path) => {
      const review = reviewOf(patch);
      return side === 'before' ? review?.before(path) : review?.after(path);
    },
    reply: (patch) => {
      const review = reviewOf(patch);
      return review === undefined ? undefined : replyText(report, review);
    },
  };
}
