/** Files that lie beside the bundle, or in the sources when run from there. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

function firstExisting(candidates: readonly string[]): string | undefined {
  return candidates.map((candidate) => fileURLToPath(new URL(candidate, import.meta.url))).find((path) => existsSync(path));
}

/** Path of the page of a rule or service message (Markdown); undefined when there is none. `id` must come from their tables. */
export function rulePagePath(id: string): string | undefined {
  return firstExisting([`./rules/${id}.md`, `../rules/${id}/README.md`, `./docs/${id}.md`, `../../../docs/${id}.md`]);
}

/** Path of the lifecycle page (Markdown); undefined when it is not there. */
export function lifecyclePagePath(): string | undefined {
  return firstExisting(['./docs/lifecycle.md', '../../../docs/lifecycle.md']);
}

/** Text of a rule's page; undefined when there is none. */
export function readRulePage(id: string): string | undefined {
  const path = rulePagePath(id);
  return path === undefined ? undefined : readFileSync(path, 'utf8');
}

/** Absolute paths of what this program is made of, when it runs from its bundle: the bundle and the parser's wasm modules. */
export function programFiles(): readonly string[] {
  const wasm = ['web-tree-sitter.wasm', 'tree-sitter-c.wasm'].map((name) => fileURLToPath(new URL(`./${name}`, import.meta.url)));
  return [fileURLToPath(import.meta.url), ...wasm];
}

/** The parser's two wasm modules: beside `dist/cli.js`, else in `node_modules`. Throws when the installation is incomplete. */
export function readWasm(): { readonly runtime: Uint8Array; readonly grammar: Uint8Array } {
  // The optimising compiler works on the grammar's tables for longer than most runs last; the baseline code parses as fast as we ask.
  setFlagsFromString('--liftoff-only');
  const read = (name: string, folder: string): Uint8Array => {
    const path = firstExisting([`./${name}`, `../../../node_modules/${folder}/${name}`, `../../node_modules/${folder}/${name}`]);
    if (path === undefined) throw new Error(`${name} is missing beside the program: build or install again`);
    return readFileSync(path);
  };
  return {
    runtime: read('web-tree-sitter.wasm', 'web-tree-sitter'),
    grammar: read('tree-sitter-c.wasm', 'tree-sitter-c'),
  };
}
