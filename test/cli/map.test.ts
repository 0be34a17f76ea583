import { describe, expect, test } from 'vitest';
import { readWasm } from '../../server/src/cli/assets.js';
import { createNodeHost } from '../../server/src/cli/host.js';
import { buildOwnershipMap, driverOf, type OwnershipMap } from '../../server/src/features/map.js';
import { mapDot, mapGraph } from '../../server/src/features/map-graph.js';
import { layOut, mapSvg } from '../../server/src/features/map-svg.js';
import { createAnalysis } from '../../server/src/features/session.js';
import type { FileHost } from '../../server/src/program/types.js';

const split = 'test/fixtures/kernel';
const embedded = 'test/fixtures/kernel-embedded';

function overlay(host: FileHost, files: Readonly<Record<string, string>>): FileHost {
  return {
    read: (path) => files[path] ?? host.read(path),
    list(folder) {
      const below = Object.keys(files).filter((path) => path.startsWith(folder === '' ? '' : `${folder}/`));
      const names = below
        .map((path) => path.slice(folder === '' ? 0 : folder.length + 1))
        .map((rest) => (rest.includes('/') ? rest.slice(0, rest.indexOf('/') + 1) : rest));
      return [...new Set([...host.list(folder), ...names])];
    },
  };
}

async function mapOf(root: string, files: Readonly<Record<string, string>> = {}, paths: readonly string[] = []): Promise<OwnershipMap> {
  const analysis = await createAnalysis({ host: overlay(createNodeHost(root), files), hasTree: true, wasm: readWasm() });
  return buildOwnershipMap(analysis.program, paths);
}

test('driverOf tells drivers from the core', () => {
  expect(driverOf('drivers/gpu/drm/xe/xe_svm.c')).toEqual({ name: 'xe', folder: 'drivers/gpu/drm/xe' });
  expect(driverOf('drivers/gpu/drm/amd/amdkfd/kfd_svm.c')?.name).toBe('amd');
  expect(driverOf('drivers/accel/foo/foo.c')?.name).toBe('foo');
  expect(driverOf('drivers/gpu/drm/drm_gpusvm.c')).toBeUndefined();
  expect(driverOf('include/drm/drm_gpusvm.h')).toBeUndefined();
  expect(driverOf('lone.c')?.name).toBe('lone');
});

describe('the sample driver', () => {
  test('who owns pages, and where they live', async () => {
    const { drivers } = await mapOf(split);
    expect(drivers.map((driver) => driver.name)).toEqual(['sample']);
    const [sample] = drivers;
    const range = sample?.owners.find((owner) => owner.kind === 'range');
    expect(range).toMatchObject({ struct: 'struct sample_range', base: 'base', layout: '1:1' });
    expect(range?.pages.map((pages) => [pages.path, pages.layout])).toEqual([['pages', 'one']]);
    const roles = new Set(range?.sites.map((site) => site.role));
    for (const role of ['init', 'get', 'unmap', 'free', 'remove'] as const) expect(roles).toContain(role);
    const userptr = sample?.owners.find((owner) => owner.kind === 'userptr');
    expect(userptr?.notifier).toBe('notifier');
    expect(sample?.callbacks.map((callback) => callback.member)).toEqual(
      expect.arrayContaining(['range_alloc', 'range_free', 'invalidate']),
    );
  });

  test('release paths lead from entry points to the call that releases', async () => {
    const { drivers } = await mapOf(split);
    const paths = drivers[0]?.releasePaths ?? [];
    const free = paths.find((path) => path.entry === 'drm_gpusvm_ops.range_free');
    expect(free?.functions.at(-1)).toBe('drm_gpusvm_free_pages');
    expect(paths.some((path) => path.role === 'fini')).toBe(true);
  });

  test('on the embedded generation ranges own their pages', async () => {
    const { drivers, facts } = await mapOf(embedded);
    expect(facts.rangeHasPages).toBe(true);
    const range = drivers[0]?.owners.find((owner) => owner.kind === 'range');
    expect(range).toMatchObject({ layout: 'in range', pages: [] });
    expect(range?.sites.some((site) => site.role === 'unmap' || site.role === 'remove')).toBe(true);
  });
});

describe('layouts', () => {
  const many = `#include <drm/drm_gpusvm.h>
struct brk_range {
	struct drm_gpusvm_range base;
	unsigned int count;
	union {
		struct drm_gpusvm_pages one;
		struct drm_gpusvm_pages *many;
	};
};
struct brk_cursor { struct drm_gpusvm_range *at; struct drm_gpusvm_pages *pages; };
static struct drm_gpusvm_pages *brk_pages(struct brk_range *range)
{
	return range->count > 1 ? range->many : &range->one;
}
static void brk_unmap(struct drm_gpusvm *svm, struct brk_range *range, struct drm_gpusvm_ctx *ctx)
{
	struct drm_gpusvm_pages *pages = &range->one;

	drm_gpusvm_unmap_pages(svm, pages, 1, ctx);
	drm_gpusvm_unmap_pages(svm, &range->many[1], 1, ctx);
}
`;

  test('an inline element beside an array pointer is N:1; a cursor owns nothing', async () => {
    const { drivers } = await mapOf(split, { 'drivers/gpu/drm/brk/brk.c': many }, ['drivers/gpu/drm/brk']);
    expect(drivers.map((driver) => driver.name)).toEqual(['brk']);
    expect(drivers[0]?.owners.map((owner) => [owner.struct, owner.layout])).toEqual([['struct brk_range', 'N:1']]);
    expect(drivers[0]?.owners[0]?.pages.map((pages) => [pages.path, pages.layout, pages.inUnion])).toEqual([
      ['one', 'one', true],
      ['many', 'pointer', true],
    ]);
  });

  test('calls through a local and through an element belong to the owner', async () => {
    const { drivers } = await mapOf(split, { 'drivers/gpu/drm/brk/brk.c': many }, ['drivers/gpu/drm/brk/brk.c']);
    expect(drivers[0]?.owners[0]?.sites.map((site) => [site.role, site.function])).toEqual([
      ['unmap', 'brk_unmap'],
      ['unmap', 'brk_unmap'],
    ]);
    expect(drivers[0]?.sites).toEqual([]);
  });
});

describe('pictures', () => {
  test('every node lies inside, none on another, every edge has points', async () => {
    const graph = mapGraph(await mapOf(split));
    const { nodes, edges, width, height } = layOut(graph);
    expect(nodes.length).toBeGreaterThan(10);
    for (const node of nodes) {
      expect(node.x - node.width / 2).toBeGreaterThanOrEqual(0);
      expect(node.x + node.width / 2).toBeLessThanOrEqual(width);
      expect(node.y + node.height / 2).toBeLessThanOrEqual(height);
      for (const other of nodes) {
        if (other.id === node.id) continue;
        const apart =
          Math.abs(node.x - other.x) >= (node.width + other.width) / 2 || Math.abs(node.y - other.y) >= (node.height + other.height) / 2;
        expect(apart, `${node.id} and ${other.id}`).toBe(true);
      }
    }
    for (const edge of edges) expect(edge.points.length).toBeGreaterThan(1);
  });

  test('svg and dot escape what they show', () => {
    const graph = {
      nodes: [{ id: 'a"<', kind: 'owner' as const, lines: ['struct "x" <&>'], place: undefined }],
      edges: [],
    };
    expect(mapSvg(graph)).toContain('struct &quot;x&quot; &lt;&amp;&gt;');
    expect(mapDot(graph)).toContain('label="struct \\"x\\" <&>"');
    expect(mapSvg({ nodes: [], edges: [] })).toMatch(/^<svg /);
  });
});
