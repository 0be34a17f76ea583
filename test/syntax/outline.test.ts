import { describe, expect, it } from 'vitest';
import { outline } from '../../server/src/syntax/outline.js';
import type { Item } from '../../server/src/syntax/source.js';
import { noConfig } from './parse.js';

function kinds(text: string): readonly string[] {
  return outline(text, noConfig).items.map((item) => `${item.kind} ${item.name}${item.alternative ? ' (alternative)' : ''}`);
}

function find(text: string, name: string): Item {
  const item = outline(text, noConfig).items.find((candidate) => candidate.name === name);
  if (item === undefined) throw new Error(`no item ${name}`);
  return item;
}

describe('items', () => {
  it('functions, prototypes, types and variables by their names _ok', () => {
    expect(
      kinds(`
struct fwd;
struct one { int a; struct two { int b; } c; };
typedef struct { int x; } three_t;
typedef int (*callback_t)(void *);
typedef unsigned long word_t;
enum { A, B };
enum colour { RED };
union u { int a; };
extern int counter;
static const struct ops table[] = { { .run = go }, };
int (*hook)(int) = NULL;
int plain(struct one *a, int b);
static inline struct one *make(void) { return NULL; }
EXPORT_SYMBOL_GPL(plain);
static DEFINE_MUTEX(lock);
DEFINE_THING(a, b)
static int after(void) { return 0; }
`),
    ).toEqual([
      'other struct fwd',
      'struct struct one',
      'struct struct two',
      'typedef three_t',
      'struct struct three_t',
      'typedef callback_t',
      'typedef word_t',
      'enum enum',
      'enum enum colour',
      'union union u',
      'variable counter',
      'variable table',
      'variable hook',
      'prototype plain',
      'function make',
      'macro-call EXPORT_SYMBOL_GPL',
      'macro-call DEFINE_MUTEX',
      'macro-call DEFINE_THING',
      'function after',
    ]);
  });

  it('annotations before and after the parameters do not name the function _ok', () => {
    expect(kinds('__printf(1, 2)\nstatic int __must_check say(const char *f, ...) __must_hold(&a->lock)\n{\n}\n')).toEqual([
      'function say',
    ]);
    expect(kinds('static int\n__init\nstart(void)\n\t__acquires(x)\n{\n}\n')).toEqual(['function start']);
    expect(kinds('static struct thing state __aligned(8) = { 0 };')).toEqual(['variable state']);
    expect(kinds('int __attribute__((noinline, cold)) slow(int a) { return a; }')).toEqual(['function slow']);
  });

  it('a body starts at its brace and a function ends at its closing one _ok', () => {
    const text = 'static int f(void)\n{\n\treturn 1;\n}\nint g;\n';
    const item = find(text, 'f');
    expect(text.slice(item.bodyStart, item.end)).toBe('{\n\treturn 1;\n}');
    expect(item.isStatic).toBe(true);
    expect(text.slice(find(text, 'g').start, find(text, 'g').end)).toBe('int g;');
  });

  it('kernel-doc belongs to the item right below it _ok', () => {
    const text = '/** f() - first */\nint f(void);\n\n/** lost */\n#define X 1\nint g(void);\n/* plain */\nint h(void);\n';
    const doc = find(text, 'f').doc;
    expect(doc === undefined ? '' : text.slice(doc.start, doc.end)).toBe('/** f() - first */');
    expect(find(text, 'g').doc).toBeUndefined();
    expect(find(text, 'h').doc).toBeUndefined();
  });

  it('braces in strings, characters and comments count for nothing _ok', () => {
    expect(kinds('int f(void) { a("}"); b(\'}\'); /* } */ // }\n return 0; }\nint g(void) { }\n')).toEqual(['function f', 'function g']);
  });
});

describe('macros and includes', () => {
  const text =
    '#include <linux/a.h>\n#include "b.h" /* why */\n#define ONE 1\n#define CALL(x, args...) do_call(x, \\\n\t## args) // end\n#define EMPTY\n#define SPACED (x)\n';

  it('bodies keep their length and lose their continuations _ok', () => {
    const { macros } = outline(text, noConfig);
    expect(macros.map((macro) => [macro.name, macro.params, macro.body])).toEqual([
      ['ONE', undefined, '1'],
      ['CALL', ['x', 'args...'], 'do_call(x,   \t## args)'],
      ['EMPTY', undefined, ''],
      ['SPACED', undefined, '(x)'],
    ]);
    const call = macros[1];
    expect(call === undefined ? '' : text.slice(call.bodyStart, call.bodyStart + 10)).toBe('do_call(x,');
  });

  it('includes tell the two kinds apart _ok', () => {
    expect(outline(text, noConfig).includes.map((include) => [include.path, include.isSystem])).toEqual([
      ['linux/a.h', true],
      ['b.h', false],
    ]);
  });

  it('every comment is listed, also those in directives and branches not taken _ok', () => {
    const source = '/* 1 */ int a; // 2\n#define X 1 /* 3 */\n#if 0\n/** 4 */\n#endif /* 5 */\n';
    expect(outline(source, noConfig).comments.map((comment) => [source.slice(comment.start, comment.end), comment.isDoc])).toEqual([
      ['/* 1 */', false],
      ['// 2', false],
      ['/* 3 */', false],
      ['/** 4 */', true],
      ['/* 5 */', false],
    ]);
  });
});

