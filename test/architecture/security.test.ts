/** What SECURITY.md promises, as far as the sources show it: no network, no code of others, few places that write, views that load nothing. */
import { describe, expect, test, vi } from 'vitest';
import { filesBelow } from './sources.js';

vi.mock('vscode', () => {
  const panels: { webview: Record<string, unknown>; options: unknown }[] = [];
  const uri = (path: string): unknown => ({ path, toString: () => `vscode-resource:${path}` });
  return {
    panels,
    ViewColumn: { Beside: 2 },
    Uri: { joinPath: (base: { path: string }, ...parts: string[]) => uri([base.path, ...parts].join('/')) },
    window: {
      createWebviewPanel(_type: string, _title: string, _column: unknown, options: unknown) {
        const webview = { html: '', cspSource: 'vscode-resource:', onDidReceiveMessage: () => {}, asWebviewUri: (one: unknown) => one };
        const panel = { webview, options, onDidDispose: () => {}, reveal: () => {} };
        panels.push(panel);
        return panel;
      },
    },
  };
});

const sources = filesBelow('.', (path) => /^(?:server|client)\/src\/.*\.ts$/.test(path)).map(({ path, text }) => ({
  path,
  code: text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''),
}));
const views = filesBelow('.', (path) => /^media\/views\/.*\.js$/.test(path)).map(({ path, text }) => ({ path, code: text }));
const having = (pattern: RegExp, files = sources): readonly string[] =>
  files.filter(({ code }) => pattern.test(code)).map(({ path }) => path);

describe('sources', () => {
  test('open_no_connection_ok', () => {
    expect(sources.length).toBeGreaterThan(150);
    expect(having(/from '(?:node:)?(?:http|https|http2|net|tls|dgram|dns)(?:\/\w+)?'/)).toEqual([]);
    expect(having(/\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\b\s*\(/, [...sources, ...views])).toEqual([]);
  });

  test('run_no_code_that_they_did_not_bring_ok', () => {
    expect(having(/\beval\s*\(|\bnew Function\b|from '(?:node:)?vm'/, [...sources, ...views])).toEqual([]);
    // git, for ranges that the user names.
    expect(having(/child_process/)).toEqual(['server/src/cli/git.ts']);
    // Each worker is the program itself.
    expect(having(/new Worker\(/)).toEqual(['server/src/cli/parallel.ts', 'server/src/lsp/main.ts']);
    for (const { path, code } of sources) {
      for (const match of code.matchAll(/new Worker\((.*)/g))
        expect([path, match[1]]).toEqual([path, expect.stringContaining('import.meta.url')]);
    }
  });

  test('write_in_few_places_ok', () => {
    const writes =
      /\b(?:writeFile|writeFileSync|appendFile\w*|createWriteStream|rmSync|unlink\w*|renameSync|mkdir\w*|cpSync|copyFile\w*|symlink\w*|chmod\w*)\s*\(/;
    expect(having(writes)).toEqual([
      // The picture of the map, where the user says.
      'client/src/views/map.ts',
      // --update-baseline FILE, fix --write, the index.
      'server/src/cli/commands/check.ts',
      'server/src/cli/commands/fix.ts',
      'server/src/host/answer-index.ts',
    ]);
  });
});

describe('views', () => {
  test('are_made_in_one_place_ok', () => {
    expect(having(/registerWebviewViewProvider|registerCustomEditorProvider|registerWebviewPanelSerializer/)).toEqual([]);
    expect(having(/createWebviewPanel|webview\.html\s*=/)).toEqual(['client/src/views/panel.ts']);
    expect(having(/\.innerHTML|\.outerHTML|insertAdjacentHTML|document\.write/, views)).toEqual([]);
  });

  test('load_nothing_and_run_nothing_but_their_own_ok', async () => {
    const { showPanel } = await import('../../client/src/views/panel.js');
    const vscode = (await import('vscode' as string)) as unknown as {
      readonly panels: readonly {
        readonly webview: { readonly html: string };
        readonly options: { readonly localResourceRoots: readonly { readonly path: string }[] };
      }[];
    };
    const hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>';
    showPanel({ context: { extensionUri: { path: '/ext' } } } as unknown as Parameters<typeof showPanel>[0], {
      name: 'map',
      title: hostile,
      body: '<p>text</p>',
      data: { text: hostile },
      onMessage: () => {},
    });
    const [panel] = vscode.panels;
    const html = panel?.webview.html ?? '';
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html)?.[1] ?? '';
    const rules = Object.fromEntries(policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]));
    expect(rules['default-src']).toEqual(['&#39;none&#39;']);
    expect(rules['script-src']).toEqual(['vscode-resource:']);
    expect(Object.keys(rules).sort()).toEqual(['default-src', 'img-src', 'script-src', 'style-src']);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    // The policy stands before anything that it is to hold.
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.search(/<link|<script|<style/));
    expect(html.match(/<script[^>]*>/g)).toEqual(['<script src="vscode-resource:/ext/media/views/map.js">']);
    expect(html).not.toContain('<img');
    expect(panel?.options.localResourceRoots.map(({ path }) => path)).toEqual(['/ext/media']);
  });
});
