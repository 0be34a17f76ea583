import { describe, expect, test } from 'vitest';
import { createMacroLookup } from '../../server/src/program/macros.js';
import { createStore } from '../../server/src/program/store.js';
import { createWorkspace } from '../../server/src/program/workspace.js';
import { outline } from '../../server/src/syntax/outline.js';
import { toyTree } from './driver.js';
import { memoryHost, testParser } from './memory.js';

describe('macro shapes', () => {
  test('by_their_bodies_ok', async () => {
    const path = 'drivers/gpu/drm/toy/toy_svm.c';
    const store = createStore({ host: memoryHost(toyTree), config: { isEnabled: () => undefined }, outlineOf: outline, hasTree: true });
    const macros = createMacroLookup(createWorkspace(store, await testParser(), true));
    const from = store.record(path);
    if (from === undefined) throw new Error(path);
    const shape = (name: string) => macros.shape(name, from);
    expect([shape('toy_every'), shape('drm_gpusvm_for_each_range'), shape('for_each_toy')]).toEqual(['loop', 'loop', 'loop']);
    expect([shape('toy_scope'), shape('toy_when')]).toEqual(['block', 'block']);
    expect([shape('toy_done'), shape('toy_sum'), shape('toy_call')]).toEqual(['statement', 'statement', 'statement']);
    expect(shape('nobody_knows')).toBeUndefined();
  });
});
