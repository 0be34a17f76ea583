import { beforeAll, describe, expect, it } from 'vitest';
import type { DialectHints, ItemParser } from '../../server/src/syntax/source.js';
import { bodyOf, makeParser, parseOnly } from './parse.js';
import { printBody } from './print.js';

let parser: ItemParser;
beforeAll(async () => {
  parser = await makeParser();
});

const body = (statements: string, hints?: DialectHints): string => bodyOf(parser, statements, hints);

describe('macro heads', () => {
  it.each([
    ['list_for_each_entry(a, &b->l, link) { c(); }', 'ITERATE list_for_each_entry(a, (&b->l), link) { c(); }'],
    ['for_each_thing(a, b)\n\tif (c)\n\t\td();\ne();', 'ITERATE for_each_thing(a, b) if (c) d(); e();'],
    ['x_until_all_locked(&e) { y(); }', 'ITERATE x_until_all_locked((&e)) { y(); }'],
    ['else_each_of(a) b();', 'ITERATE else_each_of(a) b();'],
    ['for_each_thing() { b(); }', 'ITERATE for_each_thing() { b(); }'],
    ['scoped_guard(mutex, &a->lock) { b(); }', 'SCOPED scoped_guard(mutex, (&a->lock)) { b(); }'],
    ['my_block(a, b) {\n\tc();\n}', 'SCOPED my_block(a, b) { c(); }'],
    ['my_block(a)\n\t\tc();\nd();', 'SCOPED my_block(a) c(); d();'],
    [
      'scoped_cond_guard(mutex_intr, return -EINTR, &a)\n\t\tc();',
      'SCOPED scoped_cond_guard(mutex_intr, ({ return (-EINTR); }), (&a)) c();',
    ],
    ['FOR(a) { b(); }', 'SCOPED FOR(a) { b(); }'],
    ['if (a) for_each_thing(b) c(); else d();', 'if (a) ITERATE for_each_thing(b) c(); else d();'],
    ['if (a)\n\t\tscoped_guard(x, y) { c(); }\n\telse\n\t\td();', 'if (a) SCOPED scoped_guard(x, y) { c(); } else d();'],
    ['do for_each_thing(b) { c(); } while (d);', 'do ITERATE for_each_thing(b) { c(); } while (d)'],
    ['idr_for_each(&a, fn, data);', 'idr_for_each((&a), fn, data);'],
    ['for_each_thing(struct x *, a) { }', 'ITERATE for_each_thing(type struct x*, a) {  }'],
  ])('%s _ok', (source, printed) => {
    expect(body(source)).toBe(printed);
  });

  it('what is known of a macro decides before its name does _ok', () => {
    const hints: DialectHints = { macroShape: (name) => (name === 'walk' ? 'loop' : name === 'for_each_not' ? 'statement' : undefined) };
    expect(body('walk(a)\n\tb();', hints)).toBe('ITERATE walk(a) b();');
    expect(body('walk(a);', hints)).toBe('ITERATE walk(a) ;');
    expect(body('for_each_not(a)\n\tb();', hints)).toBe('for_each_not(a); b();');
  });

  it('a statement macro without semicolon is a statement of its own _ok', () => {
    expect(body('\tSTEP(a)\n\tb();\n\tSTEP(c)')).toBe('STEP(a); b(); STEP(c);');
  });
});

describe('scopes and cleanup', () => {
  it('guards are held to the end of their scope _ok', () => {
    expect(body('guard(mutex)(&a->lock);')).toBe('GUARD mutex -((&a->lock));');
    expect(body('CLASS(fd, f)(1, 2);')).toBe('GUARD fd f(1, 2);');
  });

  it('cleanup classes stay with their declarator _ok', () => {
    expect(body('struct a *b __free(kfree) = NULL;')).toBe('struct a* b free(kfree) = NULL;');
    expect(body('void *p __free(kvfree);')).toBe('void* p free(kvfree);');
  });
});

describe('declarations', () => {
  it.each([
    ['foo_t *a = b, *c[3], d;', 'foo_t* a = b; foo_t*[3] c; foo_t d;'],
    ['unsigned long long x;', 'unsigned long long x;'],
    ['const struct x *p, *const q = r;', 'const struct x* p; const struct x* q = r;'],
    ['int (*fn)(int, void *) = g;', 'int*() fn = g;'],
    ['typeof(*a) b = *a;', 'typeof((*a)) b = (*a);'],
    ['typeof(struct x *) b;', 'struct x* b;'],
    ['auto a = b->c;', 'typeof(b->c) a = b->c;'],
    ['static int n = 3;', 'static int n = 3;'],
    ['u8 x[2][N];', 'u8[2][] x;'],
    ['struct a b __maybe_unused = { 0 };', 'struct a b = {0};'],
    ['struct a b = { .c.d = 1, .e = { [0] = 2, [1 ... 3] = 4 }, f(x), };', 'struct a b = {.c.d=1, .e={[]=2, []=4}, f(x)};'],
    ['int a; enum { A, B }; struct local;', 'int a; ; ;'],
    ['static DEFINE_MUTEX(lock);', 'DEFINE_MUTEX(lock);'],
  ])('%s _ok', (source, printed) => {
    expect(body(source)).toBe(printed);
  });

  it('a product is no declaration _ok', () => {
    expect(body('x = a * b;')).toBe('(x = (a * b));');
    expect(body('f(a * b, *c);')).toBe('f((a * b), (*c));');
  });
});

