/** `split-error-label`: a label that returns 0 and is jumped to with an error gets a twin that returns the error, after the same clean-up. */
import { coreFiles } from '../../../contracts/generations.js';
import type { FunctionDef } from '../../../program/types.js';
import type { Stmt } from '../../../syntax/ast.js';
import type { Draft } from '../draft.js';
import { createDraft, indentOf, lineEnd, lineStart, placeOf } from '../draft.js';
import { freeName } from '../driver-owned-pages/statements.js';
import type { Where } from '../typed-walk.js';
import { walkFunction } from '../typed-walk.js';
import type { Refactor } from '../types.js';

const RULE = 'error-swallowed';

/** A jump that loses an error. */
interface Jump {
  readonly stmt: Stmt & { readonly kind: 'goto' };
  readonly where: Where;
  /** The variable that holds the error. */
  readonly error: string;
}

/** See docs/refactors.md. */
export const splitErrorLabel: Refactor = {
  id: 'split-error-label',
  title: 'Split a label into one for success and one for errors',
  run(analysis, paths) {
    const { program } = analysis;
    const draft = createDraft();
    const { findings } = analysis.check(
      paths.filter((path) => !coreFiles.has(path)),
      new Set([RULE]),
    );
    for (const path of new Set(findings.map((finding) => finding.file))) {
      const file = program.file(path);
      if (file === undefined) continue;
      for (const fn of program.functionsIn(file)) {
        const here = findings.filter((finding) => finding.file === path && finding.start >= fn.item.start && finding.end <= fn.item.end);
        if (here.length === 0) continue;
        const jumps: Jump[] = [];
        walkFunction(program, fn, {
          stmt: (stmt, where) => {
            if (stmt.kind !== 'goto') return;
            const finding =
              here.find((one) => one.start <= where.base + stmt.start && one.end >= where.base + stmt.start + 4) ??
              here.find((one) => one.start === where.base + stmt.start);
            const error = finding === undefined ? undefined : errorName(finding.message, where);
            if (error !== undefined) jumps.push({ stmt, where, error });
          },
        });
        for (const label of new Set(jumps.map((jump) => jump.stmt.label)))
          splitLabel(
            fn,
            label,
            jumps.filter((jump) => jump.stmt.label === label),
            draft,
          );
      }
    }
    return { edits: draft.edits(), notes: draft.notes() };
  },
};

/** The variable that a finding's message names: one that the function declares. */
function errorName(message: string, where: Where): string | undefined {
  for (const match of message.matchAll(/`(\w+)`/g)) {
    const name = match[1] ?? '';
    if (where.scope.local(name)?.pointers === 0) return name;
  }
  return undefined;
}

function splitLabel(fn: FunctionDef, label: string, jumps: readonly Jump[], draft: Draft): void {
  const [first] = jumps;
  const ast = first?.where.ast;
  if (first === undefined || ast === undefined) return;
  const { text } = fn.file;
  const base = fn.item.start;
  const at = ast.body.findIndex((stmt) => stmt.kind === 'label' && stmt.name === label);
  const tail = at < 0 ? [] : ast.body.slice(at + 1).filter((stmt) => stmt.kind !== 'empty');
  const end = tail.findIndex((stmt) => stmt.kind === 'return');
  const last = tail[end];
  const cleanup = tail.slice(0, Math.max(0, end));
  const isPlain = cleanup.every((stmt) => stmt.kind === 'expr' || stmt.kind === 'if' || stmt.kind === 'label');
  const errors = new Set(jumps.map((jump) => jump.error));
  if (last?.kind !== 'return' || last.value?.kind !== 'number' || last.value.value !== 0 || !isPlain || errors.size !== 1) {
    draft.note(
      `${placeOf(fn.file, base + first.stmt.start)}: \`${label}\` is left: what follows it is more than a clean-up and \`return 0\``,
    );
    return;
  }
  const returning = `return ${first.error};`;
  if (cleanup.length === 0) {
    for (const { stmt, where } of jumps)
      draft.add(fn.file, { start: where.base + stmt.start, end: lineEndOf(text, where.base + stmt.end), newText: returning });
    return;
  }
  const name = freeName(fn, [`err_${label}`, `${label}_err`, 'out_error']);
  for (const { stmt, where } of jumps)
    draft.add(fn.file, { start: where.base + stmt.start, end: lineEndOf(text, where.base + stmt.end), newText: `goto ${name};` });
  const body = cleanup
    .filter((stmt) => stmt.kind !== 'label')
    .map((stmt) => text.slice(lineStart(text, base + stmt.start), lineEnd(text, base + stmt.end - 1)))
    .join('');
  const after = lineEnd(text, base + last.end - 1);
  draft.add(fn.file, { start: after, end: after, newText: `\n${name}:\n${body}${indentOf(text, base + last.start)}${returning}\n` });
}

/** The end of a statement with its semicolon, whether or not its span holds it. */
const lineEndOf = (text: string, end: number): number => (text[end - 1] === ';' ? end : text[end] === ';' ? end + 1 : end);
