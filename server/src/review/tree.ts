/** The tree in memory at every point of a series: the base, then what each patch made of it. Nothing is written anywhere. */

/** Reads a file of a tree at one point; undefined when it does not exist there. */
export type ReadText = (path: string) => string | undefined;

/** A tree with a history of changes. Points count from 0, the base; point n is after patch n. */
export interface TreeHistory {
  /** Text of a file at a point. */
  read(path: string, point: number): string | undefined;
  /** Sets a file's text from a point on; undefined deletes it. Points must not decrease. */
  write(path: string, point: number, text: string | undefined): void;
  /** Paths written at a point. */
  changed(point: number): readonly string[];
  /** Paths written at any point. */
  paths(): readonly string[];
}

/** A history over a base. The base is read at most once per file. */
export function createTreeHistory(base: ReadText): TreeHistory {
  const versions = new Map<string, { point: number; text: string | undefined }[]>();
  const baseTexts = new Map<string, string | undefined>();
  const byPoint = new Map<number, Set<string>>();
  const baseText = (path: string): string | undefined => {
    if (!baseTexts.has(path)) baseTexts.set(path, base(path));
    return baseTexts.get(path);
  };
  return {
    read(path, point) {
      const found = versions.get(path)?.findLast((version) => version.point <= point);
      return found === undefined ? baseText(path) : found.text;
    },
    write(path, point, text) {
      baseText(path);
      const list = versions.get(path) ?? [];
      versions.set(path, list);
      const last = list.at(-1);
      if (last?.point === point) last.text = text;
      else list.push({ point, text });
      const set = byPoint.get(point) ?? new Set();
      byPoint.set(point, set);
      set.add(path);
    },
    changed: (point) => [...(byPoint.get(point) ?? [])],
    paths: () => [...versions.keys()],
  };
}
