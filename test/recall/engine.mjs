/** Opens the analysis on a kernel tree, in this process, from a bundle made for the purpose. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);

/** Files of the project's root, for other scripts. */
export const ROOT = root;

/** Bundles a module of the server, the analysis' entry when not said, as the product does and loads it. */
export async function loadEngine(entry = 'server/src/features/session.ts') {
  const outfile = join(mkdtempSync(join(tmpdir(), 'recall-engine-')), 'engine.cjs');
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'error',
    loader: { '.md': 'text' },
    alias: { 'web-tree-sitter': join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
    banner: { js: "const __bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    define: { 'import.meta.url': '__bundleUrl' },
  });
  return require(outfile);
}

const wasm = (name) => {
  const places = ['dist', 'node_modules/web-tree-sitter', 'node_modules/tree-sitter-c'].map((folder) => join(root, folder, name));
  const path = places.find((place) => existsSync(place));
  if (path === undefined) throw new Error(`${name} is not there: run npm install`);
  return readFileSync(path);
};

/** Reads a folder as the analysis wants it; texts are kept. */
export function folderHost(folder) {
  const kept = new Map();
  return {
    read(path) {
      if (!kept.has(path)) {
        let text;
        try {
          text = readFileSync(join(folder, path), 'utf8');
        } catch {
          text = undefined;
        }
        kept.set(path, text);
      }
      return kept.get(path);
    },
    list(path) {
      try {
        return readdirSync(join(folder, path)).map((name) => (statSync(join(folder, path, name)).isDirectory() ? `${name}/` : name));
      } catch {
        return [];
      }
    },
  };
}

/** An analysis of a tree. */
export const openTree = (engine, folder) =>
  engine.createAnalysis({
    host: folderHost(folder),
    hasTree: true,
    wasm: { runtime: wasm('web-tree-sitter.wasm'), grammar: wasm('tree-sitter-c.wasm') },
  });
