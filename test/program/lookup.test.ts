import { beforeAll, describe, expect, test } from 'vitest';
import type { Program, ProgramFile } from '../../server/src/program/types.js';
import { toyTree } from './driver.js';
import { programOf } from './memory.js';

const folder = 'drivers/gpu/drm/toy';
let program: Program;
let svm: ProgramFile;
let vm: ProgramFile;

beforeAll(async () => {
  const made = await programOf(toyTree);
  program = made.program;
  svm = made.file(`${folder}/toy_svm.c`);
  vm = made.file(`${folder}/toy_vm.c`);
});

describe('functions', () => {
  test('own_static_ok', () => {
    expect(program.findFunction('to_toy_range', svm)?.key).toBe(`${folder}/toy_svm.c:to_toy_range`);
    expect(program.findFunction('helper', vm)?.file.path).toBe(`${folder}/toy_vm.c`);
  });
  test('static_of_another_file_bad', () => {
    expect(program.findFunction('toy_range_alloc', vm)).toBeUndefined();
    // Declared in the header, and static in a file that does not include it.
    expect(program.findFunction('toy_split', vm)).toBeUndefined();
  });
  test('inline_twin_in_else_gives_way_ok', () => {
    const found = program.findFunction('toy_range_valid', svm);
    expect(found?.item.alternative).toBe(false);
    expect(found?.ast()?.body.length).toBe(1);
    // Declared in the enabled branch, an empty twin in the other: the source's definition is the one.
    expect(program.findFunction('toy_svm_fault', vm)?.key).toBe(`${folder}/toy_svm.c:toy_svm_fault`);
  });
  test('header_of_the_core_ok', () => {
    expect(program.findFunction('drm_gpusvm_init_pages', svm)?.file.path).toBe('include/drm/drm_gpusvm.h');
    expect(program.findFunction('kref_put', svm)?.file.path).toBe('include/linux/kref.h');
  });
  test('source_of_the_driver_and_of_the_core_ok', () => {
    expect(program.findFunction('toy_bind', svm)?.file.path).toBe(`${folder}/toy_vm.c`);
    expect(program.findFunction('drm_gpusvm_get_pages', svm)?.file.path).toBe('drivers/gpu/drm/drm_gpusvm.c');
  });
  test('unknown_ok', () => {
    expect(program.findFunction('kfree', svm)).toBeUndefined();
    expect(program.findFunction('unrelated', svm)).toBeUndefined();
  });
  test('only_what_is_asked_for_is_read_ok', async () => {
    const fresh = await programOf(toyTree);
    fresh.program.findFunction('to_toy_range', fresh.file(`${folder}/toy_svm.c`));
    expect(fresh.host.reads).toEqual([`${folder}/toy_svm.c`]);
    fresh.program.findFunction('kfree', fresh.file(`${folder}/toy_svm.c`));
    expect(fresh.host.reads).not.toContain(`${folder}/toy_vm.c`);
  });
  test('signature_joins_prototype_and_definition_ok', () => {
    const bind = program.findSignature('toy_bind', vm);
    expect(bind?.params.map((param) => param.name)).toEqual(['vm', 'range']);
    expect(bind?.params[1]?.type.isConst).toBe(true);
    expect(bind?.attributes).toContain('__must_check');
    expect(program.findSignature('toy_bind', svm)?.attributes).toContain('__must_check');
    expect(program.findSignature('to_toy_range', svm)?.returnType).toMatchObject({ base: 'struct toy_range', pointers: 1 });
  });
});

describe('files that mention a word', () => {
  test('own_first_then_the_driver_ok', () => {
    expect(program.mentioning('toy_bind', vm).map((file) => file.path)).toEqual([
      `${folder}/toy_vm.c`,
      `${folder}/toy_svm.c`,
      `${folder}/toy_svm.h`,
    ]);
  });
});

describe('structs', () => {
  test('members_and_typedefs_ok', () => {
    expect(program.findStruct('struct toy_range', svm)?.member('pages')?.type.base).toBe('struct drm_gpusvm_pages');
    expect(program.findStruct('struct deep_one', svm)?.member('depth')).toBeDefined();
    expect(program.findStruct('deep_t', svm)?.tag).toBe('struct deep_one');
    expect(program.findStruct('counted_t', svm)?.member('value')).toBeDefined();
    expect(program.resolveTypedef('deep_t', svm)?.base).toBe('struct deep_one');
    expect(program.findStruct('struct nowhere', svm)).toBeUndefined();
  });
  test('nested_and_anonymous_ok', () => {
    expect(program.findStruct('struct toy_inner', svm)?.member('depth')).toBeDefined();
    const many = program.findStruct('struct toy_many', svm);
    expect(many?.member('many')?.type.pointers).toBe(1);
    expect(many?.member('one')?.inUnion).toBe(true);
    expect(
      program
        .findStruct('struct toy_vm', svm)
        ?.member('svm')
        ?.inner?.map((member) => member.name),
    ).toEqual(['gpusvm', 'work']);
  });
  test('containers_ok', () => {
    const of = (tag: string): readonly string[] =>
      program
        .containersOf(tag)
        .map((one) => `${one.container.tag}.${one.path.join('.')}${one.isPointer ? '*' : ''}`)
        .sort();
    expect(of('struct drm_gpusvm_pages')).toEqual([
      'struct toy_many.many*',
      'struct toy_many.one',
      'struct toy_range.pages',
      'struct toy_userptr.pages',
      'struct toy_vma.userptr.pages',
    ]);
    expect(of('struct drm_gpusvm_range')).toContain('struct toy_many.base');
    expect(of('struct drm_gpusvm')).toContain('struct toy_vm.svm.gpusvm');
  });
});

