/**
 * Places to try fixes on, made mechanically: a generator takes the text of one real function and gives texts with one defect each. Nothing is
 * chosen by name of file or function; what a generator makes is used only when the rule sees a defect in it that was not there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { treeOf } from '../recall/apply.mjs';
import {
  each,
  earlyReturns,
  errorPointers,
  flips,
  ignored,
  inserted,
  isBare,
  leakedBy,
  leaks,
  lessReleases,
  swallowed,
  unchecked,
  unsafe,
  without,
} from './mutate.mjs';

const DRIVER = 'drivers/gpu/drm';
const svm = [`${DRIVER}/drm_gpusvm.c`, `${DRIVER}/drm_pagemap.c`, `${DRIVER}/drm_pagemap_util.c`];
const xe = ['svm', 'userptr', 'vm', 'pt', 'vm_madvise', 'bo', 'exec', 'ttm_vram_mgr', 'pagefault', 'tlb_inval', 'migrate', 'hmm'].map(
  (name) => `${DRIVER}/xe/xe_${name}.c`,
);
const i915 = 'shmem,phys,internal,userptr,dmabuf,ttm,stolen,pages,mman,create,context,execbuffer,region'
  .split(',')
  .map((name) => `${DRIVER}/i915/gem/i915_gem_${name}.c`);
const amd = ['kfd_svm', 'kfd_migrate', 'kfd_process', 'kfd_events', 'kfd_chardev'].map((name) => `${DRIVER}/amd/amdkfd/${name}.c`);
const near = [...svm, ...xe.slice(0, 5)];
/** The drivers' sources: what they hold is theirs, the core's own functions are the interface. */
const driver = xe.slice(0, 5);
const wide = [...svm, ...xe, ...i915, ...amd];

