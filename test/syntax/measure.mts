/**
 * Measures outline, parsing and lowering over a kernel tree: errors, loops that are not loops, and times.
 * Run on demand:
 *   npx esbuild test/syntax/measure.mts --bundle --platform=node --format=esm --outfile=dist/measure.mjs && node dist/measure.mjs TREE [PATH…]
 * Paths are relative to the tree; without any, the parts that the acceptance names. `--errors` lists every place that did not parse, `--sources` leaves headers out.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Expr, FunctionAst, Stmt } from '../../server/src/syntax/ast.js';
import { isLoopName } from '../../server/src/syntax/dialect.js';
import { outline } from '../../server/src/syntax/outline.js';
import { createItemParser } from '../../server/src/syntax/parser.js';

const DEFAULT_PATHS = [
  'drivers/gpu/drm/xe',
  'drivers/gpu/drm/drm_gpusvm.c',
  'drivers/gpu/drm/drm_pagemap.c',
  'drivers/gpu/drm/i915/gem',
  'drivers/gpu/drm/amd/amdkfd/kfd_svm.c',
  'include/drm',
];

const require = createRequire(join(process.cwd(), 'package.json'));
const wasm = {
  runtime: readFileSync(require.resolve('web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(require.resolve('tree-sitter-c/tree-sitter-c.wasm')),
};

const args = process.argv.slice(2);
const listErrors = args.includes('--errors');
const onlySources = args.includes('--sources');
const [tree, ...paths] = args.filter((arg) => !arg.startsWith('--'));
if (tree === undefined) throw new Error('usage: measure.mjs TREE [PATH…] [--errors]');

function sources(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) return sources(inner);
    return (onlySources ? /\.c$/ : /\.[ch]$/).test(entry.name) ? [inner] : [];
  });
}

/** Calls whose name says loop, seen as plain calls in statement position: loops that were missed. */
function missedLoops(statements: readonly Stmt[], into: string[]): void {
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Partial<Stmt & Expr>;
    if (node.kind === 'scoped' && isLoopName(node.macro ?? '')) into.push(node.macro ?? '');
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(statements);
}

