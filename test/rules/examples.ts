/** Rule pages as data: sections, and the fenced C examples with the findings that their markers expect. */
import type { Severity } from '../../server/src/rules/finding.js';

/** Which generation of the interface an example is written for. */
export type TreeKind = 'split' | 'embedded';

/** A finding that a marker expects. */
export interface Expected {
  readonly rule: string;
  readonly severity: Severity;
  /** Line of the example's code, from 1. */
  readonly line: number;
  /** Words that the message must hold; undefined when any message will do. */
  readonly text: string | undefined;
}

/** A fenced C block with a name. */
export interface Example {
  readonly name: string;
  readonly tree: TreeKind;
  /** Heading of the section it stands in. */
  readonly section: string;
  readonly code: string;
  /** Line of the page on which the code begins, from 1. */
  readonly pageLine: number;
  readonly expected: readonly Expected[];
}

/** A rule's page, read. */
export interface RulePage {
  readonly title: string;
  /** First line below the title: the consequence. */
  readonly consequence: string;
  readonly sections: readonly string[];
  readonly examples: readonly Example[];
  /** What is wrong with the page's form; empty for a good page. */
  readonly problems: readonly string[];
}

const below = /^\s*\/\*\s*\^+\s*(error|warning|information):\s*\[([a-z-]+)\](?:\s*"([^"]*)")?\s*\*\/\s*$/;
const inline = /\/\*\s*(error|warning|information):\s*\[([a-z-]+)\](?:\s*"([^"]*)")?\s*\*\//g;
const loose = /\/\*\s*(?:\^+\s*)?(?:error|warning|information):/;

/** Reads the markers of an example. A marker line of its own (`^^^`) speaks of the nearest line above that is not a marker. */
export function expectedFindings(code: string): readonly Expected[] {
  const expected: Expected[] = [];
  let reported = 0;
  code.split('\n').forEach((text, index) => {
    const own = below.exec(text);
    if (own) {
      expected.push({ rule: own[2] ?? '', severity: own[1] as Severity, line: reported, text: own[3] });
      return;
    }
    reported = index + 1;
    for (const match of text.matchAll(inline)) {
      expected.push({ rule: match[2] ?? '', severity: match[1] as Severity, line: reported, text: match[3] });
    }
  });
  return expected;
}

/** Reads a page; never throws, says in `problems` what has not the agreed form. */
export function readPage(markdown: string): RulePage {
  const lines = markdown.split('\n');
  const sections: string[] = [];
  const examples: Example[] = [];
  const problems: string[] = [];
  const title = /^# (.+)$/.exec(lines[0] ?? '')?.[1] ?? '';
  const consequence = lines.slice(1).find((line) => line.trim() !== '') ?? '';
  let section = '';
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      sections.push(heading);
      continue;
    }
    if (!line.startsWith('```')) continue;
    const close = lines.indexOf('```', i + 1);
    if (close < 0) {
      problems.push(`line ${i + 1}: fence without an end`);
      break;
    }
    const info = line.slice(3);
    if (/^c\b/.test(info)) {
      const name = /\bname=([a-z0-9_-]+)/i.exec(info)?.[1];
      const tree = /\btree=(\w+)/.exec(info)?.[1] ?? 'split';
      const code = `${lines.slice(i + 1, close).join('\n')}\n`;
      if (name === undefined) problems.push(`line ${i + 1}: example without a name`);
      else if (tree !== 'split' && tree !== 'embedded') problems.push(`line ${i + 1}: no tree is called ${tree}`);
      else examples.push({ name, tree, section, code, pageLine: i + 2, expected: expectedFindings(code) });
      const markers = code.split('\n').filter((text) => loose.test(text)).length;
      if (markers > 0 && expectedFindings(code).length < markers) problems.push(`line ${i + 1}: a marker cannot be read`);
    }
    i = close;
  }
  for (const name of new Set(examples.map((example) => example.name))) {
    if (examples.filter((example) => example.name === name).length > 1) problems.push(`two examples are called ${name}`);
  }
  return { title, consequence, sections, examples, problems };
}
