/**
 * Trees by text: moving a function keeps its tree. What the parser was told about macros is part of the key, as questions and answers:
 * while the program still answers the same, the tree is true.
 */
import type { DialectHints } from '../syntax/source.js';
import type { FileRecord } from './store.js';

/** What a use of a macro at the head of a statement is. */
export type MacroShape = ReturnType<DialectHints['macroShape']>;

/** Tells what a macro is, as a file sees it. */
export type ShapeOf = (name: string, from: FileRecord) => MacroShape;

/** A cache of trees. */
export interface TreeCache<T> {
  /** The tree of a text in a file; parsed when there is none that is still true. */
  get(text: string, from: FileRecord, parse: (hints: DialectHints) => T): T;
}

interface Kept<T> {
  readonly tree: T;
  readonly asked: ReadonlyMap<string, MacroShape>;
  epoch: number;
  from: string;
}

/** Trees of a file beyond those of its items: earlier texts of functions, for undo and for the way back from a patch. */
const earlier = 64;

/**
 * Makes a cache that holds at most `capacity` trees; beyond it the older half goes. A file keeps about as many as it has items, those used last:
 * an editor's session of ten thousand edits holds no more than one of a hundred.
 */
export const createTreeCache = <T>(epochOf: () => number, shapeOf: ShapeOf, capacity: number): TreeCache<T> => {
  let trees = new Map<string, Kept<T>>();
  /** Texts asked for from each file, the last ones last. */
  const used = new Map<string, Set<string>>();
  const use = (text: string, from: FileRecord): void => {
    const texts = used.get(from.path) ?? new Set();
    used.set(from.path, texts);
    texts.delete(text);
    texts.add(text);
    if (texts.size <= 2 * from.outline.items.length + from.outline.macros.length + earlier) return;
    const [oldest] = texts;
    if (oldest === undefined) return;
    texts.delete(oldest);
    if (trees.get(oldest)?.from === from.path) trees.delete(oldest);
  };
  const isTrue = (kept: Kept<T>, from: FileRecord, epoch: number): boolean => {
    if (kept.epoch === epoch && kept.from === from.path) return true;
    for (const [name, shape] of kept.asked) if (shapeOf(name, from) !== shape) return false;
    kept.epoch = epoch;
    kept.from = from.path;
    return true;
  };
  return {
    get: (text, from, parse) => {
      const epoch = epochOf();
      use(text, from);
      const kept = trees.get(text);
      if (kept !== undefined && isTrue(kept, from, epoch)) return kept.tree;
      const asked = new Map<string, MacroShape>();
      const tree = parse({
        macroShape: (name) => {
          if (asked.has(name)) return asked.get(name);
          const shape = shapeOf(name, from);
          asked.set(name, shape);
          return shape;
        },
      });
      if (trees.size >= capacity) trees = new Map([...trees].slice(capacity >> 1));
      trees.set(text, { tree, asked, epoch, from: from.path });
      return tree;
    },
  };
};
