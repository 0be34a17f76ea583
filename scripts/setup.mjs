// Brings a clone into a state in which things run: packages installed as locked, dist/ built. Needs nothing but node and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project's folder. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Runs a command in the project's folder with our own stdout and stderr; returns its exit code (127 when it cannot start). */
export function run(command, args, { env = {}, quiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'ignore', 'inherit'] : ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  if (result.error) console.error(`${command}: ${result.error.message}`);
  return result.status ?? 127;
}

/** The path of an installed package's command. */
export const bin = (name) => join(root, 'node_modules', '.bin', name);

/**
 * True when node_modules holds what package-lock.json asks for. Compares contents, not times: npm writes the two
 * lock files in an order that makes either one the newer.
 */
function isInstalled() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.includes('node_modules/') || entry.link || entry.optional || entry.peer || installed[path]?.version === entry.version,
  );
}

/** Installs what is missing and builds what is stale; ends the process when either fails. */
export async function setup({ needsBuild = true } = {}) {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(`setup: node ${process.versions.node} is too old, 20 is the floor`);
    process.exit(2);
  }
  if (!isInstalled()) {
    console.error('setup: installing packages');
    // No package needs its install script: esbuild and the grammars bring what we use ready-made.
    const code = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
    if (code !== 0) {
      console.error('setup: npm ci failed');
      process.exit(code);
    }
  }
  if (!needsBuild) return;
  const { build, isStale } = await import('./build.mjs');
  if (!isStale()) return;
  try {
    await build();
  } catch (error) {
    console.error(`setup: the build failed: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await setup();
