import { beforeAll, describe, expect, it } from 'vitest';
import type { ItemParser } from '../../server/src/syntax/source.js';
import { bodyOf, makeParser, noHints, parseOnly } from './parse.js';
import { printExpr } from './print.js';

let parser: ItemParser;
beforeAll(async () => {
  parser = await makeParser();
});

describe('expressions', () => {
  it.each([
    ['x = a + b * c - -1', '(x = ((a + (b * c)) - -1))'],
    ['x = a -1', '(x = (a - 1))'],
    ['x = a | b & ~c << 2', '(x = (a | (b & ((~c) << 2))))'],
    ['x = !a && b || c == d', '(x = (((!a) && b) || (c == d)))'],
    ['x = a ? b : c ? d : e', '(x = (a ? b : (c ? d : e)))'],
    ['x = a ?: b', '(x = (a ?  : b))'],
    ['a = b = c', '(a = (b = c))'],
    ['a |= b, c++', '((a |= b), (c++))'],
    ['*a++ = --b', '((*(a++)) = (--b))'],
    ['a->b.c[d]->e(f)(g)', 'a->b.c[d]->e(f)(g)'],
    ['(*ops->fn)(a)', '(*ops->fn)(a)'],
    ['&a->b', '(&a->b)'],
    ['x = (a)', '(x = a)'],
    ['x = -EINVAL', '(x = (-EINVAL))'],
    ['x = 0x10UL + 010 + 1e3', '(x = ((16 + 8) + 1000))'],
    ["x = 'a' + '\\n' + '\\x41'", '(x = ((97 + 10) + 65))'],
    ['x = true', '(x = 1)'],
    ['x = NULL', '(x = NULL)'],
  ])('%s _ok', (source, printed) => {
    expect(bodyOf(parser, `${source};`)).toBe(`${printed};`);
  });
});

describe('types in expressions', () => {
  it.each([
    ['x = (u64)a->b', '(x = <u64>a->b)'],
    ['x = (u32)-1', '(x = <u32>-1)'],
    ['x = (struct a __user *)(uintptr_t)b', '(x = <struct a*><uintptr_t>b)'],
    ['x = (foo_t)b', '(x = <foo_t>b)'],
    ['x = (__force __le32)b', '(x = <__le32>b)'],
    ['x = (a) & b', '(x = (a & b))'],
    ['x = (a) - b', '(x = (a - b))'],
    ['x = (a)(b)', '(x = a(b))'],
    ['x = (f(a)) - 1', '(x = (f(a) - 1))'],
    ['x = (a[3]) & m', '(x = (a[3] & m))'],
    ['x = (typeof(y))z', '(x = <typeof(y)>z)'],
    ['(void)a', '<void>a'],
    ['x = sizeof(struct a) * 2 + sizeof(*b) + sizeof c', '(x = (((sizeof(type struct a) * 2) + sizeof((*b))) + sizeof(c)))'],
    ['x = sizeof(a) - 1', '(x = (sizeof(a) - 1))'],
    ['x = offsetof(struct a, b.c)', '(x = sizeof(type struct a))'],
    ['x = (struct a){ .b = 1 }', '(x = <struct a>{.b=1})'],
    ['f((u32[]){ 1, 2 })', 'f(<u32[]>{1, 2})'],
    ['x = va_arg(ap, unsigned int)', '(x = va_arg(ap, type unsigned int))'],
    ['x = alloc_obj(struct a)', '(x = alloc_obj(type struct a))'],
    ['x = f(struct a *, u8)', '(x = f(type struct a*, type u8))'],
    ['x = ({ int y = 1; y + 2; })', '(x = ({ int y = 1; (y + 2); }))'],
    ['x = _Generic(a, const struct b *: (const struct c *)a->d, struct b *: a->d)', '(x = a->d)'],
  ])('%s _ok', (source, printed) => {
    expect(bodyOf(parser, `${source};`)).toBe(`${printed};`);
  });
});

