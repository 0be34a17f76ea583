import { beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../../server/src/syntax/ast.js';
import type { ItemKind, ItemParser } from '../../server/src/syntax/source.js';
import { makeParser, onlyItem, parseOnly } from './parse.js';
import { printExpr, printType } from './print.js';

let parser: ItemParser;
beforeAll(async () => {
  parser = await makeParser();
});

function print(members: readonly Member[]): readonly string[] {
  return members.map((member) => {
    const inner = member.inner === undefined ? '' : ` {${print(member.inner).join('; ')}}`;
    return `${printType(member.type)} ${member.name}${member.bits === undefined ? '' : `:${member.bits}`}${member.inUnion ? ' union' : ''}${inner}`;
  });
}

function members(text: string, kind: ItemKind = 'struct'): readonly string[] {
  const found = parser.parseStruct(text, onlyItem(text, kind));
  return found === undefined ? ['-'] : print(found.members);
}

describe('headers', () => {
  it('return type, parameters and annotations _ok', () => {
    const fn = parseOnly(
      parser,
      'static inline const struct a __must_check *f(struct b __user *p, const char *const n __maybe_unused, int (*cb)(void *, int), u8 buf[4], enum e, ...)\n\t__must_hold( &p->lock )\n{\n}\n',
    );
    expect(printType(fn.returnType)).toBe('const struct a*');
    expect(fn.params.map((param) => `${printType(param.type)} ${param.name}`)).toEqual([
      'struct b* p',
      'const char* n',
      'int*() cb',
      'u8[4] buf',
      'enum e ',
    ]);
    expect(fn).toMatchObject({ isVariadic: true, isStatic: true, isInline: true, attributes: ['__must_check', '__must_hold( &p->lock )'] });
  });

  it('prototypes have the same header and no body _ok', () => {
    const text = 'int __must_check f(struct a *a, void *) __releases(x);';
    const found = parser.parsePrototype(text, onlyItem(text, 'prototype'));
    expect(found).toMatchObject({ name: 'f', isVariadic: false, body: [], attributes: ['__must_check', '__releases(x)'] });
    expect(found?.params.map((param) => param.name)).toEqual(['a', '']);
  });

  it('no parameters, and unknown annotations _ok', () => {
    expect(parseOnly(parser, 'ODD_WORD int f(void)\n{\n}\n').params).toEqual([]);
    expect(parseOnly(parser, 'static void SOME_TAG f(int a)\n{\n}\n')).toMatchObject({
      attributes: ['SOME_TAG'],
      returnType: { base: 'void' },
    });
  });
});

describe('structs', () => {
  it('members with types, dimensions, bits and attributes _ok', () => {
    expect(
      members(
        'struct s {\n\tint a, *b[2];\n\tu32 c : 3, d:1;\n\tstruct list_head link;\n\tint (*run)(struct s *s);\n\tchar tail[] __counted_by(a);\n\tconst struct t __rcu *t;\n};',
      ),
    ).toEqual(['int a', 'int*[2] b', 'u32 c:3', 'u32 d:1', 'struct list_head link', 'int*() run', 'char[] tail', 'const struct t* t']);
  });

  it('unnamed structs and unions are flattened, named ones keep their own members _ok', () => {
    expect(
      members(
        'struct s {\n\tunion {\n\t\tu16 all;\n\t\tstruct {\n\t\t\tu8 a : 1;\n\t\t};\n\t};\n\tstruct {\n\t\tint x;\n\t\tunion { int y; };\n\t} inner;\n\tstruct { int z; };\n};',
      ),
    ).toEqual(['u16 all union', 'u8 a:1 union', 'struct inner {int x; int y union}', 'int z']);
    expect(members('union u { int a; long b; };', 'union')).toEqual(['int a union', 'long b union']);
  });

  it('macros that declare members, and branches not taken _ok', () => {
    expect(
      members(
        'struct s {\n\tDECLARE_BITMAP(bits, 8);\n\tDECLARE_FLEX_ARRAY(struct x, tail);\n\tstruct_group(both,\n\t\tint a;\n\t\tint b;\n\t);\n#ifdef CONFIG_X\n\tint on;\n#else\n\tint off;\n#endif\n};',
      ),
    ).toEqual([
      'unsigned long[] bits',
      'struct x[] tail',
      'struct both union {int a union; int b union}',
      'int a union',
      'int b union',
      'int on',
    ]);
  });

  it('a half-typed member does not lose the others _bad', () => {
    expect(members('struct s {\n\tint a;\n\tstruct \n\tint b;\n\tint c;\n};').filter((member) => member.endsWith(' c'))).toHaveLength(1);
  });
});

describe('variables, enums, typedefs', () => {
  it('an initialiser by designators, with functions _ok', () => {
    const text = 'static const struct ops table = {\n\t.run = do_run,\n\t.inner = { .stop = do_stop },\n\tMACRO_FIELDS,\n};';
    const found = parser.parseVariable(text, onlyItem(text, 'variable'));
    expect(found).toMatchObject({ name: 'table', isStatic: true, isConst: true, type: { base: 'struct ops' } });
    expect(found?.init === undefined ? '' : printExpr(found.init)).toBe('{.run=do_run, .inner={.stop=do_stop}, MACRO_FIELDS}');
  });

  it('variables without initialiser, and hooks _ok', () => {
    expect(parser.parseVariable('extern int a[3];', onlyItem('extern int a[3];', 'variable'))).toMatchObject({
      type: { base: 'int', dims: [3] },
      init: undefined,
    });
    const hook = 'int (*hook)(int) = start;';
    expect(parser.parseVariable(hook, onlyItem(hook, 'variable'))).toMatchObject({
      type: { isFunction: true },
      init: { kind: 'name', name: 'start' },
    });
  });

  it('enumerators count where they can _ok', () => {
    const text = 'enum e { A, B = 5, C, D = B | BIT(4), E = 1 << 2, F = sizeof(int), G, H = -2, I };';
    expect(parser.parseEnum(text, onlyItem(text, 'enum')).map((entry) => entry.value)).toEqual([
      0,
      5,
      6,
      21,
      4,
      undefined,
      undefined,
      -2,
      -1,
    ]);
  });

  it('typedefs, unnamed structs under their typedef name _ok', () => {
    const read = (text: string): string => {
      const found = parser.parseTypedef(text, onlyItem(text, 'typedef'));
      return found === undefined ? '-' : `${found.name}: ${printType(found.type)}`;
    };
    expect(read('typedef unsigned long word_t;')).toBe('word_t: unsigned long');
    expect(read('typedef struct { int a; } pair_t;')).toBe('pair_t: struct pair_t');
    expect(read('typedef struct pair { int a; } *pair_p;')).toBe('pair_p: struct pair*');
    expect(read('typedef int (*fn_t)(void *);')).toBe('fn_t: int*()');
    expect(read('typedef int fn_t(void *);')).toBe('fn_t: int()');
  });
});
