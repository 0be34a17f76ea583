/** The small kernel around a rule page's example: our own headers, an example driver's header, and the example as its source file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileHost } from '../../server/src/program/types.js';
import type { TreeKind } from './examples.js';

const root = join(import.meta.dirname, 'tree');

/** Where an example stands in its tree. */
export const examplePath = 'drivers/gpu/drm/example/example.c';

/** Put before an example, on one line, so that line n of the example is line n + 1 of the file. */
export const prologue = '#include "example.h"\n';

function filesBelow(folder: string, prefix = ''): [string, string][] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const path = `${prefix}${entry.name}`;
    const full = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(full, `${path}/`) : [[path, readFileSync(full, 'utf8')]];
  });
}

const trees: Readonly<Record<TreeKind, ReadonlyMap<string, string>>> = {
  split: new Map([...filesBelow(join(root, 'common')), ...filesBelow(join(root, 'split'))]),
  embedded: new Map([...filesBelow(join(root, 'common')), ...filesBelow(join(root, 'embedded'))]),
};

/** The tree of a generation with this text as the example's file. */
export function treeHost(kind: TreeKind, code: string): FileHost {
  const files = new Map(trees[kind]).set(examplePath, prologue + code);
  return {
    read: (path) => files.get(path),
    list: (folder) => {
      const prefix = folder === '' || folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`;
      const names = [...files.keys()]
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).replace(/\/.*$/, '/'));
      return [...new Set(names)].sort();
    },
  };
}
