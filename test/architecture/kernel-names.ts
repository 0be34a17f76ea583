import { transformSync } from 'esbuild';
import type { SourceFile } from './sources.js';

/** Kernel names by their prefix. What is no type, header or family (a name that ends in `_`) among them is taken for a function or a macro. */
const kernelName =
  /\b(?:drm_gpusvm|drm_pagemap|drm_gem|drm_exec|dma_map|dma_unmap|dma_mapping|dma_iova|dma_resv|mmu_interval|mmu_notifier|xe|i915|amdgpu|nouveau)_\w+/g;

/** Structs, unions and enums of the API: facts about types are asked for by their tag in every layer. */
const types = new Set([
  'drm_gpusvm_notifier',
  'drm_gpusvm_range',
  'drm_gpusvm_range_flags',
  'drm_gpusvm_pages',
  'drm_gpusvm_pages_flags',
  'drm_gpusvm_ops',
  'drm_gpusvm_ctx',
  'drm_pagemap_addr',
  'drm_pagemap_cache',
  'drm_pagemap_devmem',
  'drm_pagemap_devmem_ops',
  'drm_pagemap_ops',
  'drm_pagemap_owner',
  'drm_pagemap_peer',
  'drm_pagemap_shrinker',
  'drm_pagemap_zdd',
  'drm_gem_object',
  'drm_gem_object_funcs',
  'mmu_interval_notifier',
  'mmu_interval_notifier_ops',
  'mmu_notifier_range',
  'mmu_notifier_event',
]);

/** Functions and macros of the kernel at large that the engine must know only through the tables. */
const engineName =
  /\b(?:k[mzv]+alloc\w*|kcalloc\w*|kvcalloc\w*|kfree\w*|kvfree\w*|vfree|kref_(?:get|put)\w*|mutex_(?:un)?lock\w*|spin_(?:un)?lock\w*|down_(?:read|write)\w*|up_(?:read|write)\w*|lockdep_assert\w*|IS_ERR\w*|PTR_ERR\w*|ERR_PTR|ERR_CAST)\b/g;

/** The code of a TypeScript file without its comments and types. */
function codeOf(file: SourceFile): string {
  return transformSync(file.text, { loader: 'ts', minifyWhitespace: true, legalComments: 'none', logLevel: 'silent' }).code;
}

function namesIn(code: string, pattern: RegExp): readonly string[] {
  // `drm_gpusvm.h` and `include/drm/drm_gpusvm.h` are files.
  const withoutFiles = code.replace(/[\w/-]+\.[ch]\b/g, '');
  return [...new Set(withoutFiles.match(pattern) ?? [])].filter((name) => !types.has(name) && !name.endsWith('_'));
}

/** Kernel functions named outside the tables, one line each. Comments may name them. */
export function kernelNameProblems(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter((file) => !file.path.startsWith('server/src/contracts/'))
    .flatMap((file) => {
      const code = codeOf(file);
      const names = [...namesIn(code, kernelName), ...(file.path.startsWith('server/src/flow/') ? namesIn(code, engineName) : [])];
      return names.map((name) => `${file.path}: names ${name}`);
    });
}
