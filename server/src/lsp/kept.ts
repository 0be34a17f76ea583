/** A tree's answers from earlier runs: the first ones of a session come from there, while nothing they were made from has changed. */
import type { Report } from '../features/analysis.js';
import { digestOf, type Readings } from '../host/recording.js';
import type { FileHost } from '../program/types.js';
import { unitOf } from '../program/units.js';
import type { Kept } from './services.js';

/** What is kept of a check. */
type Answer = Pick<Report, 'findings' | 'limits' | 'stats'>;

/** The kept answers of one tree. */
export interface KeptAnswers {
  /** The answer for a file as things stand; undefined when there is none. */
  find(path: string): Answer | undefined;
  /** Keeps answers, unless an editor holds text that the disk has not. */
  keep(answers: ReadonlyMap<string, Answer>, readings: Readings): void;
}

/** Makes the kept answers of a tree. `disk` is the tree without what editors lay over it. */
export function createKeptAnswers(options: {
  readonly root: string;
  readonly index: Kept;
  readonly disk: FileHost;
  readonly overlays: ReadonlyMap<string, string>;
}): KeptAnswers {
  const { root, index, disk, overlays } = options;
  /** Drivers that were asked about: what a shared file's callers are depends on them. */
  const units = new Set<string>();
  const shown: FileHost = { read: (path) => overlays.get(path) ?? disk.read(path), list: disk.list };
  const question = (path: string): unknown => ({ check: path, root, units: [...units].sort() });
  return {
    find(path) {
      units.add(unitOf(path).folder);
      // Plain data that `keep` wrote.
      return index.find(question(path), shown) as Answer | undefined;
    },
    keep(answers, readings) {
      const laid = [...overlays];
      if (laid.some(([path, text]) => disk.read(path) !== text)) return;
      const own = new Map(laid.map(([path, text]) => [path, digestOf(text)] as const));
      const all: Readings = [...readings.filter(([path]) => !own.has(path)), ...own];
      for (const [path, { findings, limits, stats }] of answers) index.keep(question(path), all, { findings, limits, stats });
    },
  };
}
