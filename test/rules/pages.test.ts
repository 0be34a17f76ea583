import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CreateAnalysis } from '../../server/src/features/analysis.js';
import { catalogue, ruleMeta } from '../../server/src/rules/catalogue.js';
import type { Finding } from '../../server/src/rules/finding.js';
import { type Example, expectedFindings, readPage } from './examples.js';
import { examplePath, prologue, treeHost } from './tree.js';

const project = join(import.meta.dirname, '../..');
const rulesFolder = join(project, 'server/src/rules');
const sectionOrder = [
  'What breaks',
  'What it checks',
  'Wrong',
  'Right',
  'How it decides',
  'When it stays silent',
  'Fix',
  'Known limits',
  'See also',
];

const pageText = (id: string): string => {
  const path = join(rulesFolder, id, 'README.md');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const pages = catalogue.map((rule) => ({ rule, page: readPage(pageText(rule.id)) }));

/** Findings and expectations in one readable, comparable form: `line severity rule`. */
const wanted = (example: Example): string[] => example.expected.map((item) => `${item.line} ${item.severity} [${item.rule}]`).sort();

function found(example: Example, findings: readonly Finding[], text: string): string[] {
  const before = prologue(example.code).split('\n').length - 1;
  const marked = new Set(example.expected.filter((item) => item.severity === 'information').map((item) => item.rule));
  return findings
    .filter((finding) => finding.severity !== 'information' || marked.has(finding.rule))
    .map((finding) => `${text.slice(0, finding.start).split('\n').length - before} ${finding.severity} [${finding.rule}]`)
    .sort();
}

describe('form of the rule pages', () => {
  const anchors = new Set(
    [...readFileSync(join(project, 'docs/lifecycle.md'), 'utf8').matchAll(/<a id="([a-z-]+)"><\/a>/g)].map((match) => match[1]),
  );

  it('every rule has one page and every page a rule', () => {
    const folders = readdirSync(rulesFolder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(rulesFolder, entry.name, 'README.md')))
      .map((entry) => entry.name);
    expect(folders.sort()).toEqual(catalogue.map((rule) => rule.id).sort());
  });

  it.each(pages.map((entry) => [entry.rule.id, entry] as const))('%s', (_id, { rule, page }) => {
    expect(page.problems).toEqual([]);
    expect(page.title).toBe(rule.id);
    expect(page.consequence).toMatch(/\.$/);
    expect(page.sections).toEqual(sectionOrder);
    const wrong = page.examples.filter((example) => example.section === 'Wrong');
    const right = page.examples.filter((example) => example.section === 'Right');
    expect(wrong.length).toBeGreaterThanOrEqual(2);
    expect(right.length).toBeGreaterThanOrEqual(3);
    for (const example of wrong) expect(example.expected.map((item) => item.rule)).toContain(rule.id);
    for (const example of right) expect(example.expected).toEqual([]);
    for (const example of page.examples) {
      for (const item of example.expected) expect(ruleMeta(item.rule), item.rule).toBeDefined();
    }
    expect(anchors, `docs/lifecycle.md has no anchor ${rule.lifecycle}`).toContain(rule.lifecycle);
    expect(pageText(rule.id)).toContain(`docs/lifecycle.md#${rule.lifecycle}`);
    for (const match of pageText(rule.id).matchAll(/docs\/lifecycle\.md#([a-z-]+)/g)) expect(anchors).toContain(match[1]);
    for (const match of pageText(rule.id).matchAll(/\]\(\.\.\/([a-z-]+)\/README\.md\)/g)) expect(ruleMeta(match[1] ?? '')).toBeDefined();
  });
});

describe('markers', () => {
  it('a marker line speaks of the line above, also after another marker', () => {
    const code = 'f();\n/* ^^^ error: [self-deadlock] "twice" */\n/* ^^^ warning: [lock-order] */\ng(); /* error: [result-ignored] */\n';
    expect(expectedFindings(code)).toEqual([
      { rule: 'self-deadlock', severity: 'error', line: 1, text: 'twice' },
      { rule: 'lock-order', severity: 'warning', line: 1, text: undefined },
      { rule: 'result-ignored', severity: 'error', line: 4, text: undefined },
    ]);
  });

  it('a marker that cannot be read is a problem of the page', () => {
    expect(readPage('# x\n\n```c name=a\nf(); /* error: oops */\n```\n').problems).toHaveLength(1);
  });
});

const session = join(project, 'server/src/features/session.ts');
const modules = join(project, 'node_modules');

describe.skipIf(!existsSync(session))('examples', async () => {
  const { createAnalysis } = (existsSync(session) ? await import(session) : {}) as { createAnalysis: CreateAnalysis };
  const wasm = {
    runtime: readFileSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
    grammar: readFileSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
  };
  const examples = pages.flatMap(({ rule, page }) =>
    page.examples.map((example) => ({
      // Names of tests end in what they assert; FP_ and FN_ name the known wrong answers.
      name: `${rule.id}/${example.name}${example.expected.length > 0 ? '_bad' : '_ok'}`,
      example,
    })),
  );

  it.each(examples.map(({ name, example }) => [name, example] as const))('%s', async (_name, example) => {
    const host = treeHost(example.tree, example.code);
    const analysis = await createAnalysis({ host, hasTree: true, wasm });
    const report = analysis.check([examplePath]);
    const text = host.read(examplePath) ?? '';
    const [actual, expected] = [found(example, report.findings, text), wanted(example)];
    // The page's own lines in the message: line n of the example is line n + pageLine - 1 of the page.
    expect(
      actual,
      `found ${actual.join(', ') || 'nothing'}; wanted ${expected.join(', ') || 'nothing'}; page line ${example.pageLine}`,
    ).toEqual(expected);
    for (const item of example.expected) {
      if (item.text === undefined) continue;
      const messages = report.findings.filter((finding) => finding.rule === item.rule).map((finding) => finding.message);
      expect(
        messages.some((message) => message.includes(item.text ?? '')),
        messages.join('\n'),
      ).toBe(true);
    }
    expect(report.limits.filter((limit) => limit.file === examplePath)).toEqual([]);
  });
});
