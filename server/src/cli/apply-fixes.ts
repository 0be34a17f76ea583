/** Applies fixes in memory and proves each: the finding is gone, nothing new appears, and what parsed still parses. */
import type { Analysis } from '../features/analysis.js';
import { attempt, type Candidate, overlaps } from '../features/prove.js';
import type { Finding, Fix } from '../rules/finding.js';

/** A fix that was looked at. */
export interface TriedFix extends Candidate {
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
  // All rules are checked whatever was asked for: a fix must not cause a finding of another rule.
  const tried: TriedFix[] = [];
  const rejected = new Set<string>();
  const idOf = (finding: Finding, fix: Fix): string => `${finding.fingerprint}\0${finding.file}\0${fix.title}`;
  let report = analysis.check(files);
  const attemptAll = (batch: readonly Candidate[]): string | undefined => {
    const proof = attempt(
      {
        analysis,
        files,
        before: report,
        textOf: (file) => (request.mayEdit(file) ? (texts.get(file) ?? request.read(file)) : undefined),
        overlayOf: (file) => texts.get(file),
      },
      batch,
    );
    if (typeof proof === 'string') return proof;
    for (const [file, text] of proof.texts) texts.set(file, text);
    report = proof.after;
    return undefined;
  };

  for (let round = 0; round < MAX_ROUNDS; round++) {
    const batch: Candidate[] = [];
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
    const why = attemptAll(batch);
    if (why === undefined) {
      tried.push(...batch);
      continue;
    }
    // Together they do not hold: one at a time, first that holds wins the round, because offsets move.
    for (const entry of batch) {
      const own = batch.length === 1 ? why : attemptAll([entry]);
      if (own === undefined) {
        tried.push(entry);
        break;
      }
      rejected.add(idOf(entry.finding, entry.fix));
      tried.push({ ...entry, rejected: own });
    }
  }
  const left = report.findings.filter((finding) => only === undefined || only.has(finding.rule));
  return { changed: texts, tried, left };
}
