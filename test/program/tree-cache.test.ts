/** The cache of trees: what is in use stays, what edits leave behind goes. */
import { expect, test } from 'vitest';
import type { FileRecord } from '../../server/src/program/store.js';
import { createTreeCache } from '../../server/src/program/tree-cache.js';

const record = (path: string, items: number): FileRecord =>
  ({ path, outline: { items: Array.from({ length: items }), macros: [], includes: [] } }) as unknown as FileRecord;

test('a_file_keeps_what_it_uses_and_the_last_of_what_it_used_ok', () => {
  let parses = 0;
  const cache = createTreeCache<string>(
    () => 0,
    () => undefined,
    30_000,
  );
  const file = record('a.c', 10);
  const ask = (text: string): string =>
    cache.get(text, file, () => {
      parses++;
      return text;
    });
  // Nine functions that stay, and one that is edited ten thousand times.
  for (let edit = 0; edit < 10_000; edit++) {
    for (let i = 0; i < 9; i++) ask(`stays ${i}`);
    ask(`edited ${edit}`);
  }
  expect(parses).toBe(10_009);
  ask('edited 9990');
  expect(parses).toBe(10_009);
  ask('edited 5000');
  expect(parses).toBe(10_010);
});
