import { describe, expect, test } from 'vitest';
import type { Program } from '../../server/src/program/types.js';
import { toyTree } from './driver.js';
import { programOf } from './memory.js';

const folder = 'drivers/gpu/drm/toy';
const paths = Object.keys(toyTree).filter((path) => path.startsWith(folder));
const names = [
  'to_toy_range',
  'toy_range_valid',
  'toy_svm_fault',
  'toy_bind',
  'helper',
  'toy_kill',
  'toy_reset',
  'toy_collect',
  'kref_put',
  'drm_gpusvm_get_pages',
  'drm_gpusvm_init_pages',
  'toy_new',
];

/** Everything that the program says, as text: two programs over the same texts must say the same. */
const answers = (program: Program): string => {
  const lines: string[] = [JSON.stringify(program.facts)];
  const files = paths.map((path) => program.file(path)).filter((file) => file !== undefined);
  for (const file of files) {
    lines.push(`${file.path}: ${program.functionsIn(file).map((fn) => `${fn.key}@${fn.item.start} ${JSON.stringify(fn.ast())}`)}`);
    for (const name of names) {
      const fn = program.findFunction(name, file);
      lines.push(`  ${name} ${fn?.key} ${JSON.stringify(program.findSignature(name, file))}`);
      if (fn === undefined) continue;
      lines.push(
        `  called by ${program
          .references(fn)
          .map((one) => `${one.caller.key}${one.isCall}`)
          .sort()}`,
      );
      lines.push(`  stands in ${program.callbacksOf(name, fn.file).map((one) => `${one.table} ${one.structTag}.${one.member}`)}`);
    }
    for (const name of ['toy_notifier_lock', 'for_each_toy', 'TOY_LIMIT']) {
      lines.push(
        `  ${name} ${JSON.stringify(program.findMacro(name, file)?.def)} ${JSON.stringify(program.findMacro(name, file)?.body())}`,
      );
    }
    for (const tag of ['struct toy_range', 'struct toy_vm', 'struct toy_inner', 'struct kref', 'deep_t']) {
      lines.push(`  ${tag} ${JSON.stringify(program.findStruct(tag, file)?.ast)}`);
    }
    for (const name of ['TOY_LIMIT', 'TOY_MASK', 'TOY_DEAD', 'MMU_NOTIFY_CLEAR', 'TOY_NEW']) {
      lines.push(`  ${name} ${program.constant(name, file)} ${program.isConstantName(name, file)}`);
    }
  }
  for (const tag of ['struct drm_gpusvm_pages', 'struct drm_gpusvm_range']) {
    lines.push(`${tag} in ${program.containersOf(tag).map((one) => `${one.container.tag} ${one.path} ${one.isPointer}`)}`);
  }
  lines.push(
    program
      .callbacks()
      .map((one) => `${one.table} ${one.structTag}.${one.member}=${one.functionName}`)
      .join(),
  );
  lines.push(
    program
      .files(folder)
      .map((file) => file.path)
      .join(),
  );
  return lines.join('\n');
};

const cold = async (texts: Readonly<Record<string, string>>): Promise<string> => answers((await programOf(texts)).program);

/** Applies an edit to a warm program and compares with a cold one over the same texts. */
const compare = async (path: string, edit: (text: string) => string): Promise<void> => {
  const { program } = await programOf(toyTree);
  const before = answers(program);
  const text = edit(toyTree[path] ?? '');
  program.setText(path, text);
  expect(answers(program)).toBe(await cold({ ...toyTree, [path]: text }));
  program.setText(path, undefined);
  expect(answers(program)).toBe(before);
};