describe('conditional code', () => {
  it('the enabled branch counts and its empty twin is an alternative _ok', () => {
    expect(kinds('#ifdef CONFIG_X\nint f(void) { return g(); }\n#else\nstatic inline int f(void) { return 0; }\n#endif\n')).toEqual([
      'function f',
      'function f (alternative)',
    ]);
    expect(kinds('#if !IS_ENABLED(CONFIG_X)\nint off(void) { return 0; }\n#else\nint on(void) { return 1; }\n#endif\n')).toEqual([
      'function off (alternative)',
      'function on',
    ]);
  });

  it('a .config decides where there is one _ok', () => {
    const off = { isEnabled: (symbol: string) => (symbol === 'CONFIG_X' ? false : undefined) };
    const items = outline('#ifdef CONFIG_X\nint a;\n#else\nint b;\n#endif\n', off).items;
    expect(items.map((item) => [item.name, item.alternative])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  it('header guards and unknown conditions are taken, if 0 is not _ok', () => {
    expect(
      kinds('#ifndef _H_\n#define _H_\nint a;\n#endif\n#if SOMETHING > 3\nint b;\n#else\nint c;\n#endif\n#if 0\nint d;\n#endif\n'),
    ).toEqual(['variable a', 'variable b', 'variable c (alternative)', 'variable d (alternative)']);
  });

  it('braces of branches not taken do not unbalance a function _ok', () => {
    expect(kinds('int f(int a)\n{\n#ifdef CONFIG_X\n\tif (a) {\n#else\n\tif (!a) {\n#endif\n\t}\n\treturn 0;\n}\nint g;\n')).toEqual([
      'function f',
      'variable g',
    ]);
  });

  it('branches not taken are ranges of the text, nested ones within the outer _ok', () => {
    const text = '#if 0\n#if 1\nint a;\n#else\nint b;\n#endif\n#endif\nint c;\n';
    const found = outline(text, noConfig);
    expect(found.inactive.map((span) => text.slice(span.start, span.end))).toEqual(['\n#if 1\nint a;\n#else\nint b;\n#endif\n']);
    expect(found.items.filter((item) => !item.alternative).map((item) => item.name)).toEqual(['c']);
  });
});

describe('broken text', () => {
  it('a function without its closing brace ends where the next one starts _bad', () => {
    expect(kinds('static int f(void)\n{\n\tif (x) {\n\t\ta();\n\nstatic int g(void)\n{\n\treturn 0;\n}\nint h(int a)\n{\n}\n')).toEqual([
      'function f',
      'function g',
      'function h',
    ]);
    expect(kinds('my_t f(void)\n{\n\tif (x) {\n\nmy_t g(void)\n{\n}\n')).toEqual(['function f', 'function g']);
  });

  it('a closing brace at column zero ends a function with one brace too many _bad', () => {
    expect(kinds('int f(void)\n{\n\tif (x) {\n\t\ta();\n}\n\nint g(void)\n{\n}\n')).toEqual(['function f', 'function g']);
  });

  it('an unclosed parenthesis costs its own item only _bad', () => {
    expect(kinds('int f(int a\n{\n\treturn a;\n}\nint g(void) { return 0; }\n')).toEqual(['function f', 'function g']);
    expect(kinds('int f(int a,\nstatic int g(void)\n{\n\treturn 0;\n}\n')).toEqual(['broken f', 'function g']);
  });

  it('a prototype without semicolon does not become the next function _bad', () => {
    expect(kinds('int f(int a)\nint g(void)\n{\n}\n')).toEqual(['broken f', 'function g']);
  });

  it('an unclosed struct ends where a function starts _bad', () => {
    expect(kinds('struct s {\n\tint a;\n\nstatic int g(void)\n{\n}\n').at(-1)).toBe('function g');
  });

  it('labels, initialisers and unindented code at column zero end nothing _ok', () => {
    expect(kinds('int f(void)\n{\n\tif (x) {\nagain:\n\t\ta();\n\t}\n\treturn 0;\n}\n')).toEqual(['function f']);
    expect(kinds('static const struct x t[] = {\n{\n\t1,\n},\n{\n\t2,\n},\n};\nint g;\n')).toEqual(['variable t', 'variable g']);
    expect(kinds('int f(void)\n{\nint a;\nif (x)\n{\na();\n}\nreturn 0;\n}\nint g;\n')).toEqual(['function f', 'variable g']);
  });
});
