/** Baselines: findings that are known, by fingerprint. A JSON report of `check` serves as one too. */

import { UsageError } from './exit.js';
import type { LocatedFinding } from './located.js';

/** A known finding. */
export interface BaselineEntry {
  readonly fingerprint: string;
  readonly rule: string;
  readonly file: string;
  readonly function: string;
}

/** Reads a baseline. Throws UsageError, naming the file, when it is not one. */
export function parseBaseline(text: string, name: string): readonly BaselineEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name}: not a baseline: ${error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'not JSON'}`);
  }
  const findings = typeof parsed === 'object' && parsed !== null && 'findings' in parsed ? parsed.findings : undefined;
  if (!Array.isArray(findings)) throw new UsageError(`${name}: not a baseline: it has no "findings" list`);
  return findings.map((entry: unknown, index) => {
    const field = (key: string): string => {
      const value = typeof entry === 'object' && entry !== null ? Object.entries(entry).find(([at]) => at === key)?.[1] : undefined;
      return typeof value === 'string' ? value : '';
    };
    if (field('fingerprint') === '') throw new UsageError(`${name}: not a baseline: finding ${index + 1} has no "fingerprint"`);
    return { fingerprint: field('fingerprint'), rule: field('rule'), file: field('file'), function: field('function') };
  });
}

/** Findings against a baseline. */
export interface BaselineMatch {
  readonly fresh: readonly LocatedFinding[];
  readonly known: readonly LocatedFinding[];
  /** Entries that no finding matched, of the files that were checked. */
  readonly gone: readonly BaselineEntry[];
  /** Entries that stay: matched, or of files that were not checked. */
  readonly kept: readonly BaselineEntry[];
}

/**
 * Matches findings with entries, each entry once: first by file and fingerprint, then by fingerprint alone, because a file may have moved.
 * `isChecked` tells whether this run could have found an entry: what was not checked is never called gone.
 */
export function matchBaseline(
  findings: readonly LocatedFinding[],
  entries: readonly BaselineEntry[],
  isChecked: (entry: BaselineEntry) => boolean,
): BaselineMatch {
  const open = new Map<string, BaselineEntry[]>();
  for (const entry of entries) open.set(entry.fingerprint, [...(open.get(entry.fingerprint) ?? []), entry]);
  const matched = new Set<BaselineEntry>();
  const known = new Set<LocatedFinding>();
  const take = (finding: LocatedFinding, sameFile: boolean): void => {
    const candidates = open.get(finding.fingerprint) ?? [];
    const found = candidates.find((entry) => !matched.has(entry) && (!sameFile || entry.file === finding.file));
    if (found === undefined) return;
    matched.add(found);
    known.add(finding);
  };
  for (const finding of findings) take(finding, true);
  for (const finding of findings) if (!known.has(finding)) take(finding, false);
  const gone = entries.filter((entry) => !matched.has(entry) && isChecked(entry));
  const dropped = new Set(gone);
  return {
    fresh: findings.filter((finding) => !known.has(finding)),
    known: findings.filter((finding) => known.has(finding)),
    gone,
    kept: entries.filter((entry) => !dropped.has(entry)),
  };
}

/** Text of a baseline file: one finding per line, in an order that keeps diffs small. */
export function formatBaseline(entries: readonly BaselineEntry[]): string {
  const key = (entry: BaselineEntry): string => `${entry.file}\0${entry.function}\0${entry.rule}\0${entry.fingerprint}`;
  const sorted = [...entries].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
  const lines = sorted.map(
    (entry) => `    ${JSON.stringify({ rule: entry.rule, file: entry.file, function: entry.function, fingerprint: entry.fingerprint })}`,
  );
  return `{\n  "version": 1,\n  "findings": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}
