import { beforeAll, describe, expect, it } from 'vitest';
import { outline } from '../../server/src/syntax/outline.js';
import type { ItemParser } from '../../server/src/syntax/source.js';
import { makeParser, noConfig, noHints } from './parse.js';

let parser: ItemParser;
beforeAll(async () => {
  parser = await makeParser();
});

/** Outlines and parses everything; returns the number of items and of functions with errors. */
function run(text: string): { readonly items: number; readonly broken: number } {
  const found = outline(text, noConfig);
  let broken = 0;
  for (const item of found.items) {
    if (item.kind === 'function' && (parser.parseFunction(text, item, noHints)?.errors.length ?? 1) > 0) broken++;
    if (item.kind === 'struct') parser.parseStruct(text, item);
    if (item.kind === 'variable') parser.parseVariable(text, item);
    if (item.kind === 'enum') parser.parseEnum(text, item);
    if (item.kind === 'typedef') parser.parseTypedef(text, item);
    if (item.kind === 'prototype') parser.parsePrototype(text, item);
  }
  for (const macro of found.macros) parser.parseMacroBody(macro.body, noHints);
  return { items: found.items.length, broken };
}

const wrap = (statements: string): string => `int f(void)\n{\n${statements}\n}\nint g(void)\n{\n\treturn 0;\n}\n`;

describe('hostile text', () => {
  it.each([
    ['ten thousand parentheses', wrap(`x = ${'('.repeat(10_000)}1${')'.repeat(10_000)};`), 1],
    ['ten thousand open parentheses', wrap(`x = ${'('.repeat(10_000)};`), 1],
    ['ten thousand braces', wrap('{'.repeat(10_000) + '}'.repeat(10_000)), 1],
    ['five thousand nested ifs', wrap(`${'if (a) '.repeat(5000)}b();`), 1],
    ['a chain of ten thousand terms', wrap(`x = ${'a + '.repeat(10_000)}b;`), 0],
    ['two thousand operators in front', wrap(`x = ${'!'.repeat(2000)}b;`), 0],
    ['five thousand statements', wrap('a(b);\n'.repeat(5000)), 0],
    ['a megabyte on one line', wrap(`x = f(${'abcdefgh, '.repeat(100_000)}b);`), 0],
    ['a megabyte of string', wrap(`x = "${'a'.repeat(1_000_000)}";`), 0],
    ['macro heads without end on one line', wrap('m(a) '.repeat(2000)), 1],
  ])('%s _ok', (_, text, broken) => {
    expect(run(text)).toEqual({ items: 2, broken });
  });

  it.each([
    ['NUL bytes', 'int f(void)\0{\0return\0 0;\0}\0'],
    ['nothing', ''],
    ['only a brace', '}'],
    ['an open comment', 'int a; /* '],
    ['an open string at the end', 'char *a = "b'],
    ['a lone hash', '#'],
    ['nested conditionals that never close', '#if 0\n'.repeat(3000)],
    ['conditionals that only close', '#endif\n#else\n#elif x\n'.repeat(1000)],
    ['a define without end', '#define A \\\n\\\n\\'],
    ['lone surrogates', 'int f(void) { x = "\ud800"; \udfff y; }'],
    ['words without end', 'a '.repeat(200_000)],
    ['calls without end', 'a() '.repeat(100_000)],
    ['structs in structs', `struct a { `.repeat(3000)],
    ['unclosed tags in a struct', `struct s { ${'struct t { '.repeat(2000)}`],
    ['definitions at column zero', `int f(void)\n{\n${'static int g(a,\n'.repeat(3000)}`],
    ['typeof in typeof', wrap(`${'typeof('.repeat(150)}x${')'.repeat(150)} y;`)],
  ])('%s does not throw _ok', (_, text) => {
    expect(() => run(text)).not.toThrow();
  });

  it('every prefix of a function parses without throwing and spares its neighbour _ok', () => {
    const text =
      'static int f(struct a *p)\n{\n\tstruct b *q __free(kfree) = f2(sizeof(*q), "x%d");\n\n\tfor_each_it(q, (u64)p) {\n\t\tif (!q->x[1]) {\n\t\t\tgoto out;\n\t\t}\n\t}\nout:\n\treturn ({ q ? 0 : -1; });\n}\n';
    const neighbour = '\nstatic int g(void)\n{\n\treturn 0;\n}\n';
    for (let end = 0; end <= text.length; end++) {
      const source = text.slice(0, end) + neighbour;
      run(source);
      const names = outline(source, noConfig)
        .items.filter((item) => item.kind === 'function')
        .map((item) => item.name);
      expect([end, names.at(-1)]).toEqual([end, 'g']);
    }
  });

  it('every single deleted character is survived _ok', () => {
    const text =
      'int f(struct a *p)\n{\n\tint (*fn)(int) = p->fn;\n\tswitch (p->k) {\n\tcase 1 ... 3:\n\t\tguard(m)(&p->l);\n\t\treturn fn((u32)-1);\n\tdefault:\n\t\tbreak;\n\t}\n\treturn (struct a){ .k = 1 }.k ?: 2;\n}\n';
    for (let at = 0; at < text.length; at++) expect(() => run(text.slice(0, at) + text.slice(at + 1))).not.toThrow();
  });
});