/** Names whose span does not hold the name: offsets that are not true. */
function misplaced(text: string, base: number, value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const node = value as { kind?: string; name?: string; field?: string; start?: number; end?: number };
  const written = text.slice(base + (node.start ?? 0), base + (node.end ?? 0));
  const isWrong =
    (node.kind === 'name' && written !== node.name) ||
    (node.kind === 'member' && !written.endsWith(node.field ?? '')) ||
    (node.kind === 'string' && !/^(?:\w|#|")/.test(written)) ||
    (node.kind === 'call' && !written.endsWith(')')) ||
    (node.kind === 'return' && !/^return\b[\s\S]*;$/.test(written)) ||
    (node.kind === 'goto' && !/^goto\b[\s\S]*;$/.test(written)) ||
    (node.kind === 'expr' && written.trim() === '') ||
    (node.kind === 'iterate' && !written.startsWith((value as { macro: string }).macro)) ||
    (node.kind === 'label' && !/^\w+\s*:$/.test(written)) ||
    (node.kind === 'decl' && !written.includes(node.name ?? ''));
  if (isWrong && process.env.SHOW !== undefined) console.log(node.kind, node.name ?? '', JSON.stringify(written));
  return Object.values(value).reduce((sum: number, inner) => sum + misplaced(text, base, inner), isWrong ? 1 : 0);
}

function countLoops(fn: FunctionAst): number {
  let count = 0;
  JSON.stringify(fn.body, (key, value: unknown) => {
    if (key === 'kind' && value === 'iterate') count++;
    return value;
  });
  return count;
}

const LOOP_IN_TEXT = /^[ \t]+(?:else )?(\w*for_each\w*|\w+_until_all_locked)\s*\(/gm;

const parser = await createItemParser(wasm);
const hints = { macroShape: () => undefined };
const config = { isEnabled: () => undefined };
const totals = {
  files: 0,
  lines: 0,
  functions: 0,
  withErrors: 0,
  undefinedFunctions: 0,
  missed: 0,
  misplaced: 0,
  loops: 0,
  loopsInText: 0,
  structs: 0,
  variables: 0,
  unknownVariables: 0,
  macros: 0,
  unreadMacros: 0,
  enums: 0,
};
const slow: { readonly file: string; readonly outlineMs: number; readonly functionMs: number }[] = [];
let outlineMs = 0;
let functionMs = 0;
let otherMs = 0;
for (const path of (paths.length > 0 ? paths : DEFAULT_PATHS).flatMap((part) => sources(join(tree, part)))) {
  const text = readFileSync(path, 'utf8');
  const before = performance.now();
  const found = outline(text, config);
  const outlined = performance.now();
  totals.files++;
  totals.lines += text.split('\n').length;
  let functionTime = 0;
  for (const item of found.items) {
    const start = performance.now();
    if (item.kind === 'function') {
      const fn = parser.parseFunction(text, item, hints);
      functionTime += performance.now() - start;
      totals.functions++;
      if (fn === undefined) {
        totals.undefinedFunctions++;
        console.log(`${path}: ${item.name}: not read`);
        continue;
      }
      if (fn.errors.length > 0) {
        totals.withErrors++;
        if (listErrors)
          for (const span of fn.errors.slice(0, 3))
            console.log(
              `${path}: ${item.name}: ${JSON.stringify(text.slice(item.start + span.start, item.start + Math.min(span.end, span.start + 160)))}`,
            );
      }
      const missed: string[] = [];
      missedLoops(fn.body, missed);
      totals.missed += missed.length;
      totals.loops += countLoops(fn);
      totals.misplaced += misplaced(text, item.start, fn.body);
      for (const match of text.slice(item.bodyStart, item.end).matchAll(LOOP_IN_TEXT))
        if (!/^\s*;/.test(restOfCall(text, item.bodyStart + match.index + match[0].length))) totals.loopsInText++;
    } else {
      if (item.kind === 'struct' || item.kind === 'union') {
        totals.structs++;
        if (parser.parseStruct(text, item) === undefined) console.log(`${path}: ${item.name}: not read`);
      } else if (item.kind === 'variable') {
        totals.variables++;
        const variable = parser.parseVariable(text, item);
        if (variable === undefined || variable.init?.kind === 'unknown') {
          totals.unknownVariables++;
          if (listErrors) console.log(`${path}: variable ${item.name}: ${JSON.stringify(text.slice(item.start, item.start + 160))}`);
        }
      } else if (item.kind === 'enum') {
        totals.enums++;
        parser.parseEnum(text, item);
      } else if (item.kind === 'prototype') {
        if (parser.parsePrototype(text, item) === undefined) console.log(`${path}: ${item.name}: prototype not read`);
      } else if (item.kind === 'typedef' && parser.parseTypedef(text, item) === undefined)
        console.log(`${path}: ${item.name}: typedef not read`);
      otherMs += performance.now() - start;
    }
  }
  const macroStart = performance.now();
  for (const macro of found.macros) {
    if (macro.body === '') continue;
    totals.macros++;
    if (parser.parseMacroBody(macro.body, hints) === undefined) {
      totals.unreadMacros++;
      if (listErrors && macro.params !== undefined)
        console.log(`${path}: macro ${macro.name}: ${JSON.stringify(macro.body.slice(0, 160))}`);
    }
  }
  otherMs += performance.now() - macroStart;
  outlineMs += outlined - before;
  functionMs += functionTime;
  slow.push({ file: path, outlineMs: outlined - before, functionMs: functionTime });
}

/** Text after the parenthesis that closes the call whose arguments start at the offset. */
function restOfCall(text: string, from: number): string {
  let depth = 1;
  let i = from;
  while (i < text.length && depth > 0) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    i++;
  }
  return text.slice(i, i + 40);
}

console.log(totals);
console.log(
  `outline ${outlineMs.toFixed(0)} ms, functions ${functionMs.toFixed(0)} ms, other items and macros ${otherMs.toFixed(0)} ms, parses ${parser.stats.parses}`,
);
slow.sort((a, b) => b.functionMs - a.functionMs);
for (const entry of slow.slice(0, 5))
  console.log(`${entry.functionMs.toFixed(1)} ms parse+lower, ${entry.outlineMs.toFixed(1)} ms outline: ${entry.file}`);
const cpu = process.cpuUsage();
console.log(`cpu ${((cpu.user + cpu.system) / 1000).toFixed(0)} ms in all`);
console.log('rss', Math.round(process.memoryUsage().rss / 1e6), 'MB');
