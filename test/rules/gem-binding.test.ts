/**
 * Objects with backing pages as a driver had them before their mappings moved to the pages, and as it has them since: prepare and finish called
 * from bind and unbind, and one object bound into two address spaces. A driver of our own, after the commit that avoids leaking DMA mappings.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';
import { readWasm } from '../../server/src/host/assets.js';

const root = join(import.meta.dirname, '../fixtures/gem');
const folder = 'drivers/gpu/drm/garnet';

function textsBelow(base: string, prefix = ''): readonly (readonly [string, string])[] {
  return readdirSync(base, { withFileTypes: true }).flatMap((entry): (readonly [string, string])[] => {
    const path = `${prefix}${entry.name}`;
    return entry.isDirectory()
      ? [...textsBelow(join(base, entry.name), `${path}/`)]
      : [[path, readFileSync(join(base, entry.name), 'utf8')]];
  });
}

/** `file function rule` of every finding, in a tree of the common files and one of the two versions; `edit` changes a text. */
async function found(version: 'before' | 'after', edit: (text: string) => string = (text) => text): Promise<readonly string[]> {
  const texts = new Map(
    [...textsBelow(join(root, 'common')), ...textsBelow(join(root, version))].map(([path, text]) => [path, edit(text)]),
  );
  const host = {
    read: (path: string) => texts.get(path),
    list: (path: string) => {
      const prefix = path === '' ? '' : `${path}/`;
      const names = [...texts.keys()].filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length).replace(/\/.*$/, '/'));
      return [...new Set(names)];
    },
  };
  const analysis = await createAnalysis({ host, hasTree: true, wasm: readWasm() });
  const paths = [...texts.keys()].filter((path) => path.startsWith(folder) && path.endsWith('.c'));
  const { findings, limits } = analysis.check(paths);
  expect(limits).toEqual([]);
  return findings.map((one) => `${one.file.slice(folder.length + 1)} ${one.function} ${one.rule}`);
}

test('mapped_at_the_binding_an_object_bound_twice_is_mapped_twice_bad', async () => {
  expect(await found('before')).toEqual(['garnet_gtt.c garnet_gtt_prepare dma-lifetime-mismatch']);
});

test('mapped_with_its_pages_ok', async () => {
  expect(await found('after')).toEqual([]);
});

test('mapped_in_both_places_bad', async () => {
  // Half of the move: the pages map, and the binding still does.
  const both = await found('after', (text) =>
    text.replace(
      '\tobj->pages_pinned++;\n',
      '\tdma_map_sg(obj->garnet->dev, obj->pages->sgl, obj->pages->nents, DMA_BIDIRECTIONAL);\n\tobj->pages_pinned++;\n',
    ),
  );
  expect(both).toContain('garnet_vma.c garnet_vma_bind dma-lifetime-mismatch');
});

test('pages_dropped_without_their_mapping_bad', async () => {
  const leaves = await found('after', (text) =>
    text.replace('\tgarnet_gtt_finish(obj);\n\tsg_free_table(obj->pages);', '\tsg_free_table(obj->pages);'),
  );
  expect(leaves.length).toBeGreaterThan(0);
});
