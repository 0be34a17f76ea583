/** Review mode: a series in, a review out. What the layers above use. */
export type { HunkOutcome } from './apply-hunks.js';
export type { FileOutcome, PatchOutcome } from './apply-patch.js';
export type { PatchLines, PatchSpot } from './patch-lines.js';
export { type HunkPlace, hunkAt, type PatchQuote, quotePatch, type ReplyHeaders, replyHeaders } from './quote.js';
export { INPUT_LIMIT, MESSAGE_LIMIT, readSeries } from './read-series.js';
export { replyText } from './reply.js';
export type { PatchLineKind, PatchReview, ReviewFinding, ReviewReport } from './report.js';
export { type ReviewOptions, reviewSeries } from './review-series.js';
export {
  type FileView,
  type FindingView,
  type PatchView,
  type ReviewSession,
  reviewSession,
  type SeriesView,
  type Side,
  type Verdict,
} from './session.js';
export type { ReadText } from './tree.js';
export type { FileDiff, Hunk, HunkLine, Message, Patch, PatchInput, ReviewProblem, Series, SeriesReading, SubjectTags } from './types.js';
