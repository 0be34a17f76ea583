import { expect, test } from 'vitest';
import { splitWork } from '../../server/src/cli/parallel.js';

const files = (driver: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `drivers/gpu/drm/${driver}/f${String(index).padStart(3, '0')}.c`);

test('drivers stay together, lists are of like size, nothing is lost', () => {
  const all = [...files('a', 90), ...files('b', 40), ...files('c', 30), ...files('d', 30), 'drivers/gpu/drm/core.c'];
  const lists = splitWork(all, 2);
  expect(lists.map((list) => list.length).sort((x, y) => x - y)).toEqual([91, 100]);
  expect(lists.flat().sort()).toEqual([...all].sort());
  for (const driver of ['a', 'b', 'c', 'd'])
    expect(lists.filter((list) => list.some((file) => file.includes(`/${driver}/`)))).toHaveLength(1);
});

test('little work, one driver or one core are not split', () => {
  expect(splitWork(files('a', 20), 4)).toHaveLength(1);
  expect(splitWork(files('a', 200), 4)).toHaveLength(1);
  expect(splitWork([...files('a', 200), ...files('b', 200)], 1)).toHaveLength(1);
});
