import { expect, test } from 'vitest';
import { pageParts, reviewersGuide } from '../../server/src/features/guide.js';
import { catalogue } from '../../server/src/rules/catalogue.js';

const page = [
  '# some-rule',
  '',
  'It breaks',
  'badly.',
  '',
  '## What it checks',
  '',
  'Calls of `drm_gpusvm_range_remove()`.',
  '',
  'More.',
  '',
  '## Wrong',
  '',
  '```c name=one',
  'bad(); /* error: [some-rule] "text" */',
  '/* ^^^ error: [some-rule] */',
  '```',
  '',
  '## When it stays silent',
  '',
  '- one',
  '- two',
].join('\n');

test('a page is taken apart, marks of the tests left out', () => {
  const parts = pageParts(page);
  expect(parts.consequence).toBe('It breaks badly.');
  expect(parts.examples('Wrong')).toEqual(['bad();']);
  expect(parts.section('What it checks')).toContain('More.');
  expect(parts.examples('Right')).toEqual([]);
});

test('the guide has every rule, its examples, and rules by function', () => {
  const guide = reviewersGuide(catalogue, (id) => (id === 'range-removed-while-mapped' ? page : undefined));
  for (const rule of catalogue) expect(guide).toContain(`### \`${rule.id}\``);
  expect(guide).toContain('**Consequence.** It breaks badly.');
  expect(guide).toContain('```c\nbad();\n```');
  expect(guide).not.toContain('error: [');
  const removal = guide.slice(guide.indexOf('### `drm_gpusvm_range_remove`'));
  expect(removal.slice(0, removal.indexOf('\n### '))).toContain('- Rules: `range-removed-while-mapped`');
  expect(guide).not.toMatch(/\n{3}/);
});
