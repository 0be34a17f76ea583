import { expect, test } from 'vitest';
import { productSources, type SourceFile } from './sources.js';

/** Exported declarations without a doc comment right above, one line each. Suppressions of the linter may stand between. */
function undocumented({ path, text }: SourceFile): readonly string[] {
  const lines = text.split('\n');
  return lines.flatMap((line, at) => {
    const name = /^export (?:async )?(?:const|function|interface|class|enum|type(?= \w+(?:<.*>)? =)) (\w+)/.exec(line)?.[1];
    if (name === undefined) return [];
    const above = lines.slice(0, at).findLast((other) => !other.startsWith('// biome-ignore'));
    return above?.trimEnd().endsWith('*/') ? [] : [`${path}: ${name}`];
  });
}

test('every_export_has_a_doc_comment_ok', () => {
  expect(productSources().flatMap(undocumented)).toEqual([]);
});

test('export_without_a_doc_comment_bad', () => {
  expect(undocumented({ path: 'a.ts', text: 'export const a = 1;\nexport type B = number;\nexport type { C } from "./c.js";\n' })).toEqual([
    'a.ts: a',
    'a.ts: B',
  ]);
});
