/** Applies fixes in memory and proves each: the finding is gone, nothing new appears, and what parsed still parses. */
import type { Analysis, Report } from '../features/analysis.js';
import type { Finding, Fix, TextEdit } from '../rules/finding.js';

/** A fix that was looked at. */
export interface TriedFix {
  readonly finding: Finding;
  readonly fix: Fix;
  /** Why it was left out; undefined when it was applied. */
  readonly rejected?: string;
}

/** Outcome: new texts of the files that changed, and every fix that was tried. */
export interface FixOutcome {
  readonly changed: ReadonlyMap<string, string>;
  readonly tried: readonly TriedFix[];
  /** Findings that are left, after the fixes. */
  readonly left: readonly Finding[];
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

function overlaps(a: TextEdit, b: TextEdit): boolean {
  if (a.file !== b.file) return false;
  // Two insertions at one place depend on their order: one has to wait.
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}

/** Counts per rule, file and function: fingerprints carry a counter that shifts when a twin goes away, these do not. */
function counts(report: Report): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  for (const finding of report.findings) {
    const key = `${finding.rule}\0${finding.file}\0${finding.function}`;
    map.set(key, (map.get(key) ?? 0) + 1);
  }
  return map;
}

function keyOf(finding: Finding): string {
  return `${finding.rule}\0${finding.file}\0${finding.function}`;
}

/** Why the state after is not acceptable; undefined when it is. */
function objection(before: Report, after: Report, targets: readonly Finding[]): string | undefined {
  const had = counts(before);
  const has = counts(after);
  const wanted = new Map<string, number>();
  for (const target of targets) wanted.set(keyOf(target), (wanted.get(keyOf(target)) ?? 0) + 1);
  for (const [key, count] of wanted) {
    if ((has.get(key) ?? 0) > (had.get(key) ?? 0) - count) return 'the finding would still be there';
  }
  for (const [key, count] of has) {
    if (count > (had.get(key) ?? 0)) return `it would cause ${key.split('\0')[0] ?? 'another finding'}`;
  }
  return after.limits.length > before.limits.length ? 'the result would not parse' : undefined;
}

/** What to fix. */
export interface FixRequest {
  readonly analysis: Analysis;
  readonly files: readonly string[];
  readonly only: ReadonlySet<string> | undefined;
  readonly withSuggested: boolean;
  /** Text as on disk; undefined for a file that is gone. */
  readonly read: (file: string) => string | undefined;
  /** May this file be changed? Files outside the tree or the request are not. */
  readonly mayEdit: (file: string) => boolean;
}

const MAX_ROUNDS = 200;

/** Applies what can be applied, in rounds, until nothing is left to try. The analysis is left with the changed texts set. */
export function applyFixes(request: FixRequest): FixOutcome {
  const { analysis, files, only } = request;
  const texts = new Map<string, string>();
  const current = (file: string): string => texts.get(file) ?? request.read(file) ?? '';
  // All rules are checked whatever was asked for: a fix must not cause a finding of another rule.
  const check = (): Report => analysis.check(files);
  const tried: TriedFix[] = [];
  const rejected = new Set<string>();
  const idOf = (finding: Finding, fix: Fix): string => `${finding.fingerprint}\0${finding.file}\0${fix.title}`;

  const attempt = (batch: readonly { finding: Finding; fix: Fix }[], before: Report): string | Report => {
    const edits = editsByFile(batch.flatMap((entry) => entry.fix.edits));
    const next = new Map<string, string>();
    for (const [file, list] of edits) {
      if (!request.mayEdit(file)) return 'it would change a file outside the request';
      const text = applyEdits(current(file), list);
      if (text === undefined) return 'its edits overlap';
      next.set(file, text);
    }
    for (const [file, text] of next) analysis.setText(file, text);
    const after = check();
    const why = objection(
      before,
      after,
      batch.map((entry) => entry.finding),
    );
    if (why === undefined) {
      for (const [file, text] of next) texts.set(file, text);
      return after;
    }
    for (const file of next.keys()) analysis.setText(file, texts.get(file));
    return why;
  };

  let report = check();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const batch: { finding: Finding; fix: Fix }[] = [];
    for (const finding of report.findings) {
      if (only !== undefined && !only.has(finding.rule)) continue;
      const fix = finding.fixes.find(
        (candidate) =>
          candidate.edits.length > 0 && (candidate.safety === 'safe' || request.withSuggested) && !rejected.has(idOf(finding, candidate)),
      );
      if (fix === undefined) continue;
      const clashes = batch.some((entry) => entry.fix.edits.some((a) => fix.edits.some((b) => overlaps(a, b))));
      if (!clashes) batch.push({ finding, fix });
    }
    if (batch.length === 0) break;
    const all = attempt(batch, report);
    if (typeof all !== 'string') {
      tried.push(...batch);
      report = all;
      continue;
    }
    // Together they do not hold: one at a time, first that holds wins the round, because offsets move.
    let isProgress = false;
    for (const entry of batch) {
      const result = batch.length === 1 ? all : attempt([entry], report);
      if (typeof result !== 'string') {
        tried.push(entry);
        report = result;
        isProgress = true;
        break;
      }
      rejected.add(idOf(entry.finding, entry.fix));
      tried.push({ ...entry, rejected: result });
    }
    if (!isProgress && batch.length === 0) break;
  }
  const left = report.findings.filter((finding) => only === undefined || only.has(finding.rule));
  return { changed: texts, tried, left };
}
