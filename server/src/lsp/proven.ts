/** Fixes proved before the editor offers them; what was proved is remembered until a text changes. */
import { Interrupted } from '../features/analysis.js';
import { type Candidate, holdingTogether, holds, type Trial } from '../features/prove.js';
import type { Fix } from '../rules/finding.js';
import type { Target, Tree } from './trees.js';

interface Verdicts {
  readonly generation: number;
  readonly byFix: Map<string, boolean>;
}

const known = new WeakMap<Tree, Verdicts>();

function verdictsOf(tree: Tree): Map<string, boolean> {
  const old = known.get(tree);
  if (old?.generation === tree.generation) return old.byFix;
  const byFix = new Map<string, boolean>();
  known.set(tree, { generation: tree.generation, byFix });
  return byFix;
}

const nameOf = ({ finding, fix }: Candidate): string => `${finding.fingerprint}\0${JSON.stringify(fix)}`;

/** Runs a trial on the texts as they are now, all of it in one turn; `otherwise` when an edit came meanwhile: whoever still wants the fixes asks again. */
async function tryOut<T>({ tree, path }: Target, candidates: readonly Candidate[], otherwise: T, run: (trial: Trial) => T): Promise<T> {
  const at = tree.generation;
  const analysis = await tree.ready();
  if (tree.generation !== at) return otherwise;
  const files = [...new Set([path, ...candidates.flatMap(({ fix }) => fix.edits.map((edit) => edit.file))])];
  try {
    const before = analysis.check(files);
    return run({ analysis, files, before, textOf: tree.text, overlayOf: tree.overlay });
  } catch (error) {
    if (error instanceof Interrupted) return otherwise;
    throw error;
  }
}

/** Those of some fixes that hold, each for itself. */
export async function provenFixes(target: Target, candidates: readonly Candidate[]): Promise<ReadonlySet<Fix>> {
  const verdicts = verdictsOf(target.tree);
  const open = candidates.filter((one) => !verdicts.has(nameOf(one)));
  if (open.length > 0)
    await tryOut(target, open, undefined, (trial) => {
      for (const one of open) verdicts.set(nameOf(one), one.fix.edits.length > 0 && holds(trial, [one]));
    });
  return new Set(candidates.filter((one) => verdicts.get(nameOf(one)) === true).map(({ fix }) => fix));
}

/** Those of some fixes that hold together. */
export function provenTogether(target: Target, candidates: readonly Candidate[]): Promise<readonly Candidate[]> {
  return candidates.length === 0
    ? Promise.resolve([])
    : tryOut<readonly Candidate[]>(target, candidates, [], (trial) => holdingTogether(trial, candidates));
}
