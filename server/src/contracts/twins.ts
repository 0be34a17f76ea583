/** Functions that come in pairs by their names: what one makes, the other takes down. A naming habit of the kernel, not a fact of one driver. */

/** Verbs, as parts of a name between underscores, with those that undo them. */
const undoing: Readonly<Record<string, readonly string[]>> = {
  acquire: ['release'],
  alloc: ['free'],
  create: ['destroy', 'free', 'fini'],
  get: ['put'],
  init: ['fini', 'cleanup', 'free', 'destroy'],
  map: ['unmap'],
  new: ['free', 'destroy'],
  open: ['close'],
  pin: ['unpin'],
  populate: ['unpopulate'],
  prepare: ['finish', 'cleanup', 'unprepare'],
  setup: ['remove', 'teardown', 'cleanup', 'fini'],
  take: ['drop', 'put', 'release'],
};

const making: ReadonlyMap<string, readonly string[]> = (() => {
  const map = new Map<string, string[]>();
  for (const [verb, others] of Object.entries(undoing)) for (const other of others) map.set(other, [...(map.get(other) ?? []), verb]);
  return map;
})();

const swapped = (name: string, table: (verb: string) => readonly string[] | undefined): readonly string[] => {
  const parts = name.split('_');
  return parts.flatMap((part, at) => (table(part) ?? []).map((other) => [...parts.slice(0, at), other, ...parts.slice(at + 1)].join('_')));
};

/** Names of what may undo a function, by its name alone. */
export const undoerNames = (name: string): readonly string[] =>
  swapped(name, (verb) => (Object.hasOwn(undoing, verb) ? undoing[verb] : undefined));

/** Names of what a function may undo, by its name alone. */
export const makerNames = (name: string): readonly string[] => swapped(name, (verb) => making.get(verb));
