import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));

it('every section that the sources lead to is in docs/lifecycle.md, once', () => {
  const ids = [...readFileSync(join(project, 'docs/lifecycle.md'), 'utf8').matchAll(/<a id="([a-z-]+)"><\/a>/g)].map((match) => match[1]);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);

  const missing = sources(join(project, 'server/src')).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:lifecycle|anchor): '([a-z-]+)'/g)]
      .filter((match) => !ids.includes(match[1] ?? ''))
      .map((match) => `${file.slice(project.length + 1)}: ${match[1]}`),
  );
  expect(missing).toEqual([]);
});

it('every link inside docs/lifecycle.md leads somewhere', () => {
  const text = readFileSync(join(project, 'docs/lifecycle.md'), 'utf8');
  const missing = [...text.matchAll(/\]\(#([a-z-]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((id) => !text.includes(`<a id="${id}"></a>`));
  expect(missing).toEqual([]);
});
