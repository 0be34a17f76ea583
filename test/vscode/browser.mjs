// A real VS Code (its own server and web workbench) in a real browser, with a home, a data folder and a temporary folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBrowser, ensureVscode } from './setup.mjs';

/** Settings that keep the editor quiet: nothing of it is under test. */
const quiet = {
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'files.autoSave': 'off',
  'editor.minimap.enabled': false,
  'editor.hover.delay': 100,
  'window.commandCenter': false,
};

/** Arguments without which Debian's chromium does not run here, or talks to the world. */
const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Opens an editor on a copy of a folder. `open` and `payload` name what it shows first; `isAutomated` loads tests into the extension host.
 * Everything that was started is gone when `close` resolves.
 */
export async function openEditor({
  template,
  vsix = [],
  extra = {},
  settings = {},
  env: more = {},
  open,
  payload = [],
  isAutomated = false,
}) {
  const vscode = ensureVscode();
  // A short path: Unix sockets lie below it.
  const home = mkdtempSync(join(tmpdir(), 'vs-'));
  const folder = join(home, 'ws');
  const data = join(home, 'd');
  cpSync(template, folder, { recursive: true });
  for (const [path, text] of Object.entries(extra)) writeFileSync(join(folder, path), text);
  for (const path of [join(data, 'data/User'), join(home, 't')]) mkdirSync(path, { recursive: true });
  const settingsFile = join(data, 'data/User/settings.json');
  const allSettings = { ...quiet, ...settings };
  writeFileSync(settingsFile, JSON.stringify(allSettings));
  const env = {
    ...process.env,
    ...more,
    HOME: home,
    TMPDIR: join(home, 't'),
    XDG_RUNTIME_DIR: join(home, 't'),
    EXTENSIONS_GALLERY: '{}',
    NODE_OPTIONS: '',
  };
  const base = [join(vscode, 'out/server-main.js'), '--server-data-dir', data, '--accept-server-license-terms', '--telemetry-level', 'off'];
  for (const path of vsix)
    execFileSync(process.execPath, [...base, '--install-extension', path], { env, stdio: ['ignore', 'ignore', 'pipe'] });

  const port = await freePort();
  const serverArguments = [
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--without-connection-token',
    ...(isAutomated ? ['--enable-smoke-test-driver'] : []),
  ];
  const server = spawn(process.execPath, [...base, ...serverArguments], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => (log += chunk));
  const killGroup = (signal) => {
    try {
      process.kill(-server.pid, signal);
    } catch {
      // It is gone already.
    }
  };
  process.on('exit', () => killGroup('SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

  let browser;
  const close = async () => {
    await browser?.close().catch(() => undefined);
    const gone = new Promise((resolve) => server.once('exit', resolve));
    killGroup('SIGTERM');
    await Promise.race([gone, pause(3000)]);
    killGroup('SIGKILL');
    if (!process.env.KEEP) rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    for (const end = Date.now() + 30_000; !log.includes('Extension host agent listening'); await pause(50)) {
      if (server.exitCode !== null || Date.now() > end) throw new Error(`VS Code's server did not start\n${log}`);
    }
    browser = await chromium.launch({
      executablePath: ensureBrowser(),
      args: browserArguments,
      env: { ...process.env, HOME: home, TMPDIR: join(home, 't') },
    });
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const hosts = new Set();
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (/^(?:http|ws)/.test(protocol) && hostname !== '127.0.0.1') hosts.add(hostname);
    });
    const lines = [];
    page.on('console', (message) => lines.push(`${message.type()}: ${message.text().slice(0, 300)}`));
    const remote = (path) => `vscode-remote://127.0.0.1:${port}${path}`;
    let finish;
    const exited = new Promise((resolve) => (finish = resolve));
    if (isAutomated) await page.exposeFunction('codeAutomationExit', (code) => finish(code));
    const first = [
      ...(open === undefined ? [] : [['openFile', remote(join(folder, open))]]),
      ...payload.map(([key, path]) => [key, remote(path)]),
    ];
    const query = `folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(first))}`;
    await page.goto(`http://127.0.0.1:${port}/?${query}`);
    return { page, folder, home, settingsFile, settings: allSettings, exited, close, hosts, lines, log: () => log };
  } catch (error) {
    await close();
    throw error;
  }
}
