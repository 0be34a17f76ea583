/** Fixes proved before they are offered or applied: the finding is gone, nothing new appears, and what was analysed still is. */
import type { Finding, Fix, TextEdit } from '../rules/finding.js';
import type { Analysis, Report } from './analysis.js';

/** A fix with the finding that it is for. */
export interface Candidate {
  readonly finding: Finding;
  readonly fix: Fix;
}

/** What fixes are tried on. */
export interface Trial {
  readonly analysis: Analysis;
  /** Files that are judged. */
  readonly files: readonly string[];
  /** What is said of these files as they are. */
  readonly before: Report;
  /** Text of a file as it is; undefined for a file that is gone or must not be changed. */
  textOf(file: string): string | undefined;
  /** What to lay over a file to have it as it is; undefined for the host's own text. */
  overlayOf(file: string): string | undefined;
}

/** Fixes that hold: the texts with them, and what is said of these. */
export interface Proof {
  readonly texts: ReadonlyMap<string, string>;
  readonly after: Report;
}

/** Puts edits into a text. Undefined when they overlap or lie outside of it. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string | undefined {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let out = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) return undefined;
    out += text.slice(at, edit.start) + edit.newText;
    at = edit.end;
  }
  return out + text.slice(at);
}

/** Groups edits by file. */
export function editsByFile(edits: readonly TextEdit[]): ReadonlyMap<string, readonly TextEdit[]> {
  const grouped = new Map<string, TextEdit[]>();
  for (const edit of edits) grouped.set(edit.file, [...(grouped.get(edit.file) ?? []), edit]);
  return grouped;
}

/** True when two edits cannot stand together. Two insertions at one place depend on their order: one has to wait. */
export function overlaps(a: TextEdit, b: TextEdit): boolean {
  return a.file === b.file && (a.start === b.start || (a.start < b.end && b.start < a.end));
}

// Per rule, file and function: fingerprints carry a counter that shifts when a twin goes away, these do not.
const keyOf = (finding: Finding): string => `${finding.rule}\0${finding.file}\0${finding.function}`;

function counts(findings: readonly Finding[]): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (const finding of findings) map.set(keyOf(finding), (map.get(keyOf(finding)) ?? 0) + 1);
  return map;
}

/** Why the state after is not acceptable; undefined when it is. */
function objection(before: Report, after: Report, targets: readonly Finding[]): string | undefined {
  const had = counts(before.findings);
  const has = counts(after.findings);
  for (const [key, count] of counts(targets)) {
    if ((has.get(key) ?? 0) > (had.get(key) ?? 0) - count) return 'the finding would still be there';
  }
  for (const [key, count] of has) {
    if (count > (had.get(key) ?? 0)) return `it would cause ${key.split('\0')[0] ?? 'another finding'}`;
  }
  return after.limits.length > before.limits.length ? 'the result would not parse' : undefined;
}

/**
 * Tries fixes together. A proof leaves the analysis with the new texts; for anything else the texts are as they were, and the answer says why.
 * Throws what the analysis throws (`Interrupted` among it), with the texts as they were.
 */
export function attempt(trial: Trial, batch: readonly Candidate[]): Proof | string {
  const { analysis, before, files } = trial;
  const texts = new Map<string, string>();
  for (const [file, edits] of editsByFile(batch.flatMap(({ fix }) => fix.edits))) {
    const text = trial.textOf(file);
    if (text === undefined) return 'it would change a file outside the request';
    const next = applyEdits(text, edits);
    if (next === undefined) return 'its edits overlap';
    texts.set(file, next);
  }
  let proof: Proof | undefined;
  try {
    for (const [file, text] of texts) analysis.setText(file, text);
    const after = analysis.check(files);
    const why = objection(
      before,
      after,
      batch.map(({ finding }) => finding),
    );
    if (why !== undefined) return why;
    proof = { texts, after };
    return proof;
  } finally {
    if (proof === undefined) for (const file of texts.keys()) analysis.setText(file, trial.overlayOf(file));
  }
}

/** True when fixes hold together. The texts are as they were afterwards. Throws what the analysis throws. */
export function holds(trial: Trial, batch: readonly Candidate[]): boolean {
  const proof = attempt(trial, batch);
  if (typeof proof === 'string') return false;
  for (const file of proof.texts.keys()) trial.analysis.setText(file, trial.overlayOf(file));
  return true;
}

/** The fixes, in their order, that hold together: all at once where that works, else one after the other. Of two that overlap the earlier is kept. */
export function holdingTogether(trial: Trial, candidates: readonly Candidate[]): readonly Candidate[] {
  const apart: Candidate[] = [];
  for (const one of candidates) {
    if (one.fix.edits.length > 0 && !apart.some((other) => one.fix.edits.some((a) => other.fix.edits.some((b) => overlaps(a, b)))))
      apart.push(one);
  }
  if (apart.length === 0 || holds(trial, apart)) return apart;
  const kept: Candidate[] = [];
  for (const one of apart) if (holds(trial, [...kept, one])) kept.push(one);
  return kept;
}
