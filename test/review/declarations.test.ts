/** Changes of declarations are followed, as a series makes them: after each the answer is a cold session's, and most of what was known is kept. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../../server/src/features/analysis.js';
import { createAnalysis } from '../../server/src/features/session.js';
import type { FileHost } from '../../server/src/program/types.js';

const project = join(import.meta.dirname, '../..');
const root = join(project, 'test/fixtures/kernel');
const wasm = {
  runtime: readFileSync(join(project, 'node_modules/web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(join(project, 'node_modules/tree-sitter-c/tree-sitter-c.wasm')),
};

const host = (changed: ReadonlyMap<string, string>): FileHost => ({
  read: (path) => {
    const file = join(root, path);
    return changed.get(path) ?? (existsSync(file) && statSync(file).isFile() ? readFileSync(file, 'utf8') : undefined);
  },
  list: (path) => {
    const folder = join(root, path);
    return existsSync(folder)
      ? readdirSync(folder, { withFileTypes: true }).map((one) => (one.isDirectory() ? `${one.name}/` : one.name))
      : [];
  },
});

const sample = 'drivers/gpu/drm/sample';
const headers = [`${sample}/sample_drv.h`, 'include/drm/drm_gpusvm.h', 'include/drm/drm_pagemap.h'];
const sources = readdirSync(join(root, sample))
  .filter((name) => name.endsWith('.c'))
  .map((name) => `${sample}/${name}`);
const files = [...sources, 'drivers/gpu/drm/drm_gpusvm.c'];

/** Edits of declarations, mechanical: each line of a header that declares something taken out, doubled with another name, or given another type. */
function edits(path: string, text: string): readonly { readonly about: string; readonly text: string }[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const without = (): string => lines.toSpliced(at, 1).join('\n');
    const replaced = (next: string): string => lines.toSpliced(at, 1, next).join('\n');
    const about = (what: string): string => `${path}:${at + 1}: ${what}`;
    if (/^\t[\w\s*]+\b\w+(?:\[\w*\])?(?: : 1)?;$/.test(line))
      return [
        { about: about('a member gone'), text: without() },
        { about: about('a member more'), text: replaced(`${line}\n${line.replace(/\b(\w+)((?:\[\w*\])?(?: : 1)?;)$/, 'more_of_$1$2')}`) },
      ];
    if (/^#define \w+\(.*[^\\]$/.test(line)) return [{ about: about('a macro gone'), text: without() }];
    if (/^(?:int|void|bool|struct) .*\);$/.test(line)) return [{ about: about('a prototype gone'), text: without() }];
    if (/^#include /.test(line)) return [{ about: about('an include gone'), text: without() }];
    return [];
  });
}

const view = (analysis: Analysis): string => {
  const { findings, limits } = analysis.check(files);
  return JSON.stringify({ findings, limits }, undefined, 1);
};

/** Members and macros of the sample that rules look at. */
const telling = /__flags|\bpages;|_lock\b|\bunmapped|partial_unmap|has_dma|notifier_seq|\binvalidate|range_free/;

const lineOf = (path: string, about: string): string =>
  readFileSync(join(root, path), 'utf8').split('\n')[Number(/:(\d+): /.exec(about)?.[1]) - 1] ?? '';

describe('a session follows declarations', () => {
  test('every_answer_is_a_cold_ones_ok', { timeout: 240_000 }, async () => {
    const all = headers.flatMap((path) => edits(path, readFileSync(join(root, path), 'utf8')).map((one) => ({ ...one, path })));
    // Those that findings hang on, and some of the others, spread over the headers; what one leaves is taken back before the next.
    const spread = <T>(list: readonly T[], most: number): readonly T[] => list.filter((_, at) => at % Math.ceil(list.length / most) === 0);
    const isTelling = (one: (typeof all)[number]): boolean => /:\d+: /.test(one.about) && telling.test(lineOf(one.path, one.about));
    const chosen = [
      ...spread(all.filter(isTelling), 10),
      ...spread(
        all.filter((one) => !isTelling(one)),
        4,
      ),
    ];
    const warm = await createAnalysis({ host: host(new Map()), hasTree: true, wasm });
    const first = view(warm);
    for (const { about, path, text } of chosen) {
      warm.setText(path, text);
      const cold = await createAnalysis({ host: host(new Map([[path, text]])), hasTree: true, wasm });
      expect(view(warm), about).toBe(view(cold));
      warm.setText(path, undefined);
    }
    expect(view(warm)).toBe(first);
  });

  test('functions_that_come_and_go_ok', { timeout: 60_000 }, async () => {
    const path = `${sample}/sample_gc.c`;
    const text = readFileSync(join(root, path), 'utf8');
    const helper = 'static void sample_more(struct sample_range *range)\n{\n\tkfree(range);\n}\n\n';
    const at = text.search(/^(?:static|int|void)\b.*\n?.*\)\n\{/m);
    const states = [text.slice(0, at) + helper + text.slice(at), text, `${text}\n${helper}`, text];
    const warm = await createAnalysis({ host: host(new Map()), hasTree: true, wasm });
    view(warm);
    for (const [index, state] of states.entries()) {
      warm.setText(path, state);
      const cold = await createAnalysis({ host: host(new Map([[path, state]])), hasTree: true, wasm });
      expect(view(warm), `state ${index}`).toBe(view(cold));
    }
  });
});
