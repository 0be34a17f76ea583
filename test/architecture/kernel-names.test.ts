import { describe, expect, test } from 'vitest';
import { kernelNameProblems } from './kernel-names.js';
import { productSources } from './sources.js';

const one = (path: string, text: string): readonly string[] => kernelNameProblems([{ path, text }]);

describe('kernel names', () => {
  test('sources_name_kernel_functions_only_in_contracts_ok', () => {
    expect(kernelNameProblems(productSources())).toEqual([]);
  });

  test('function_in_a_rule_bad', () => {
    expect(one('server/src/rules/a/rule.ts', "const unmap = 'drm_gpusvm_unmap_pages';")).toHaveLength(1);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is the text under test
    expect(one('server/src/rules/a/fix.ts', 'const text = (a: string) => `xe_svm_lock(${a});`;')).toHaveLength(1);
    expect(one('server/src/flow/transfer.ts', "if (name === 'mutex_lock') take();")).toHaveLength(1);
  });

  test('function_in_contracts_ok', () => {
    expect(one('server/src/contracts/gpusvm.ts', "export const name = 'drm_gpusvm_unmap_pages';")).toEqual([]);
  });

  test('type_comment_and_header_ok', () => {
    const text =
      "/** See drm_gpusvm_unmap_pages. */\nexport const tag = 'struct drm_gpusvm_range'; // dma_map_page\nexport const h = 'include/drm/drm_gpusvm_helper.h';";
    expect(one('server/src/program/facts.ts', text)).toEqual([]);
  });
});
