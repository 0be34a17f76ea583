/** The refactors that an editor offers at a place: those within one function there, and those that move a whole driver. */
import { pagesTag, rangeTag } from '../contracts/protected.js';
import type { ProgramFile } from '../program/types.js';
import type { TextEdit } from '../rules/finding.js';
import type { Analysis } from './analysis.js';
import { functionAt } from './call-graph.js';
import { refactors } from './refactors/index.js';

/** What a refactor reaches: the function at the place, or every file of the driver. */
export type Reach = 'function' | 'driver';

/** Refactors that change many files at once: shown before they are applied. */
const wide: ReadonlySet<string> = new Set(['driver-owned-pages', 'pages-per-device']);

/** The refactor that gives a driver pages of its own. */
const move = 'driver-owned-pages';

/** True for a driver whose ranges hold pages already: what is left to mend there is a finding, not a move. */
function isMoved({ program }: Analysis, file: ProgramFile): boolean {
  const ranges = new Set(program.containersOf(rangeTag, file).map((one) => one.container.tag));
  return program.containersOf(pagesTag, file).some((one) => ranges.has(one.container.tag));
}

/** A refactor that has something to do. */
export interface RefactorOffer {
  readonly id: string;
  readonly reach: Reach;
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** What it leaves, or what needs a look, one line each. */
  readonly notes: readonly string[];
}

/** The refactors with something to do at an offset; `only` names one of them. Runs them: for menus that were asked for, not for every key. */
export function refactorsAt(analysis: Analysis, path: string, offset: number, only?: string): readonly RefactorOffer[] {
  const file = analysis.program.file(path);
  if (file === undefined) return [];
  const fn = functionAt(analysis.program, path, offset, undefined);
  return refactors.flatMap((refactor): RefactorOffer[] => {
    if (only !== undefined && refactor.id !== only) return [];
    const isWide = wide.has(refactor.id);
    if (refactor.id === move && isMoved(analysis, file)) return [];
    if (!isWide && fn === undefined) return [];
    const { edits, notes } = refactor.run(analysis, [path]);
    if (isWide) {
      const files = new Set(edits.map((edit) => edit.file)).size;
      const where = files === 1 ? 'one file' : `${files} files`;
      return edits.length === 0 ? [] : [{ id: refactor.id, reach: 'driver', title: `${refactor.title} (${where})`, edits, notes }];
    }
    // Such a refactor changes each function by itself: the others' part is left out whole.
    const own = edits.filter((edit) => fn !== undefined && edit.file === path && edit.start >= fn.item.start && edit.end <= fn.item.end);
    return own.length === 0
      ? []
      : [{ id: refactor.id, reach: 'function', title: `${refactor.title}, in ${fn?.name ?? ''}`, edits: own, notes: [] }];
  });
}
