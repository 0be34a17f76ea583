// Brings what the real-editor rings need: VS Code's own server and web workbench (the part of code-server's npm tarball
// that is VS Code itself), a browser, mocha and playwright-core. Everything goes into a cache folder or node_modules.
//   node test/vscode/setup.mjs        prints what it found or installed
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The project's folder. */
export const root = resolve(here, '..', '..');

/** VS Code 1.100.3: the last line that runs on Node 20 without a native build. */
const release = '4.100.3';
/** SHA-512 of the tarball, base64. */
const integrity = 'q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==';

/** Where downloads are kept between runs. */
export const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gpusvm-review-tests');

/** The folder of VS Code's server. */
export const vscodeFolder = process.env.VSCODE_DIR || join(cache, `vscode-${release}`);

function must(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.error?.message ?? result.stderr.slice(-800)}`);
  return result.stdout;
}

const hasCommand = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

/** Installs Debian packages that are missing; throws when that is not possible here. */
export function ensureDebian(packages, isPresent) {
  if (isPresent()) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    must(command, rest, { env });
  };
  apt('-qq', 'update');
  apt('-qq', 'install', '-y', '--no-install-recommends', ...packages);
  if (!isPresent()) throw new Error(`${packages.join(', ')} could not be installed`);
}

/** The browser's path. */
export function ensureBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  ensureDebian(['chromium', 'fonts-dejavu-core'], () => hasCommand('chromium'));
  return must('sh', ['-c', 'command -v chromium']).trim();
}

/** mocha and playwright-core, as locked beside this file. */
export function ensureModules() {
  if (existsSync(join(here, 'node_modules/playwright-core/package.json')) && existsSync(join(here, 'node_modules/mocha/package.json')))
    return;
  must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: here });
}

/** VS Code's server; unpacked beside and renamed, so that a broken download is never taken for a whole one. */
export function ensureVscode() {
  if (existsSync(join(vscodeFolder, 'out/server-main.js'))) return vscodeFolder;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'unpack-'));
  try {
    const tarball = must('npm', ['pack', '--silent', `code-server@${release}`], { cwd: scratch }).trim();
    const sum = createHash('sha512')
      .update(readFileSync(join(scratch, tarball)))
      .digest('base64');
    if (sum !== integrity) throw new Error(`code-server@${release} is not the tarball that was tried: sha512-${sum}`);
    must('tar', ['xzf', tarball, 'package/lib/vscode'], { cwd: scratch });
    const folder = join(scratch, 'package/lib/vscode');
    // The lock file names native modules whose install scripts we do not run; plain install takes what there is.
    must('npm', ['install', '--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
    renameSync(folder, vscodeFolder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return vscodeFolder;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  ensureModules();
  console.log(`browser ${ensureBrowser()}`);
  console.log(`vscode  ${ensureVscode()}`);
}
