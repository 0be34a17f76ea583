/**
 * Prints the API facts of a tree after each patch of a series that was saved as a page of a list archive, in the order of the patches' numbers.
 * Works on a scratch copy of the few files that the facts are read from. Run by hand:
 * `npx esbuild test/program/facts-series.mts --bundle --platform=node --format=cjs --alias:web-tree-sitter=./node_modules/web-tree-sitter/web-tree-sitter.cjs --outfile=SCRATCH.cjs && node SCRATCH.cjs THREAD TREE`
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createNodeHost } from '../../server/src/cli/host.js';
import { readConfig } from '../../server/src/program/config.js';
import { createProgram } from '../../server/src/program/program.js';
import { createItemParser } from '../../server/src/syntax/parser.js';

/** A patch of the page: its number in the series and its text. */
interface Patch {
  readonly number: number;
  readonly title: string;
  readonly text: string;
}

/** Patches of a page: messages whose title says `[PATCH vX n/m]` and that hold a diff; replies quote theirs and are passed over. */
const patchesOf = (page: string): readonly Patch[] => {
  const messages = page.split(/^\* (?=\[|Re: )/m).slice(1);
  const patches: Patch[] = [];
  for (const message of messages) {
    const title = message.slice(0, message.indexOf('\n'));
    const number = /^\[PATCH[^\]]*?\b(\d+)\/\d+\]/.exec(title)?.[1];
    const from = message.search(/^diff --git /m);
    if (number === undefined || from < 0) continue;
    const end = message.slice(from).search(/^-- $/m);
    patches.push({ number: Number(number), title, text: message.slice(from, end < 0 ? undefined : from + end) });
  }
  return patches.sort((left, right) => left.number - right.number);
};

/** Paths that a patch changes. */
const pathsOf = (patch: Patch): readonly string[] => [...patch.text.matchAll(/^\+\+\+ b\/(\S+)/gm)].flatMap((match) => match[1] ?? []);

const main = async (): Promise<void> => {
  const [thread, tree] = process.argv.slice(2);
  if (thread === undefined || tree === undefined) throw new Error('usage: facts-series THREAD TREE');
  const patches = patchesOf(readFileSync(thread, 'utf8'));
  const scratch = mkdtempSync(join(tmpdir(), 'facts-series-'));
  const modules = resolve('node_modules');
  const parser = await createItemParser({
    runtime: readFileSync(join(modules, 'web-tree-sitter', 'web-tree-sitter.wasm')),
    grammar: readFileSync(join(modules, 'tree-sitter-c', 'tree-sitter-c.wasm')),
  });
  const facts = (): Readonly<Record<string, unknown>> => ({
    ...createProgram({ host: createNodeHost(scratch), parser, config: readConfig(undefined), hasTree: true }).facts,
  });
  try {
    for (const path of new Set(patches.flatMap(pathsOf))) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true });
      cpSync(join(tree, path), join(scratch, path));
    }
    let before = facts();
    console.log(JSON.stringify({ patch: 0, title: 'before the series', facts: before }));
    for (const patch of patches) {
      const file = join(scratch, `${patch.number}.patch`);
      writeFileSync(file, patch.text);
      execFileSync('patch', ['-p1', '--batch', '--forward', '-i', file], { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit'] });
      const after = facts();
      const changed = Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
      console.log(JSON.stringify({ patch: patch.number, title: patch.title, changed }));
      before = after;
    }
    console.log(JSON.stringify({ patch: patches.length, title: 'after the series', facts: before }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
