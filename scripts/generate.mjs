// Writes the files that are derived from tables in the sources; with --check only says which of them have drifted.
//   node scripts/generate.mjs [--check]
// A generator is a file scripts/generate/<name>.mjs that exports `generate({ root, load })` and returns [{ path, text }];
// `load` bundles a TypeScript module and imports it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bin, root, setup } from './setup.mjs';

const isCheck = process.argv.includes('--check');
await setup({ needsBuild: false });
const { build } = await import('esbuild');

// Below node_modules, so that what a module imports is found.
const scratch = mkdtempSync(join(root, 'node_modules', '.generate-'));
async function load(source) {
  const outfile = join(scratch, `${source.replaceAll('/', '-')}.mjs`);
  await build({
    entryPoints: [join(root, source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    loader: { '.md': 'text' },
    packages: 'external',
  });
  return import(pathToFileURL(outfile).href);
}

/** As the formatter would leave it, so that a generated source never fails the lint step. */
function formatted(path, text) {
  if (!path.endsWith('.ts') && !path.startsWith('schemas/')) return text;
  const { status, stdout, stderr } = spawnSync(bin('biome'), ['check', '--write', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${path} cannot be formatted: ${stderr}`);
  return stdout;
}

let drifted = 0;
try {
  const folder = join(root, 'scripts', 'generate');
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    const { generate } = await import(pathToFileURL(join(folder, name)).href);
    for (const { path, text: raw } of await generate({ root, load })) {
      const text = formatted(path, raw);
      const file = join(root, path);
      const current = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
      if (current === text) continue;
      drifted += 1;
      if (!isCheck) writeFileSync(file, text);
      console.log(isCheck ? `${path} has drifted from its source: run npm run generate` : `wrote ${path}`);
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(isCheck && drifted > 0 ? 1 : 0);