/** Sources of the newer tree's drivers that a pattern is found in, in order of their paths. */
function mentioning(pattern) {
  const found = [];
  const visit = (folder) => {
    for (const entry of readdirSync(join(treeOf('7.3'), folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith('.c') && pattern.test(readFileSync(join(treeOf('7.3'), path), 'utf8'))) found.push(path);
    }
  };
  visit(DRIVER);
  return found;
}

const NPAGES = 'drm_gpusvm_range_size(&$->base) >> PAGE_SHIFT';
const isVoid = (text) => /^(?:static )?(?:inline |noinline )?void\b/.test(text);
/** Places below a lock call or an assertion of it, and above what releases it. */
const isLocked = (before) => {
  const last = [...before.matchAll(/notifier_(?:un)?lock\(|assert_in_notifier\(|lockdep_assert_held_write\(/g)].at(-1)?.[0];
  return last !== undefined && !last.includes('unlock');
};

/** A walk that removes all ranges of a VM, one of its two loops without room for that. */
const walk = (unsafeLoop) => {
  const loop = (name) => (name === unsafeLoop ? '' : '_safe');
  const spare = (name, variable) => (name === unsafeLoop ? '' : `, ${variable}`);
  const declared = (name, variable, spareOne) => (name === unsafeLoop ? `*${variable}` : `*${variable}, *${spareOne}`);
  return [
    '{',
    `\tstruct drm_gpusvm_notifier ${declared('for_each_notifier', 'each', 'behind')};`,
    '',
    `\tdrm_gpusvm_for_each_notifier${loop('for_each_notifier')}(each${spare('for_each_notifier', 'behind')}, &$->svm.gpusvm, 0, ULONG_MAX) {`,
    `\t\tstruct drm_gpusvm_range ${declared('for_each_range', 'one', 'next')};`,
    '',
    `\t\tdrm_gpusvm_for_each_range${loop('for_each_range')}(one${spare('for_each_range', 'next')}, each, 0, ULONG_MAX)`,
    '\t\t\tdrm_gpusvm_range_remove(&$->svm.gpusvm, one);',
    '\t}',
    '}',
  ].join('\n');
};

/** Generators by rule: `files` are looked through in order, `trees` are tried in order. `files` may be a function, called when they are wanted. */
export const generators = {
  'lock-left-held': { trees: ['7.3'], files: wide, make: (text) => [...lessReleases(text), ...earlyReturns(text)] },
  'error-swallowed': { trees: ['7.3'], files: wide, make: swallowed },
  'result-ignored': { trees: ['7.3'], files: wide, make: ignored },
  'error-pointer-used': { trees: ['7.3'], files: wide, make: errorPointers },
  'memory-leak-on-error': { trees: ['7.3'], files: wide, make: leaks },
  'dma-mapping-unchecked': { trees: ['7.3'], files: () => mentioning(/dma_mapping_error\(|dma_map_sgtable\(/), make: unchecked },
  'range-reference-leak': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...leakedBy('drm_gpusvm_range_put')(text),
      ...inserted('xe_svm_range', ['drm_gpusvm_range_get(&$->base);'])(text),
      ...inserted('drm_gpusvm_range', ['drm_gpusvm_range_get($);'])(text),
    ],
  },
  'pagemap-reference-leak': {
    trees: ['7.3', '7.2'],
    files: [...near, ...xe],
    make: (text) => [...leakedBy('drm_pagemap_put')(text), ...inserted('drm_pagemap', ['drm_pagemap_get($);'])(text)],
  },
  'flags-plain-write': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...inserted('xe_svm_range', ['$->base.flags.unmapped = true;', '$->pages.flags.has_dma_mapping = false;'], { test: isLocked })(text),
      ...inserted('drm_gpusvm_range', ['$->flags.partial_unmap = true;'], { test: isLocked })(text),
      ...inserted('drm_gpusvm_pages', ['$->flags.has_devmem_pages = false;'], { test: isLocked })(text),
      ...inserted('drm_gpusvm_pages', ['$->flags.has_devmem_pages = false;'])(text),
    ],
  },
  'flags-plain-read': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...inserted('xe_svm_range', ['if ($->base.flags.unmapped)\n\tcpu_relax();', 'if ($->pages.flags.has_dma_mapping)\n\tcpu_relax();'])(
        text,
      ),
      ...inserted('drm_gpusvm_range', ['if ($->flags.migrate_devmem)\n\tcpu_relax();'])(text),
      ...inserted('drm_gpusvm_pages', ['if ($->flags.has_dma_mapping)\n\tcpu_relax();'])(text),
    ],
  },
  'notifier-lock-missing': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...without(/^\t+(?:xe_svm_notifier|drm_gpusvm_notifier)_(?:un)?lock\([^;]*\);\n/gm)(text),
      ...inserted('xe_svm_range', ['WARN_ON(!drm_gpusvm_pages_valid($->base.gpusvm, &$->pages));'])(text),
      ...inserted('drm_gpusvm_range', ['WARN_ON(!drm_gpusvm_pages_valid($->gpusvm, &to_xe_range($)->pages));'])(text),
    ],
  },
  'notifier-context-mismatch': { trees: ['7.3', '7.2'], files: near, make: flips },
  'notifier-leaves-mapped': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...without(/^\t+drm_gpusvm_(?:range_)?unmap_pages\([^;]*\);\n/gm)(text),
      // Another way out before it.
      ...inserted('mmu_notifier_range', ['if ($->event == MMU_NOTIFY_SOFT_DIRTY)\n\treturn;'], { places: 6, test: () => isVoid(text) })(
        text,
      ),
      ...inserted('drm_gpusvm', ['if (!$->mm)\n\treturn;'], { test: () => isVoid(text) && /mmu_range/.test(text) })(text),
    ],
  },
  'unmap-event-not-marked': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...without(/^\t+drm_gpusvm_range_set_unmapped\([^;]*\);\n/gm)(text),
      ...each(text, /^(\t+)(drm_gpusvm_range_set_unmapped\([^;]*\);)\n/gm, (match, before) =>
        isBare(before) ? undefined : `${match[1]}if (!current->mm)\n${match[1]}\t${match[2].replace(/\n\t/g, '\n\t\t')}\n`,
      ),
    ],
  },
  'unsafe-range-iteration': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...unsafe(text),
      ...inserted('xe_vm', ['for_each_range', 'for_each_notifier'].map(walk), { places: 2 })(text),
      ...inserted(
        'drm_gpusvm_notifier',
        [
          '{\n\tstruct drm_gpusvm_range *one;\n\n\tdrm_gpusvm_for_each_range(one, $, 0, ULONG_MAX)\n\t\tdrm_gpusvm_range_remove(one->gpusvm, one);\n}',
        ],
        { places: 2 },
      )(text),
    ],
  },
  'range-removed-while-mapped': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...without(/^\t+drm_gpusvm_unmap_pages\([^;]*\);\n/gm)(text),
      // Only where nobody is handed what was read from the range.
      ...(isVoid(text) ? inserted('xe_svm_range', ['drm_gpusvm_range_remove($->base.gpusvm, &$->base);'])(text) : []),
      ...inserted('xe_svm_range', ['drm_gpusvm_range_remove($->base.gpusvm, &$->base);'])(text),
    ],
  },
  'pages-not-freed': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...without(/^\t+drm_gpusvm_free_pages\([^;]*\);\n/gm)(text),
      ...inserted('xe_svm_range', ['kfree($);'])(text),
      ...inserted('xe_userptr_vma', ['kfree($);'])(text),
    ],
  },
  'pages-not-initialised': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...without(/^\t+drm_gpusvm_init_pages\([^;]*\);\n\n?/gm)(text),
      ...each(
        text,
        /^(\t+drm_gpusvm_init_pages\([^;]*\);\n\n?)((?:[^\n]*\n)*?)(\t+(?:err|ret) = mmu_interval_notifier_insert\([^;]*\);\n(?:\t+if \([^\n]*\n\t+return [^\n]*\n)?)/gm,
        (match) => `${match[2]}${match[3]}\n${match[1]}`,
      ),
      ...each(text, /^(\t+)(drm_gpusvm_init_pages\([^;]*\);)\n/gm, (match, before) =>
        isBare(before) ? undefined : `${match[1]}if (current->mm)\n${match[1]}\t${match[2].replace(/\n\t/g, '\n\t\t')}\n`,
      ),
    ],
  },
  'pages-initialised-by-hand': {
    trees: ['7.3'],
    files: driver,
    make: (text) => [
      ...each(text, /^(\t+)drm_gpusvm_init_pages\(&([^,]*), ([^;]*)\);\n/gm, (match) => `${match[1]}${match[2]}.drm = ${match[3]};\n`),
      ...each(
        text,
        /^(\t+)drm_gpusvm_init_pages\(&([^,]*), ([^;]*)\);\n/gm,
        (match) => `${match[1]}${match[2]}.notifier_seq = LONG_MAX;\n${match[1]}${match[2]}.drm = ${match[3]};\n`,
      ),
      ...each(
        text,
        /^(\t+)drm_gpusvm_init_pages\((&([^,]*)), ([^;]*)\);\n/gm,
        (match) =>
          `${match[1]}memset(${match[2]}, 0, sizeof(${match[3]}));\n${match[1]}${match[3]}.drm = ${match[4]};\n${match[1]}${match[3]}.notifier_seq = LONG_MAX;\n`,
      ),
      ...inserted('xe_svm_range', [
        '$->pages.drm = $->base.gpusvm->mm ? NULL : NULL;',
        '$->pages.drm = &to_xe_device($)->drm;\n$->pages.notifier_seq = LONG_MAX;',
        'memset(&$->pages, 0, sizeof($->pages));\n$->pages.notifier_seq = LONG_MAX;\n$->pages.drm = &range_to_vm(&$->base)->xe->drm;',
        '$->pages.drm = &range_to_vm(&$->base)->xe->drm;',
      ])(text),
      ...inserted('xe_userptr', ['$->pages.notifier_seq = LONG_MAX;\n$->pages.drm = drm;'])(text),
    ],
  },
  'pages-array-not-zeroed': {
    trees: ['7.3'],
    files: driver,
    make: inserted('xe_vm', [
      '{\n\tstruct drm_gpusvm_pages *many = kmalloc_array(4, sizeof(*many), GFP_KERNEL);\n\n\tif (many) {\n\t\tdrm_gpusvm_init_pages(&many[0], &$->xe->drm);\n\t\tdrm_gpusvm_free_pages(&$->svm.gpusvm, &many[1], 1);\n\t}\n\tkfree(many);\n}',
      '{\n\tstruct drm_gpusvm_pages *many;\n\n\tmany = kvmalloc_array(2, sizeof(*many), GFP_KERNEL);\n\tif (many)\n\t\tdrm_gpusvm_free_pages(&$->svm.gpusvm, &many[0], 1);\n\tkvfree(many);\n}',
    ]),
  },
  'container-freed-through-base': {
    trees: ['7.3', '7.2'],
    files: driver,
    make: (text) => [
      ...each(text, /\bkfree\(to_xe_range\((\w+)\)\)/g, (match) => `kfree(${match[1]})`),
      ...inserted('drm_gpusvm_range', ['kfree($);'])(text),
      ...inserted('xe_svm_range', ['kfree(&$->base);'])(text),
    ],
  },
  'pages-freed-after-container': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...each(
        text,
        /^(\t+drm_gpusvm_free_pages\([^;]*\);\n)((?:\t[^\n]*\n)*?)(\t+kfree\([^;]*\);\n)/gm,
        (match) => match[2] + match[3] + match[1],
      ),
      ...inserted('xe_svm_range', [
        `{\n\tstruct drm_gpusvm *svm = $->base.gpusvm;\n\tunsigned long npages = ${NPAGES};\n\n\tkfree($);\n\tdrm_gpusvm_free_pages(svm, &$->pages, npages);\n}`,
      ])(text),
      ...inserted('xe_userptr_vma', [
        '{\n\tstruct xe_vm *owner = xe_vma_vm(&$->vma);\n\n\tkfree($);\n\tdrm_gpusvm_free_pages(&owner->svm.gpusvm, &$->userptr.pages, 1);\n}',
      ])(text),
    ],
  },
  'device-through-gpusvm': {
    trees: ['7.3'],
    files: [...svm, ...driver],
    make: (text) => [
      ...(/\bstruct drm_gpusvm \*gpusvm\b/.test(text) ? each(text, /\b(?:svm_pages|pages)->drm\b/g, () => 'gpusvm->drm') : []),
      ...inserted('xe_vm', ['drm_dbg($->svm.gpusvm.drm, "\\n");'], { places: 2 })(text),
    ],
  },
  'flag-on-wrong-owner': {
    trees: ['7.3'],
    files: driver,
    make: (text) => [
      ...each(text, /\bbase\.flags\.(migrate_devmem|partial_unmap)\b/g, (match) => `pages.flags.${match[1]}`),
      ...each(text, /\bpages\.flags\.(has_\w+)\b/g, (match) => `base.flags.${match[1]}`),
      ...inserted('xe_svm_range', [
        'if ($->pages.flags.migrate_devmem)\n\tcpu_relax();',
        'if ($->base.flags.has_dma_mapping)\n\tcpu_relax();',
        'if ($->pages.flags.partial_unmap)\n\tcpu_relax();',
      ])(text),
      ...inserted('drm_gpusvm_range', ['if ($->flags.has_devmem_pages)\n\tcpu_relax();'])(text),
    ],
  },
  'pages-through-range': {
    trees: ['7.3'],
    files: driver,
    make: (text) => [
      ...inserted('xe_svm_range', [
        'if ($->base.pages.dpagemap)\n\tcpu_relax();',
        'drm_gpusvm_free_pages($->base.gpusvm, &$->base.pages, 1);',
      ])(text),
      ...inserted('drm_gpusvm_range', ['if ($->pages.flags.has_dma_mapping)\n\tcpu_relax();'])(text),
    ],
  },
  'removed-range-helper': {
    trees: ['7.3'],
    files: driver,
    make: (text) => [
      ...inserted('xe_svm_range', [
        'if (!drm_gpusvm_range_pages_valid($->base.gpusvm, &$->base))\n\tcpu_relax();',
        '{\n\tstruct drm_gpusvm_ctx own = {};\n\n\tdrm_gpusvm_range_unmap_pages($->base.gpusvm, &$->base, &own);\n}',
        '{\n\tstruct drm_gpusvm_ctx own = {};\n\tint status;\n\n\tstatus = drm_gpusvm_range_get_pages($->base.gpusvm, &$->base, &own);\n\tif (status)\n\t\tcpu_relax();\n}',
      ])(text),
      ...inserted('drm_gpusvm_range', ['if (!drm_gpusvm_range_pages_valid($->gpusvm, $))\n\tcpu_relax();'])(text),
    ],
  },
  'outdated-api-call': {
    trees: ['7.3', '7.2'],
    files: driver,
    make: (text) => [
      ...each(text, /(drm_gpusvm_init\(&\w+->svm\.gpusvm, "[^"]*",)(\s)(?!&)/g, (match) => `${match[1]} &vm->xe->drm,${match[2]}`),
      ...each(text, /(drm_gpusvm_init\(&\w+->svm\.gpusvm, "[^"]*",)\s+&vm->xe->drm,/g, (match) => match[1]),
      ...each(text, /(drm_gpusvm_range_set_unmapped\(&?[\w>.-]+), &[\w>.-]+, 1,\s*/g, (match) => `${match[1]}, `),
      ...each(
        text,
        /(drm_gpusvm_range_set_unmapped\(&?([\w>-]+?)(?:->base)?), (\w+\))/g,
        (match) => `${match[1]}, &${match[2]}->pages, 1, ${match[3]}`,
      ),
      ...inserted('mmu_notifier_range', ['drm_gpusvm_range_set_unmapped(&range->base, $);'], {
        test: (before) => /\bstruct xe_svm_range \*range\b/.test(before),
      })(text),
    ],
  },
};

/** Rules about code from before the split: the older driver's sources over the newer tree, each finding a place of its own. */
export const unmoved = {
  rules: [
    'pages-through-range',
    'flag-on-wrong-owner',
    'removed-range-helper',
    'outdated-api-call',
    'device-through-gpusvm',
    'pages-initialised-by-hand',
  ],
  tree: '7.3',
  from: '7.2',
  files: ['xe_svm.c', 'xe_pt.c', 'xe_vm.c', 'xe_userptr.c'].map((name) => `${DRIVER}/xe/${name}`).concat(`${DRIVER}/drm_gpusvm.c`),
};