describe('edits equal a cold run', () => {
  test('statement_in_a_body_ok', () =>
    compare(`${folder}/toy_svm.c`, (text) => text.replace('return toy_bind(vm, 0);', 'toy_kill(vm);\n\treturn 0;')));
  test('new_function_ok', () =>
    compare(`${folder}/toy_svm.c`, (text) => `${text}\nstatic int toy_new(void)\n{\n\treturn to_toy_range(0) != 0;\n}\n`));
  test('renamed_function_ok', () => compare(`${folder}/toy_vm.c`, (text) => text.replace('static int helper', 'static int toy_new')));
  test('static_made_global_ok', () => compare(`${folder}/toy_vm.c`, (text) => text.replace('static int helper', 'int helper')));
  test('unbalanced_brace_ok', () => compare(`${folder}/toy_svm.c`, (text) => text.replace('return 0;', 'if (gpusvm) {\n\treturn 0;')));
  test('half_typed_ok', () => compare(`${folder}/toy_svm.c`, (text) => text.replace('.invalidate = &toy_invalidate,', '.inval')));
  test('struct_member_ok', () =>
    compare(`${folder}/toy_types.h`, (text) => text.replace('u8 present;', 'struct drm_gpusvm_pages second;')));
  test('macro_changes_shape_ok', () =>
    compare(`${folder}/toy_svm.h`, (text) => text.replace('list_for_each_entry(t__, &(vm__)->list, link)', 'use(t__, vm__)')));
  test('loop_macro_becomes_a_block_ok', () =>
    compare(`${folder}/toy_svm.h`, (text) =>
      text.replace('for ((t__) = (vm__)->first; (t__); (t__) = (t__)->next)', 'if ((t__)->next != (vm__)->first)'),
    ));
  test('macro_value_ok', () => compare(`${folder}/toy_types.h`, (text) => text.replace('TOY_LIMIT 16', 'TOY_LIMIT 32')));
  test('enumerator_ok', () => compare(`${folder}/toy_types.h`, (text) => text.replace('TOY_IDLE,', 'TOY_NEW, TOY_IDLE,')));
  test('branch_switched_ok', () => compare(`${folder}/toy_svm.h`, (text) => text.replace('#if IS_ENABLED(CONFIG_DRM_TOY_SVM)', '#if 0')));
  test('include_removed_ok', () => compare(`${folder}/toy_svm.h`, (text) => text.replace('#include "toy_types.h"\n', '')));
  test('table_entry_ok', () => compare(`${folder}/toy_vm.c`, (text) => text.replace('toy_reset },', 'toy_kill },')));
  test('registration_ok', () => compare(`${folder}/toy_vm.c`, (text) => text.replace('register_handler(toy_svm_fault);', '')));
  test('wrapper_gone_ok', () =>
    compare(`${folder}/toy_types.h`, (text) => text.replace('struct drm_gpusvm_range base;', 'struct kref base;')));
});

describe('files that come and go', () => {
  test('a_new_header_is_seen_ok', async () => {
    const path = `${folder}/toy_extra.h`;
    const user = `${folder}/toy_vm.c`;
    const included = `#include "toy_extra.h"\n${toyTree[user]}`;
    const { program } = await programOf({ ...toyTree, [user]: included });
    const from = program.file(user);
    if (from === undefined) throw new Error(user);
    expect(program.findFunction('toy_new', from)).toBeUndefined();
    program.setText(path, 'static inline int toy_new(void)\n{\n\treturn 1;\n}\n');
    expect(program.findFunction('toy_new', from)?.key).toBe(`${path}:toy_new`);
    expect(answers(program)).toBe(
      await cold({ ...toyTree, [user]: included, [path]: 'static inline int toy_new(void)\n{\n\treturn 1;\n}\n' }),
    );
    program.setText(path, undefined);
    expect(program.findFunction('toy_new', from)).toBeUndefined();
  });
  test('a_file_changed_on_disk_is_read_again_ok', async () => {
    const { program, host, file } = await programOf(toyTree);
    const path = `${folder}/toy_svm.c`;
    expect(program.functionsIn(file(path)).some((fn) => fn.name === 'toy_new')).toBe(false);
    host.files.set(path, `${toyTree[path]}\nint toy_new(void)\n{\n\treturn 1;\n}\n`);
    program.setText(path, undefined);
    expect(program.functionsIn(file(path)).some((fn) => fn.name === 'toy_new')).toBe(true);
  });
  test('a_lone_file_ok', async () => {
    const { program, file } = await programOf(
      { 'lone.c': 'int callee(int a) { return a; }\nint f(void) { return callee(1); }\n' },
      { hasTree: false },
    );
    const lone = file('lone.c');
    const callee = program.findFunction('callee', lone);
    expect(callee === undefined ? [] : program.references(callee).map((one) => one.caller.name)).toEqual(['f']);
    expect(program.files().map((one) => one.path)).toEqual(['lone.c']);
  });
});

describe('what an edit keeps', () => {
  test('trees_of_functions_that_moved_ok', async () => {
    const { program, file } = await programOf(toyTree);
    const path = `${folder}/toy_svm.c`;
    const before = program.functionsIn(file(path)).map((fn) => fn.ast());
    const parses = program.parseStats.parses;
    program.setText(path, `\n\n${toyTree[path]}`);
    const after = program.functionsIn(file(path)).map((fn) => fn.ast());
    expect(after.every((ast, at) => ast === before[at])).toBe(true);
    expect(program.parseStats.parses).toBe(parses);
  });
  test('one_body_is_parsed_again_ok', async () => {
    const { program, file } = await programOf(toyTree);
    const path = `${folder}/toy_svm.c`;
    const before = program.functionsIn(file(path)).map((fn) => fn.ast());
    program.setText(path, (toyTree[path] ?? '').replace('return toy_bind(vm, 0);', 'return 0;'));
    const after = program.functionsIn(file(path)).map((fn) => fn.ast());
    expect(after.filter((ast, at) => ast !== before[at]).map((ast) => ast?.name)).toEqual(['toy_svm_fault']);
  });
});
