// Sessions in other editors on the bundled server. Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDebian, root } from '../vscode/setup.mjs';

const has = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const elpa = '/usr/share/emacs/site-lisp/elpa';
/** Debian's elpa packages, which `emacs -Q` does not look into. */
const elpaFolders = () => (existsSync(elpa) ? readdirSync(elpa).map((name) => join(elpa, name)) : []);
const hasEglot = () => has('emacs') && elpaFolders().some((path) => path.includes('/eglot-'));

const sessions = [
  {
    name: 'neovim',
    prepare: () => ensureDebian(['neovim'], () => has('nvim')),
    command: () => ['nvim', ['--headless', '-u', 'NONE', '-i', 'NONE', '-n', '-c', `luafile ${join(root, 'test/editors/neovim.lua')}`]],
  },
  {
    name: 'emacs',
    prepare: () => ensureDebian(['emacs-nox', 'elpa-eglot'], hasEglot),
    command: () => [
      'emacs',
      ['-Q', '--batch', ...elpaFolders().flatMap((path) => ['-L', path]), '-l', join(root, 'test/editors/emacs.el')],
    ],
  },
];

let passed = 0;
let failed = 0;
for (const session of sessions) {
  const home = mkdtempSync(join(tmpdir(), `${session.name}-`));
  try {
    session.prepare();
    const tree = join(home, 'kernel');
    mkdirSync(join(home, 'config'));
    cpSync(join(root, 'test/fixtures/kernel'), tree, { recursive: true });
    const [command, args] = session.command();
    const { stdout, stderr, status } = spawnSync(command, args, {
      encoding: 'utf8',
      timeout: 120_000,
      cwd: home,
      env: {
        ...process.env,
        HOME: home,
        XDG_CONFIG_HOME: join(home, 'config'),
        SERVER: join(root, 'dist/server.js'),
        CFILE: join(tree, 'drivers/gpu/drm/sample/sample_bad_lock.c'),
        RULE: 'lock-left-held',
      },
    });
    const output = `${stdout}\n${stderr}`;
    console.log(
      output
        .trim()
        .replace(/^\d+ passed, \d+ failed$/gm, '')
        .trim(),
    );
    const counts = /^(\d+) passed, (\d+) failed$/m.exec(output);
    passed += Number(counts?.[1] ?? 0);
    failed += counts === null ? 1 : Number(counts[2]);
    if (counts === null) console.log(`FAIL ${session.name}: ended without counts (exit ${status})`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${session.name}: ${error.message}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
{
  const home = mkdtempSync(join(tmpdir(), 'clangd-'));
  const report = (isGood, what) => {
    if (isGood) passed += 1;
    else failed += 1;
    console.log(`${isGood ? 'ok  ' : 'FAIL'} clangd: ${what}`);
  };
  try {
    ensureDebian(['clangd'], () => has('clangd'));
    cpSync(join(root, 'test/fixtures/kernel'), home, { recursive: true });
    const { besideClangd } = await import('./clangd.mjs');
    await besideClangd(home, report);
  } catch (error) {
    report(false, error.message);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
