/** The small kernel around a rule page's example: our own headers, an example driver's header, and the example as its source file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileHost } from '../../server/src/program/types.js';
import type { TreeKind } from './examples.js';

const root = join(import.meta.dirname, 'tree');

const folder = 'drivers/gpu/drm/example';

/** Where an example stands in its tree. */
export const examplePath = `${folder}/example.c`;

/** The drivers of the examples: what their names begin with, and the header that declares them. */
const drivers: readonly (readonly [prefix: string, header: string])[] = [
  ['aur_', 'aurora.h'],
  ['brk_', 'brook.h'],
  ['cob_', 'cobalt.h'],
  ['dal_', 'dalton.h'],
];

const uses = (code: string, prefix: string): boolean => new RegExp(`\\b(?:\\w+_)?${prefix}`).test(code);

/** Put before an example: the headers that it needs, one a line. A driver that it does not use is not in its tree. */
export function prologue(code: string): string {
  const used = drivers.filter(([prefix]) => uses(code, prefix)).map(([, header]) => header);
  return ['example.h', ...used].map((header) => `#include "${header}"\n`).join('');
}

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
  const files = new Map(trees[kind]).set(examplePath, prologue(code) + code);
  for (const [prefix, header] of drivers) if (!uses(code, prefix)) files.delete(`${folder}/${header}`);
  return {
    read: (path) => files.get(path),
    list: (path) => {
      const prefix = path === '' || path === '.' ? '' : `${path.replace(/\/$/, '')}/`;
      const names = [...files.keys()]
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).replace(/\/.*$/, '/'));
      return [...new Set(names)].sort();
    },
  };
}
