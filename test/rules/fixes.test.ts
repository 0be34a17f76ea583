/** Quick fixes over the examples of the rule pages: a fix parses, takes its finding away, and adds none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';
import { catalogue } from '../../server/src/rules/catalogue.js';
import type { Finding, TextEdit } from '../../server/src/rules/finding.js';
import { allRules } from '../../server/src/rules/registry.js';
import { type Example, readPage } from './examples.js';
import { examplePath, treeHost } from './tree.js';

const project = join(import.meta.dirname, '../..');
const modules = join(project, 'node_modules');
const wasm = {
  runtime: readFileSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
};

const keyOf = (finding: Finding): string => `${finding.rule} in ${finding.function}`;

function count(findings: readonly Finding[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const finding of findings) counts.set(keyOf(finding), (counts.get(keyOf(finding)) ?? 0) + 1);
  return counts;
}

function apply(text: string, edits: readonly TextEdit[]): string {
  let out = text;
  let last = text.length + 1;
  for (const edit of [...edits].sort((a, b) => b.start - a.start || b.end - a.end)) {
    expect(edit.end, 'edits of one fix overlap').toBeLessThanOrEqual(last);
    out = out.slice(0, edit.start) + edit.newText + out.slice(edit.end);
    last = edit.start;
  }
  return out;
}

/** Lines of the example that a fix wrote which are too long, or are indented by spaces where tabs belong. */
const illMade = (before: string, after: string): string[] => {
  const old = new Set(before.split('\n'));
  return after.split('\n').filter((line) => !old.has(line) && (/ {8}/.test(/^[\t ]*/.exec(line)?.[0] ?? '') || /[\t ]$/.test(line)));
};

/** Tries every fix of every finding of a rule in an example; returns how many were offered. */
async function tryFixes(rule: string, example: Example): Promise<number> {
  const host = treeHost(example.tree, example.code);
  const analysis = await createAnalysis({ host, hasTree: true, wasm });
  const text = host.read(examplePath) ?? '';
  const before = analysis.check([examplePath]);
  const had = count(before.findings);
  let offered = 0;
  for (const finding of before.findings) {
    if (finding.rule !== rule) continue;
    for (const fix of finding.fixes) {
      offered++;
      expect(new Set(fix.edits.map((edit) => edit.file))).toEqual(new Set([examplePath]));
      const fixed = apply(text, fix.edits);
      analysis.setText(examplePath, fixed);
      const after = analysis.check([examplePath]);
      analysis.setText(examplePath, undefined);
      const shown = `${example.name}: ${fix.title}\n${fixed}`;
      expect(after.limits, shown).toEqual(before.limits);
      const has = count(after.findings);
      expect(has.get(keyOf(finding)) ?? 0, `the finding is still there\n${shown}`).toBe((had.get(keyOf(finding)) ?? 0) - 1);
      for (const [key, number] of has) expect(number, `${key} is new\n${shown}`).toBeLessThanOrEqual(had.get(key) ?? 0);
      expect(illMade(text, fixed), shown).toEqual([]);
    }
  }
  return offered;
}

describe('fixes take their finding away and add none', () => {
  const checked = new Set(allRules.map((rule) => rule.id));
  const rules = catalogue.filter((rule) => rule.fix !== 'none' && checked.has(rule.id));

  it.each(rules.map((rule) => rule.id))('%s_bad', async (id) => {
    const page = readPage(readFileSync(join(project, 'server/src/rules', id, 'README.md'), 'utf8'));
    let offered = 0;
    for (const example of page.examples) if (example.section === 'Wrong') offered += await tryFixes(id, example);
    if (withFix.has(id)) expect(offered, 'no example of the page is offered a fix').toBeGreaterThan(0);
  });
});

/** Rules whose page shows at least one finding that a fix takes away. */
const withFix: ReadonlySet<string> = new Set([
  'pages-through-range',
  'flag-on-wrong-owner',
  'removed-range-helper',
  'outdated-api-call',
  'device-through-gpusvm',
  'pages-initialised-by-hand',
  'container-freed-through-base',
  'pages-array-not-zeroed',
  'unmap-event-not-marked',
  'error-pointer-used',
  'unsafe-range-iteration',
  'notifier-context-mismatch',
  'pages-freed-after-container',
  'pages-not-freed',
  'range-removed-while-mapped',
  'notifier-leaves-mapped',
  'lock-left-held',
  'flags-plain-write',
  'flags-plain-read',
  'error-swallowed',
  'pages-not-initialised',
  'notifier-lock-missing',
  'range-reference-leak',
  'memory-leak-on-error',
]);
