import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createNodeHost, findTree, treePath } from '../../server/src/cli/host.js';
import { createStore } from '../../server/src/program/store.js';
import { outline } from '../../server/src/syntax/outline.js';

let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gpusvm-host-'));
  const write = (path: string, bytes: string | Buffer): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), bytes);
  };
  write('tree/include/drm/drm_gpusvm.h', 'struct drm_gpusvm { int x; };\n');
  write('tree/drivers/gpu/drm/toy/a.c', 'int a;\n');
  write('tree/drivers/gpu/drm/toy/sub/b.c', 'int b;\n');
  write('tree/drivers/gpu/drm/toy/latin.c', Buffer.from([0x2f, 0x2f, 0xe9, 0x0a]));
  write('tree/drivers/gpu/drm/toy/mark.c', Buffer.from([0xef, 0xbb, 0xbf, 0x41]));
  write('outside.c', 'int secret;\n');
  symlinkSync('..', join(root, 'tree/drivers/gpu/drm/toy/sub/loop'));
  symlinkSync('nowhere.c', join(root, 'tree/drivers/gpu/drm/toy/dangling.c'));
  symlinkSync('a.c', join(root, 'tree/drivers/gpu/drm/toy/linked.c'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('node host', () => {
  test('reads_utf8_and_latin1_ok', () => {
    const host = createNodeHost(join(root, 'tree'));
    expect(host.read('drivers/gpu/drm/toy/latin.c')).toBe('//é\n');
    expect(host.read('drivers/gpu/drm/toy/mark.c')).toBe('A');
    expect(host.read('drivers/gpu/drm/toy')).toBeUndefined();
    expect(host.read('nowhere.c')).toBeUndefined();
    expect(host.read('a\0b')).toBeUndefined();
  });
  test('stays_inside_the_tree_bad', () => {
    const host = createNodeHost(join(root, 'tree'));
    expect(host.read('../outside.c')).toBeUndefined();
    expect(host.read(join(root, 'outside.c'))).toBeUndefined();
    expect(host.list('..')).toEqual([]);
  });
  test('links_in_circles_end_ok', () => {
    const host = createNodeHost(join(root, 'tree'));
    expect([...host.list('drivers/gpu/drm/toy')].sort()).toEqual(['a.c', 'latin.c', 'linked.c', 'mark.c', 'sub/']);
    expect(host.list('drivers/gpu/drm/toy/sub')).toEqual(['b.c']);
    const store = createStore({ host, config: { isEnabled: () => undefined }, outlineOf: outline, hasTree: true });
    expect(store.sources('drivers', true)).toHaveLength(5);
  });
  test('finds_the_tree_upwards_ok', () => {
    const tree = join(root, 'tree');
    expect(findTree(join(tree, 'drivers/gpu/drm/toy/a.c'))).toBe(tree);
    expect(findTree(join(tree, 'drivers/gpu/drm/toy/not-there.c'))).toBe(tree);
    expect(findTree(tree)).toBe(tree);
    expect(findTree(join(root, 'outside.c'))).toBeUndefined();
  });
  test('paths_of_the_tree_ok', () => {
    expect(treePath('/t', '/t/a/b.c')).toBe('a/b.c');
    expect(treePath('/t', '/t')).toBe('');
    expect(treePath('/t', '/u/a.c')).toBeUndefined();
  });
});
