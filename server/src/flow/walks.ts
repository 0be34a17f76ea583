/** Rounds of loop macros: what each gives its variable, and what a whole walk has done to all elements. */

import type { Expr } from '../syntax/ast.js';
import type { CfgNode } from './cfg.js';
import { PAGES } from './events.js';
import { rangeUnmapped } from './pages.js';
import type { FunctionRun } from './run.js';
import { P, type State, TOP } from './state.js';
import { fresh, localLoc } from './term.js';
import { evaluate } from './values.js';

/** One round of a loop macro, and the way past it. */
export function takeRound(
  run: FunctionRun,
  node: CfgNode & { readonly kind: 'iterate' },
  s: State,
  out: (slot: number, state: State) => void,
): void {
  const contract = run.engine.contracts.iterator(node.macro);
  const done = s.copy();
  const mark = `iter:${node.id}`;
  if (contract !== undefined && contract.walks !== 'list') {
    const container = node.args[contract.container];
    const seen = done.object(mark);
    if (
      container !== undefined &&
      (seen === undefined || seen.bits === 1) &&
      (contract.walks === 'ranges' || walksAll(node.args, contract.bounds))
    ) {
      evaluate(run, container, done, (t, value) => {
        t.setObject(`ranges:${value.key}`, {
          kind: 'ranges',
          bits: PAGES.unmapped,
          count: 0,
          detail: '',
          term: value,
          site: run.site(node.span),
        });
        t.dropObject(mark);
        out(1, t);
      });
    } else {
      done.dropObject(mark);
      if (seen?.bits === 2)
        done.setObject('mark:walk', { kind: 'mark', bits: 1, count: 0, detail: '', term: undefined, site: run.site(node.span) });
      out(1, done);
    }
  } else out(1, done);
  const elements = contract?.elements ?? elementsOf(run, node, s);
  for (const index of elements) {
    const arg = node.args[index];
    if (arg?.kind !== 'name') continue;
    const type = run.cfg.types.get(arg.name);
    s.write(
      localLoc(arg.name),
      run.make(s, `it${node.id}:${arg.name}`, type !== undefined && type.pointers > 0 ? { bits: P, eq: undefined, ne: [] } : TOP),
    );
  }
  out(0, s);
}

/** True when the bounds of a walk are the whole space. */
function walksAll(args: readonly Expr[], bounds: readonly [number, number] | undefined): boolean {
  if (bounds === undefined) return true;
  const start = args[bounds[0]];
  return start?.kind === 'number' && start.value === 0;
}

/** Arguments of an unknown loop macro that its definition assigns; else those that hold nothing yet; else its first. */
function elementsOf(run: FunctionRun, node: CfgNode & { readonly kind: 'iterate' }, s: State): readonly number[] {
  const assigned = assignedParams(run, node.macro, 0);
  if (assigned.length > 0) return assigned;
  const blank = node.args.flatMap((arg, i) => {
    const value = arg.kind === 'name' && run.cfg.types.has(arg.name) ? s.read(localLoc(arg.name)) : undefined;
    return value?.kind === 'fresh' && value.id.startsWith('uninit') ? [i] : [];
  });
  if (blank.length > 0) return blank;
  return node.macro.includes('_safe') ? [0, 1] : [0];
}

/** Parameters that a loop macro assigns, itself or through the macro it stands for. */
function assignedParams(run: FunctionRun, name: string, depth: number): readonly number[] {
  const known = run.engine.contracts.iterator(name);
  if (known !== undefined) return known.elements;
  const macro = run.engine.program.findMacro(name, run.fn.file);
  const params = macro?.def.params;
  if (macro === undefined || params === undefined || depth > 4) return [];
  const { body } = macro.def;
  const direct = params.flatMap((p, i) => (new RegExp(`(^|[^\\w.>])\\(?${p.replace(/[^\w]/g, '')}\\)?\\s*=[^=]`).test(body) ? [i] : []));
  if (direct.length > 0) return direct;
  const inner = /^\s*(\w+)\s*\(([\s\S]*)\)\s*$/.exec(body);
  if (inner === null) return [];
  const args = splitArguments(inner[2] ?? '');
  return assignedParams(run, inner[1] ?? '', depth + 1).flatMap((i) => {
    const at = params.indexOf(/^[\s(]*(\w+)[\s)]*$/.exec(args[i] ?? '')?.[1] ?? '');
    return at < 0 ? [] : [at];
  });
}

/** At the end of a round of a walk over ranges: were the element's pages unmapped? */
export function endRound(run: FunctionRun, head: CfgNode & { readonly kind: 'iterate' }, s: State): void {
  const contract = run.engine.contracts.iterator(head.macro);
  if (contract === undefined || contract.walks === 'list') return;
  const element = head.args[contract.elements[0] ?? 0];
  if (element?.kind !== 'name') return;
  const value = fresh(`it${head.id}:${element.name}`);
  const good =
    contract.walks === 'ranges' ? rangeUnmapped(run, s, value) === 'ok' : s.object(`ranges:${value.key}`)?.bits === PAGES.unmapped;
  const mark = `iter:${head.id}`;
  const before = s.object(mark)?.bits ?? 1;
  s.setObject(mark, { kind: 'iter', bits: good && before === 1 ? 1 : 2, count: 0, detail: '', term: undefined, site: undefined });
}

/** Arguments of a call as text, split at its own commas. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(' || c === '[' || c === '{') depth++;
    else if (c === ')' || c === ']' || c === '}') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