describe('control', () => {
  it.each([
    [
      'switch (a) { case 1: case 2: b(); break; case C ... D: c(); fallthrough; default: ; }',
      'switch (a) { case 1: case 2: b(); break; case C..D: c(); ; default: ; }',
    ],
    ['for (int i = 0, j = 1; i < j; i++, j--) ;', 'for (int i = 0; int j = 1; | (i < j) | ((i++), (j--))) ;'],
    ['for (i = 0, j = 0; ; ) { }', 'for (((i = 0), (j = 0)); |  | ) {  }'],
    ['for (;;) break;', 'for ( |  | ) break;'],
    ['do { a(); } while (--b);', 'do { a(); } while ((--b))'],
    ['while ((a = next(a))) continue;', 'while ((a = next(a))) continue;'],
    ['if (a) b(); else if (c) d(); else e();', 'if (a) b(); else if (c) d(); else e();'],
    ['again:\n\tint x = 1;\n\tgoto again;\nout:', 'again: int x = 1; goto again; out:'],
    ['out: __maybe_unused;\n\treturn;', 'out: ; return ;'],
    ['switch (a) { case M(B)\n\tcase (u8)C: b(); }', 'switch (a) { case M(B): case <u8>C: b(); }'],
    ['asm volatile("nop" : : : "memory");', '?;'],
    ['__attribute__((fallthrough));', ';'],
    ['static_assert(sizeof(struct a) == 4);', 'static_assert((sizeof(type struct a) == 4));'],
    ['return (struct a *)b;', 'return <struct a*>b;'],
  ])('%s _ok', (source, printed) => {
    expect(body(source)).toBe(printed);
  });

  it('only the branch that is taken is read _ok', () => {
    expect(body('a();\n#ifdef CONFIG_X\nb();\n#else\nc();\n#endif\n#if 0\nd();\n#endif\n#define Y 1\ne();')).toBe('a(); b(); e();');
  });
});

describe('configuration', () => {
  it('decides the branches inside a function as it does outside _ok', async () => {
    const off = await makeParser({ isEnabled: (symbol) => (symbol === 'CONFIG_X' ? false : undefined) });
    const text = '#ifdef CONFIG_X\na();\n#else\nb();\n#endif\nif (IS_ENABLED(CONFIG_X))\nc();';
    expect(bodyOf(off, text)).toBe('b(); if (IS_ENABLED(CONFIG_X)) c();');
    expect(body(text)).toBe('a(); if (IS_ENABLED(CONFIG_X)) c();');
  });
});

describe('half-typed code', () => {
  it.each([
    ['int x = 1;\na->\nreturn x;', 'int x = 1; BROKEN return x;', 1],
    ['f(a, b;\ng();', 'BROKEN g();', 1],
    ['if (x == ) {\n\tg();\n}', 'if (?) { g(); }', 1],
    ['if (x\n\tf();\ng();', 'BROKEN g();', 1],
    ['for (i = 0; i < ; i++)\n\tg();', 'for ( |  | ) g();', 1],
    ['struct a *b = \nif (b)\n\tg();', 'BROKEN if (b) g();', 1],
    ['switch (a) {\ncase :\n\tb();\n\tbreak;\n}\ng();', 'switch (a) { BROKEN b(); break; } g();', 1],
    ['a = b c;\nd();', 'BROKEN d();', 1],
    ['do { a(); }\nb();', 'BROKEN { a(); } b();', 1],
    ['else a();\nb();', 'BROKEN a(); b();', 1],
    ['a = "open;\nb();', 'BROKEN', 1],
  ])('%s _bad', (source, printed, errors) => {
    const fn = parseOnly(parser, `void f(void)\n{\n${source.replace(/^/gm, '\t')}\n}\n`);
    expect(bodyOf(parser, source)).toBe(printed);
    expect(fn.errors).toHaveLength(errors);
  });

  it('errors are where the broken text is _bad', () => {
    const text = 'int f(void)\n{\n\ta();\n\tb(;\n\treturn 0;\n}\n';
    const fn = parseOnly(parser, text);
    expect(fn.errors.map((span) => text.slice(span.start, span.end))).toEqual(['b(;']);
  });

  it('a function cut short still has its statements and one error _bad', () => {
    const text = 'static int f(void)\n{\n\tif (x) {\n\t\ta();\n';
    const fn = parseOnly(parser, text);
    expect(printBody(fn.body)).toBe('if (x) { a(); ; }');
    expect(fn.errors).toHaveLength(1);
  });
});