describe('macros and constants', () => {
  test('bodies_ok', () => {
    const lock = program.findMacro('toy_notifier_lock', svm);
    expect(lock?.def.alternative).toBe(false);
    const body = lock?.body();
    expect(body !== undefined && 'expr' in body ? body.expr.kind : undefined).toBe('call');
    expect(program.findMacro('TOY_LIMIT', vm)?.file.path).toBe(`${folder}/toy_types.h`);
    expect(program.findMacro('to_toy_range', vm)).toBeUndefined();
  });
  test('values_ok', () => {
    const value = (name: string): number | undefined => program.constant(name, svm);
    expect([value('TOY_LIMIT'), value('TOY_MASK'), value('TOY_FLAG')]).toEqual([16, 15, 8]);
    expect([value('TOY_IDLE'), value('TOY_BUSY'), value('TOY_DEAD')]).toEqual([0, 4, 5]);
    expect([value('MMU_NOTIFY_CLEAR'), value('MMU_NOTIFY_LAST'), value('ENOMEM')]).toEqual([1, 9, 12]);
    expect([value('toy_current'), value('toy_svm_init'), value('for_each_toy')]).toEqual([undefined, undefined, undefined]);
  });
  test('constant_names_ok', () => {
    const isFixed = (name: string): boolean => program.isConstantName(name, svm);
    expect(['TOY_LIMIT', 'TOY_DEAD', 'GFP_KERNEL'].map(isFixed)).toEqual([true, true, true]);
    expect(['toy_current', 'toy_ops', 'vm', 'toy_call'].map(isFixed)).toEqual([false, false, false, false]);
  });
});

describe('callbacks', () => {
  const show = (name: string): readonly string[] => program.callbacksOf(name).map((one) => `${one.structTag}.${one.member}`);
  test('designated_initialisers_ok', () => {
    expect(show('toy_range_alloc')).toEqual(['struct drm_gpusvm_ops.range_alloc']);
    expect(show('toy_invalidate')).toEqual(['struct drm_gpusvm_ops.invalidate']);
    expect(program.callbacksOf('toy_range_free')[0]?.table).toBe('toy_ops');
  });
  test('registrars_and_assignments_ok', () => {
    expect(show('toy_collect')).toEqual(['struct work_struct.func']);
    expect([...show('toy_kill')].sort()).toEqual(['struct toy_command.run', 'struct toy_hooks.kill']);
  });
  test('tables_of_structs_ok', () => {
    expect(show('toy_reset')).toEqual(['struct toy_command.run']);
  });
  test('address_taken_by_an_unknown_call_ok', () => {
    expect(show('toy_svm_fault')).toEqual(['.']);
  });
  test('called_only_bad', () => {
    expect(show('to_toy_range')).toEqual([]);
    expect(program.callbacksOf('helper', vm)).toEqual([]);
  });
  test('all_ok', () => {
    const all = program.callbacks().map((one) => one.functionName);
    expect([...new Set(all)].sort()).toEqual([
      'toy_collect',
      'toy_invalidate',
      'toy_kill',
      'toy_range_alloc',
      'toy_range_free',
      'toy_reset',
      'toy_svm_fault',
    ]);
  });
});

describe('references', () => {
  const callers = (name: string, from: ProgramFile): readonly string[] => {
    const fn = program.findFunction(name, from);
    if (fn === undefined) throw new Error(name);
    return program
      .references(fn)
      .map((one) => `${one.caller.name}${one.isCall ? '()' : ''}`)
      .sort();
  };
  test('static_ok', () => {
    expect(callers('to_toy_range', svm)).toEqual(['toy_range_free()']);
    expect(callers('helper', vm)).toEqual(['toy_bind()']);
  });
  test('across_files_comments_left_out_ok', () => {
    expect(callers('toy_svm_fault', svm)).toEqual(['helper()', 'toy_bind']);
    expect(callers('toy_bind', svm)).toEqual(['toy_svm_fault()']);
  });
  test('through_a_macro_ok', () => {
    expect(callers('toy_kill', svm)).toEqual(['helper()', 'toy_svm_init']);
  });
});

describe('files that matter', () => {
  test('mention_or_wrapper_ok', () => {
    expect(program.files(folder).map((file) => file.path)).toEqual([
      `${folder}/toy_svm.c`,
      `${folder}/toy_svm.h`,
      `${folder}/toy_types.h`,
      `${folder}/toy_vm.c`,
    ]);
    expect(program.files('').map((file) => file.path)).toContain('drivers/gpu/drm/drm_gpusvm.c');
    expect(program.files().map((file) => file.path)).not.toContain('drivers/gpu/drm/drm_gpusvm.c');
  });
});
