import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/src/program/config.js';
import type { Program, ProgramFile } from '../../server/src/program/types.js';
import { toyTree } from './driver.js';
import { programOf } from './memory.js';

const path = 'drivers/gpu/drm/toy/toy_svm.c';

/** Asks everything once; nothing may throw. */
const askAll = (program: Program, file: ProgramFile): void => {
  for (const fn of program.functionsIn(file)) {
    fn.ast();
    program.references(fn);
    program.callbacksOf(fn.name, file);
  }
  for (const name of ['a', 'A', 'B', 'toy_bind', 'struct', '', 'constructor', '__proto__']) {
    program.findFunction(name, file);
    program.findSignature(name, file);
    program.findMacro(name, file)?.body();
    program.findStruct(name, file);
    program.findStruct(`struct ${name}`, file);
    program.resolveTypedef(name, file);
    program.constant(name, file);
    program.isConstantName(name, file);
    program.containersOf(`struct ${name}`);
  }
  program.callbacks();
  program.files();
};

describe('bad input', () => {
  const texts: Readonly<Record<string, string>> = {
    nothing: '',
    nul: 'int a(void)\n{\n\treturn 0;\u0000}\n',
    'a line of a megabyte': `int a[] = { ${'1, '.repeat(350_000)} };`,
    'deep parentheses': `int a(void)\n{\n\treturn ${'('.repeat(10_000)}1${')'.repeat(10_000)};\n}\n`,
    'open brace': 'struct a {\n\tint b;\nint c(void)\n{\n',
    'recursive macros': '#define A B\n#define B A\n#define F(x) G(x)\n#define G(x) F(x)\nint a(void)\n{\n\tF(1) { }\n\treturn A;\n}\n',
    'recursive typedefs': 'typedef a b;\ntypedef b a;\nstruct s { a x; struct s inner; };\n',
    'conflict markers': '<<<<<<< ours\nint a(void)\n{\n=======\nint b(void)\n{\n>>>>>>> theirs\n}\n',
    'unclosed comment': 'int a(void)\n{\n\treturn 0; /* never\n}\n',
    'unclosed string': 'static const char *a = "never\nint b(void) { return 0; }\n',
  };
  for (const [name, text] of Object.entries(texts)) {
    test(`${name.replaceAll(' ', '_')}_ok`, async () => {
      const { program, file } = await programOf({ ...toyTree, [path]: text });
      askAll(program, file(path));
      program.setText(path, `${text}\n${toyTree[path]}`);
      askAll(program, file(path));
      program.setText(path, undefined);
      askAll(program, file(path));
    });
  }
  test('include_cycles_and_paths_out_of_the_tree_ok', async () => {
    const { program, file } = await programOf({
      ...toyTree,
      'drivers/gpu/drm/toy/one.h': '#include "two.h"\n#include "../../../../../../etc/passwd"\n#include "one.h"\nstruct one { int x; };\n',
      'drivers/gpu/drm/toy/two.h': '#include "one.h"\n#include <../x.h>\n#include "missing.h"\nstruct two { struct one o; };\n',
      [path]: '#include "one.h"\nint a(struct two *t) { return t->o.x; }\n',
    });
    expect(program.findStruct('struct two', file(path))?.member('o')).toBeDefined();
    askAll(program, file(path));
  });
});

describe('config', () => {
  test('values_ok', () => {
    const config = readConfig('CONFIG_A=y\nCONFIG_B=m\n# CONFIG_C is not set\nCONFIG_D="text"\nCONFIG_E=n\nnonsense\n');
    expect(['CONFIG_A', 'CONFIG_B', 'CONFIG_C', 'CONFIG_D', 'CONFIG_E'].map((name) => config.isEnabled(name))).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(config.isEnabled('CONFIG_OTHER')).toBeUndefined();
    expect(readConfig(undefined).isEnabled('CONFIG_A')).toBeUndefined();
  });
  test('what_a_whole_config_leaves_out_is_off_ok', () => {
    const config = readConfig(Array.from({ length: 500 }, (_, at) => `CONFIG_X${at}=y`).join('\n'));
    expect(config.isEnabled('CONFIG_OTHER')).toBe(false);
  });
  test('a_branch_switched_off_gives_way_ok', async () => {
    const { program, file } = await programOf(toyTree, { config: '# CONFIG_DRM_TOY_SVM is not set\n' });
    const found = program.findFunction('toy_range_valid', file(path));
    expect(found?.file.text.slice(found.item.start, found.item.end)).toContain('return false');
  });
});
