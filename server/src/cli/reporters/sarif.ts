/** SARIF 2.1.0: code flows from traces, fixes, partial fingerprints, baseline state. */
import type * as Sarif from 'sarif';
import type { RuleMeta, Severity } from '../../rules/finding.js';
import type { CheckResult, LocatedFinding, LocatedFix, LocatedLimit } from '../located.js';
import { oneLine } from './words.js';

const ROOT = 'SRCROOT';
const LEVEL: Readonly<Record<Severity, Sarif.Result.level>> = { error: 'error', warning: 'warning', information: 'note' };

/** A relative path as a URI reference: each segment encoded. */
function uri(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** A folder as a file URI with a trailing slash. */
function folderUri(path: string): string {
  return `file://${path.startsWith('/') ? '' : '/'}${uri(path.replaceAll('\\', '/')).replace(/%3A/g, ':')}/`;
}

function artifact(file: string): Sarif.ArtifactLocation {
  return file.startsWith('/') ? { uri: `file://${uri(file)}` } : { uri: uri(file), uriBaseId: ROOT };
}

function place(file: string, region: Sarif.Region, message?: string): Sarif.Location {
  return {
    physicalLocation: { artifactLocation: artifact(file), region },
    ...(message === undefined ? {} : { message: { text: message } }),
  };
}

function sarifFix(fix: LocatedFix): Sarif.Fix {
  const byFile = new Map<string, Sarif.Replacement[]>();
  for (const edit of fix.edits) {
    const replacements = byFile.get(edit.file) ?? [];
    replacements.push({
      deletedRegion: { startLine: edit.startLine, startColumn: edit.startColumn, endLine: edit.endLine, endColumn: edit.endColumn },
      insertedContent: { text: edit.newText },
    });
    byFile.set(edit.file, replacements);
  }
  return {
    description: { text: fix.safety === 'safe' ? fix.title : `${fix.title} (needs a look)` },
    artifactChanges: [...byFile].map(([file, replacements]) => ({ artifactLocation: artifact(file), replacements })),
  };
}

/** What review mode adds to a result. */
export interface SarifExtra {
  readonly baselineState?: Sarif.Result.baselineState;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A finding as a SARIF result. `ruleIndex` is its place in the driver's rule list. */
export function sarifResult(finding: LocatedFinding, ruleIndex: number, extra: SarifExtra = {}): Sarif.Result {
  const region = { startLine: finding.line, startColumn: finding.column, endLine: finding.endLine, endColumn: finding.endColumn };
  const end = place(finding.file, region, oneLine(finding.message));
  const steps = finding.trace.map((step) => place(step.file, { startLine: step.line, startColumn: step.column }, oneLine(step.message)));
  return {
    ruleId: finding.rule,
    ...(ruleIndex >= 0 ? { ruleIndex } : {}),
    level: LEVEL[finding.severity],
    message: { text: oneLine(finding.message) },
    locations: [
      {
        physicalLocation: { artifactLocation: artifact(finding.file), region },
        ...(finding.function === '' ? {} : { logicalLocations: [{ name: finding.function, kind: 'function' }] }),
      },
    ],
    partialFingerprints: { 'gpusvmReview/v1': finding.fingerprint },
    ...(steps.length === 0
      ? {}
      : {
          codeFlows: [
            {
              message: { text: 'The path that leads here' },
              threadFlows: [{ locations: [...steps, end].map((location, index) => ({ location, executionOrder: index + 1 })) }],
            },
          ],
        }),
    ...(finding.fixes.length === 0 ? {} : { fixes: finding.fixes.map(sarifFix) }),
    ...(extra.baselineState === undefined ? {} : { baselineState: extra.baselineState }),
    ...(extra.properties === undefined ? {} : { properties: { ...extra.properties } }),
  };
}

function sarifNotification(limit: LocatedLimit): Sarif.Notification {
  return {
    level: 'note',
    message: { text: `${limit.function === '' ? 'A part' : `${limit.function}()`} was not analysed: ${oneLine(limit.reason)}` },
    locations: [place(limit.file, { startLine: limit.line })],
  };
}

/** What a SARIF log is made of. */
export interface SarifInput {
  readonly tool: { readonly name: string; readonly version: string };
  readonly tree: string;
  readonly rules: readonly RuleMeta[];
  /** Makes the results, given the index of a rule. */
  readonly results: (ruleIndex: (rule: string) => number) => readonly Sarif.Result[];
  readonly limits: readonly LocatedLimit[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A log with one run, as text. */
export function sarifLog(input: SarifInput): string {
  const indexes = new Map(input.rules.map((rule, index) => [rule.id, index]));
  const log: Sarif.Log = {
    version: '2.1.0',
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    runs: [
      {
        tool: {
          driver: {
            name: input.tool.name,
            version: input.tool.version,
            semanticVersion: input.tool.version,
            rules: input.rules.map((rule) => ({
              id: rule.id,
              shortDescription: { text: rule.summary },
              defaultConfiguration: { level: LEVEL[rule.severity] },
              properties: { tags: [rule.group, 'gpusvm'] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        ...(input.tree === '' ? {} : { originalUriBaseIds: { [ROOT]: { uri: folderUri(input.tree) } } }),
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: input.limits.map(sarifNotification) }],
        results: [...input.results((rule) => indexes.get(rule) ?? -1)],
        ...(input.properties === undefined ? {} : { properties: { ...input.properties } }),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** Report of `check` as SARIF. With a baseline, findings it knows are `unchanged` and the others `new`. */
export function reportSarif(result: CheckResult, rules: readonly RuleMeta[]): string {
  const state = (value: Sarif.Result.baselineState): SarifExtra => (result.hasBaseline ? { baselineState: value } : {});
  return sarifLog({
    tool: result.tool,
    tree: result.tree,
    rules,
    limits: result.limits,
    results: (ruleIndex) => [
      ...result.findings.map((finding) => sarifResult(finding, ruleIndex(finding.rule), state('new'))),
      ...result.known.map((finding) => sarifResult(finding, ruleIndex(finding.rule), state('unchanged'))),
    ],
  });
}