describe('containers', () => {
  it.each([
    ['container_of(w, struct a, b)', 'container(w, struct a, b)'],
    ['container_of_const(w, struct a, b.c[1].d)', 'container(w, struct a, b.c.[].d)'],
    ['list_entry(l->next, typeof(*x), link)', 'container(l->next, typeof((*x)), link)'],
    ['rb_entry(n, foo_t, node)', 'container(n, foo_t, node)'],
    ['list_first_entry_or_null(&l, struct a, link)', 'list_first_entry_or_null((&l), type struct a, link)'],
    ['list_next_entry(a, link)', 'list_next_entry(a, link)'],
  ])('%s _ok', (source, printed) => {
    expect(bodyOf(parser, `x = ${source};`)).toBe(`(x = ${printed});`);
  });
});

describe('strings and odd arguments', () => {
  it.each([
    ['f("a" "b" PRIu64 "c", 1)', 'f("abc", 1)'],
    ['f(LEVEL "a" __stringify(x) "b")', 'f("ab")'],
    ['f("say \\"hi\\" /* no */ // no")', 'f("say \\\\\\"hi\\\\\\" /* no */ // no")'],
    ['f(a, , b)', 'f(a, ?, b)'],
    ['f(a, ==, b)', 'f(a, ?, b)'],
    ['f(.a = 1)', 'f(?)'],
    ['f(a, return -1)', 'f(a, ({ return -1; }))'],
    ['f(a, { b(); c(); })', 'f(a, ({ b(); c(); }))'],
  ])('%s _ok', (source, printed) => {
    expect(bodyOf(parser, `${source};`)).toBe(`${printed};`);
  });
});

describe('offsets', () => {
  it('every span holds what it stands for, relative to the item _ok', () => {
    const text =
      '/* before */ int g;\nint f(struct a *p)\n{\n\tstruct b *q = container_of(p, struct b, base); /* é */\n\tfor_each_it(q, p) {\n\t\tq->x = (u64)p->y + -1;\n\t}\nout:\n\treturn q ? 0 : -EIO;\n}\n';
    const start = text.indexOf('int f');
    const fn = parseOnly(parser, text);
    const at = (span: { readonly start: number; readonly end: number }): string => text.slice(start + span.start, start + span.end);
    expect(at(fn)).toBe(text.slice(start).trimEnd());
    expect(at(fn.nameSpan)).toBe('f');
    expect(fn.params.map(at)).toEqual(['struct a *p']);
    expect(fn.body.map(at)).toEqual([
      'struct b *q = container_of(p, struct b, base);',
      'for_each_it(q, p) {\n\t\tq->x = (u64)p->y + -1;\n\t}',
      'out:',
      'return q ? 0 : -EIO;',
    ]);
    const loop = fn.body[1];
    const inner = loop?.kind === 'iterate' && loop.body.kind === 'block' ? loop.body.body[0] : undefined;
    const assign = inner?.kind === 'expr' ? inner.expr : undefined;
    expect(assign === undefined ? '' : at(assign)).toBe('q->x = (u64)p->y + -1');
    expect(assign?.kind === 'assign' ? at(assign.right) : '').toBe('(u64)p->y + -1');
  });
});

describe('macro bodies', () => {
  const read = (source: string): string => {
    const found = parser.parseMacroBody(source, noHints);
    if (found === undefined) return '-';
    return 'expr' in found
      ? printExpr(found.expr)
      : `${found.statements.length}: ${found.statements.map((statement) => statement.kind).join(' ')}`;
  };

  it.each([
    ['(a)->b', 'a->b'],
    ['container_of((x), struct a, b)', 'container(x, struct a, b)'],
    ['do { a(); } while (0)', '1: do'],
    ['({ int a = 1; a; })', '({ int a = 1; a; })'],
    ['for ((a) = f(b); (a); (a) = g(a))', '1: for'],
    ['list_for_each_entry(a, &(b)->c, d)', '1: iterate'],
    ['if (!(a)) {} else', '1: if'],
    ['scoped_guard(a, (b)) for_each_thing((c), d)', '1: scoped'],
    ['call(x, ##__VA_ARGS__)', 'call(x, __VA_ARGS__)'],
    ['warn##once("a" #x "b", x)', '?("ab", x)'],
    ['a(x); b(y)', '2: expr expr'],
    ['static int f(void) { return 0; }', '-'],
    ['', '-'],
  ])('%s _ok', (source, printed) => {
    expect(read(source)).toBe(printed);
  });
});
