// Bundles client, server and command line into dist/, with the wasm files and the pages they read.
//   node scripts/build.mjs [--watch] [--if-stale] [--dev]
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const stamp = join(dist, '.built');

/** What is bundled. A bundle whose entry point is not written yet is skipped with a note. */
const bundles = [
  { name: 'client', entry: 'client/src/extension.ts', external: ['vscode'] },
  { name: 'server', entry: 'server/src/lsp/main.ts', shebang: true },
  { name: 'worker', entry: 'server/src/lsp/worker.ts' },
  { name: 'cli', entry: 'server/src/cli/main.ts', shebang: true },
];

/** Everything a build reads, for the staleness test. */
const inputs = ['client/src', 'server/src', 'docs', 'scripts/build.mjs', 'package.json', 'package-lock.json'];

/** Newest modification time below a path, in milliseconds; 0 when absent. Folders count, so that a removed file is noticed. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), info.mtimeMs);
}

/** True when dist/ is older than what it is made of. */
export function isStale() {
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  return built === 0 || inputs.some((input) => newest(join(root, input)) > built);
}

/** Bundles that a missing entry point left out. */
export function missingBundles() {
  return bundles.filter((bundle) => !existsSync(join(root, bundle.entry)));
}

function options(bundle, { isDev, isWatch }) {
  return {
    entryPoints: [join(root, bundle.entry)],
    // Written beside and renamed, so that a process started meanwhile never reads half a bundle.
    outfile: join(dist, `${bundle.name}${isWatch ? '' : '.part'}.js`),
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: !isDev,
    sourcemap: isDev ? 'inline' : false,
    legalComments: 'none',
    logLevel: 'warning',
    external: bundle.external ?? [],
    loader: { '.md': 'text' },
    // The ESM build of web-tree-sitter asks for import.meta.url, which is empty in a CommonJS bundle: Parser.init then fails.
    alias: { 'web-tree-sitter': join(root, 'node_modules/web-tree-sitter/web-tree-sitter.cjs') },
    // import.meta.url is empty in CommonJS output; the banner gives the sources one that is right from source and from the bundle.
    banner: {
      js: `${bundle.shebang ? '#!/usr/bin/env node\n' : ''}const __bundleUrl = require('node:url').pathToFileURL(__filename).href;`,
    },
    define: {
      'import.meta.url': '__bundleUrl',
      'process.env.GPUSVM_REVIEW_VERSION': JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version),
    },
  };
}

function copyAssets() {
  const modules = join(root, 'node_modules');
  cpSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm'), join(dist, 'web-tree-sitter.wasm'));
  cpSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm'), join(dist, 'tree-sitter-c.wasm'));
  // The rules' pages and the lifecycle pages: what `explain`, hovers and lenses open.
  const rules = join(root, 'server/src/rules');
  rmSync(join(dist, 'rules'), { recursive: true, force: true });
  mkdirSync(join(dist, 'rules'), { recursive: true });
  for (const id of existsSync(rules) ? readdirSync(rules) : []) {
    const page = join(rules, id, 'README.md');
    if (existsSync(page)) cpSync(page, join(dist, 'rules', `${id}.md`));
  }
  rmSync(join(dist, 'docs'), { recursive: true, force: true });
  const docs = join(root, 'docs');
  for (const name of existsSync(docs) ? readdirSync(docs) : []) {
    if (name.endsWith('.md')) cpSync(join(docs, name), join(dist, 'docs', name));
    // The examples that a page links to.
    else if (name === 'contracts') cpSync(join(docs, name), join(dist, 'docs', name), { recursive: true });
  }
  // The bundles are CommonJS, whatever the package around them says.
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
}

/** Builds dist/. `log` gets one line per bundle. Throws when a bundle does not compile. */
export async function build({ isDev = false, watch = false, log = console.error } = {}) {
  const esbuild = await import('esbuild');
  const started = Date.now();
  mkdirSync(dist, { recursive: true });
  const present = [];
  for (const bundle of bundles) {
    if (existsSync(join(root, bundle.entry))) present.push(bundle);
    else log(`build: ${bundle.entry} does not exist yet, dist/${bundle.name}.js skipped`);
  }
  copyAssets();
  if (watch) {
    for (const bundle of present) {
      const context = await esbuild.context({ ...options(bundle, { isDev: true, isWatch: true }), logLevel: 'info' });
      await context.watch();
    }
    // The words that the problem matcher of .vscode/tasks.json waits for.
    log('build: watching');
    return;
  }
  await Promise.all(present.map((bundle) => esbuild.build(options(bundle, { isDev, isWatch: false }))));
  for (const bundle of present) {
    const file = join(dist, `${bundle.name}.js`);
    renameSync(join(dist, `${bundle.name}.part.js`), file);
    if (bundle.shebang) chmodSync(file, 0o755);
    log(`build: dist/${bundle.name}.js ${Math.round(statSync(file).size / 1024)} KiB`);
  }
  // Dated by the start: a source saved while the build ran makes it stale again.
  writeFileSync(stamp, `${new Date(started).toISOString()}\n`);
  utimesSync(stamp, new Date(started), new Date(started));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const flags = new Set(process.argv.slice(2));
  if (!flags.has('--if-stale') || isStale()) {
    try {
      await build({ isDev: flags.has('--dev'), watch: flags.has('--watch') });
    } catch (error) {
      console.error(`build: ${error instanceof Error ? error.message : error}`);
      process.exit(1);
    }
  }
}
