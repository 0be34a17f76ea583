/** The JSON report, `version` 1: report.schema.json beside this file describes it. */
import type { CheckResult } from '../located.js';

/** Raised whenever a reader of the report could break. */
export const JSON_VERSION = 1;

/** The part that every JSON report has, in the order of the documentation. */
export function jsonReport(result: CheckResult): Readonly<Record<string, unknown>> {
  return {
    version: JSON_VERSION,
    tool: result.tool,
    tree: result.tree,
    facts: result.facts,
    findings: result.findings,
    limits: result.limits,
    ...(result.hasBaseline ? { baseline: { known: result.known.map((finding) => finding.fingerprint), gone: result.gone } } : {}),
    stats: roundedStats(result.stats),
  };
}

/** Times to a tenth of a millisecond, memory to a tenth of a MiB: more digits are noise. */
export function roundedStats(stats: CheckResult['stats']): CheckResult['stats'] {
  const round = (value: number): number => Math.round(value * 10) / 10;
  return { ...stats, parseMs: round(stats.parseMs), analyseMs: round(stats.analyseMs), peakRssMb: round(stats.peakRssMb) };
}

/** Report of `check` as JSON. */
export function reportJson(result: CheckResult): string {
  return `${JSON.stringify(jsonReport(result), null, 2)}\n`;
}
