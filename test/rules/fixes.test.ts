/** Quick fixes over the examples of the rule pages: a fix parses, takes its finding away, and adds none. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attempt, type Proof } from '../../server/src/features/prove.js';
import { createAnalysis } from '../../server/src/features/session.js';
import { catalogue } from '../../server/src/rules/catalogue.js';
import type { Finding } from '../../server/src/rules/finding.js';
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

/** Lines of the example that a fix wrote which are too long, or are indented by spaces where tabs belong. */
const illMade = (before: string, after: string): string[] => {
  const old = new Set(before.split('\n'));
  return after.split('\n').filter((line) => !old.has(line) && (/ {8}/.test(/^[\t ]*/.exec(line)?.[0] ?? '') || /[\t ]$/.test(line)));
};

/** What is wrong with the fixes of a rule's findings in an example: those without one that holds, and what the offered ones do besides. */
async function tryFixes(rule: string, example: Example): Promise<{ readonly offered: number; readonly without: number }> {
  const host = treeHost(example.tree, example.code);
  const analysis = await createAnalysis({ host, hasTree: true, wasm });
  const text = host.read(examplePath) ?? '';
  const before = analysis.check([examplePath]);
  const had = count(before.findings);
  let offered = 0;
  let without = 0;
  for (const finding of before.findings) {
    if (finding.rule !== rule) continue;
    const trial = { analysis, files: [examplePath], before, textOf: () => text, overlayOf: () => undefined };
    let proof: Proof | string = 'no fix';
    for (const fix of finding.fixes) {
      expect(new Set(fix.edits.map((edit) => edit.file))).toEqual(new Set([examplePath]));
      proof = attempt(trial, [{ finding, fix }]);
      if (typeof proof !== 'string') break;
    }
    analysis.setText(examplePath, undefined);
    if (typeof proof === 'string') {
      without++;
      continue;
    }
    offered++;
    const fixed = proof.texts.get(examplePath) ?? '';
    const shown = `${example.name}\n${fixed}`;
    expect(proof.after.limits, shown).toEqual(before.limits);
    const has = count(proof.after.findings);
    expect(has.get(keyOf(finding)) ?? 0, `the finding is still there\n${shown}`).toBe((had.get(keyOf(finding)) ?? 0) - 1);
    for (const [key, number] of has) expect(number, `${key} is new\n${shown}`).toBeLessThanOrEqual(had.get(key) ?? 0);
    expect(illMade(text, fixed), shown).toEqual([]);
  }
  return { offered, without };
}

/** Examples of rules with a fix that have none that could be right, and why: more than a place has to change, or somebody has to choose. */
const withoutFix: Readonly<Record<string, string>> = {
  'pages-not-initialised/first-entry-only': 'which device each entry is for is not told here',
  'pages-not-initialised/one-branch': 'the branch may be meant, and the use below be what is wrong',
  'pages-not-freed/first-entry-only': 'a call becomes a loop over all entries: the refactor of layouts does that',
  'pages-not-freed/freed-while-published': 'a release of several steps is missing, and the driver has none by name',
  'container-freed-through-base/owner-by-member': 'the pointer to free is at hand, but which of its members is the base nobody says',
  'lock-left-held/round-leaves-locked': 'whether the round should release, or not take it, is open',
  'notifier-lock-missing/declared-member': 'the member is read in the very return: a local has to be made first',
  'range-removed-while-mapped/one-device-of-many': 'a call becomes a loop over all entries',
  'range-removed-while-mapped/fini-with-ranges': 'a walk over all ranges has to be written',
  'notifier-leaves-mapped/unbound-range-skipped': 'the callee that skips has to change',
  'notifier-context-mismatch/read-hold': 'neither value is right under a hold for read',
  'unmap-event-not-marked/queued-unmarked': 'the helper that queues has not been told of the event',
  'result-ignored/dropped': 'the function can tell nobody: what it returns has to change',
  'result-ignored/notifier-not-inserted': 'the function can tell nobody: what it returns has to change',
  'error-pointer-used/wrapper': 'what to answer for an error is a choice',
  'error-pointer-used/null-to-callers-that-ask-for-errors': 'which errno to answer is a choice',
  'error-pointer-used/label-of-another-step': 'a label has to be made for the failure that has nothing to release',
  'pagemap-reference-leak/freed-with-its-reference': 'whether the pointer is at hand for others first is not told here',
  'pagemap-reference-leak/half-unwound': 'the undoing belongs between two steps of another one',
  'range-reference-leak/break-out': 'the return has several reasons, and on one of them there is no reference',
};

describe('every wrong example has a fix that holds', () => {
  const checked = new Set(allRules.map((rule) => rule.id));
  const rules = catalogue.filter((rule) => rule.fix !== 'none' && checked.has(rule.id));

  it.each(rules.map((rule) => rule.id))('%s_bad', async (id) => {
    const page = readPage(readFileSync(join(project, 'server/src/rules', id, 'README.md'), 'utf8'));
    const missing: string[] = [];
    let all = 0;
    for (const example of page.examples) {
      if (example.section !== 'Wrong') continue;
      const { offered, without } = await tryFixes(id, example);
      all += offered;
      if (without > 0) missing.push(`${id}/${example.name}`);
    }
    expect(missing).toEqual(Object.keys(withoutFix).filter((name) => name.startsWith(`${id}/`)));
    expect(all, 'no example of the page is offered a fix').toBeGreaterThan(0);
  });
});
