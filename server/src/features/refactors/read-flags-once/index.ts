/** `read-flags-once`: every read of a flags word that stands outside of its lock takes the word whole, once, into a local copy. */
import { coreFiles } from '../../../contracts/generations.js';
import { wholeWordMember } from '../../../contracts/protected.js';
import { structOf, typeOf } from '../../../flow/types.js';
import { balanced, createDraft } from '../draft.js';
import { textOf } from '../driver-owned-pages/driver.js';
import type { FlagRead } from '../flag-reads.js';
import { planReads, readKey } from '../flag-reads.js';
import { walkFunction } from '../typed-walk.js';
import type { Refactor } from '../types.js';

const RULE = 'flags-plain-read';

/** See docs/refactors.md. */
export const readFlagsOnce: Refactor = {
  id: 'read-flags-once',
  title: 'Read flags words once where their lock is not held',
  run(analysis, paths) {
    const { program } = analysis;
    const draft = createDraft();
    const own = paths.filter((path) => !coreFiles.has(path));
    const { findings } = analysis.check(own, new Set([RULE]));
    const reads: FlagRead[] = [];
    for (const path of new Set(findings.map((finding) => finding.file))) {
      const file = program.file(path);
      if (file === undefined) continue;
      const here = findings.filter((finding) => finding.file === path);
      for (const fn of program.functionsIn(file)) {
        if (!here.some((finding) => finding.start >= fn.item.start && finding.end <= fn.item.end)) continue;
        walkFunction(program, fn, {
          expr: (expr, where) => {
            if (expr.kind !== 'member' || !here.some((finding) => finding.end === where.base + expr.end)) return true;
            const tag = structOf(typeOf(expr.object, where.scope), where.scope);
            if (tag?.member(wholeWordMember) === undefined) return true;
            reads.push({ expr, where, offset: where.base + expr.start, word: textOf(expr.object, where), tag: tag.tag });
            return false;
          },
        });
      }
    }
    const texts = planReads(reads, draft);
    for (const read of reads) {
      const newText = texts.get(readKey(read));
      if (newText === undefined) continue;
      const { start, end } = balanced(read.where.text, read.expr);
      draft.add(read.where.file, { start: read.where.base + start, end: read.where.base + end, newText });
    }
    return { edits: draft.edits(), notes: draft.notes() };
  },
};
