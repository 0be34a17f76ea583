import { afterEach, describe, expect, test } from 'vitest';
import type { CodeAction, CodeLens, Hover } from 'vscode-languageserver/node';
import { CRASH, fakeWorld } from './fake.js';
import { type Client, fullCapabilities, start, until } from './harness.js';

const header = {
  '/tree/include/drm/drm_gpusvm.h':
    'struct drm_gpusvm_pages { int x; };\nstruct drm_gpusvm_range { int y; };\nvoid drm_gpusvm_init_pages(void);\n',
};
const path = '/tree/drivers/gpu/drm/toy/toy_svm.c';
const uri = `file://${path}`;
const body = 'static void toy(struct drm_gpusvm_range *range)\n{\n\tdrm_gpusvm_range_put(range);\n\tBAD(range);\n}\n';
const world = (files: Record<string, string> = {}): ReturnType<typeof fakeWorld> => fakeWorld({ ...header, [path]: body, ...files });

let client: Client | undefined;
afterEach(async () => {
  await client?.stop();
  client = undefined;
});
const begin = async (...options: Parameters<typeof start>): Promise<Client> => {
  client = await start(...options);
  return client;
};

describe('diagnostics', () => {
  test('pull_gives_range_code_page_and_path_bad', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    const report = await session.pull(uri);
    expect(report.items).toEqual([
      expect.objectContaining({
        range: { start: { line: 3, character: 1 }, end: { line: 3, character: 4 } },
        severity: 1,
        code: 'range-removed-while-mapped',
        source: 'gpusvm',
        codeDescription: { href: 'file:///pages/range-removed-while-mapped.md' },
        relatedInformation: [
          { location: { uri, range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } } }, message: 'mapped here' },
          { location: { uri, range: { start: { line: 3, character: 1 }, end: { line: 3, character: 4 } } }, message: 'removed here' },
        ],
      }),
    ]);
  });

  test('same_content_same_result_id_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    const first = await session.pull(uri);
    await session.change(uri, `${body}\n`);
    const second = await session.pull(uri, first.resultId);
    expect(second).toEqual({ kind: 'unchanged', resultId: first.resultId });
    await session.change(uri, `\n${body}`);
    expect((await session.pull(uri, first.resultId)).kind).toBe('full');
  });

  test('many_edits_cost_one_check_ok', async () => {
    const { services, counters } = world();
    const session = await begin(services);
    await session.open(uri, body);
    await session.pull(uri);
    const { checks, setTexts } = counters;
    for (let i = 0; i < 20; i++) void session.change(uri, `${body}/* ${i} */\n`);
    await session.pull(uri);
    expect(counters.setTexts - setTexts).toBe(1);
    expect(counters.checks - checks).toBe(1);
  });

  test('push_for_clients_that_do_not_pull_bad', async () => {
    const session = await begin(world().services, { capabilities: { textDocument: { publishDiagnostics: { relatedInformation: true } } } });
    await session.open(uri, body);
    await until('pushed', () => session.pushed.length > 0);
    expect(session.pushed[0]).toEqual({ uri, version: 1, diagnostics: [expect.objectContaining({ code: 'range-removed-while-mapped' })] });
    await session.change(uri, body.replace('BAD', 'GOOD'));
    await until('cleared', () => session.pushed.at(-1)?.diagnostics.length === 0);
    await session.close(uri);
    await until('closed', () => session.pushed.length >= 3);
  });

  test('findings_depend_on_the_open_text_not_the_disk_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body.replace('BAD', 'fine'));
    expect((await session.pull(uri)).items).toEqual([]);
    await session.close(uri);
    await session.open(uri, body);
    expect((await session.pull(uri)).items).toHaveLength(1);
  });

  test('lone_file_without_tree_bad', async () => {
    const session = await begin(fakeWorld({ '/somewhere/a.c': body }).services);
    await session.open('file:///somewhere/a.c', body);
    expect((await session.pull('file:///somewhere/a.c')).items).toHaveLength(1);
  });

  test('unsaved_document_bad', async () => {
    const session = await begin(world().services);
    await session.open('untitled:Untitled-1', body);
    const report = await session.pull('untitled:Untitled-1');
    expect(report.items).toHaveLength(1);
    expect(report.items?.[0]?.relatedInformation?.[0]?.location.uri).toBe('untitled:Untitled-1');
  });

  test('two_trees_at_once_bad', async () => {
    const other = '/other/drivers/gpu/drm/toy/toy_svm.c';
    const { services, counters } = world({
      '/other/include/drm/drm_gpusvm.h': 'struct drm_gpusvm_range { struct drm_gpusvm_pages pages; };\n',
      [other]: body,
    });
    const session = await begin(services);
    await session.open(uri, body);
    await session.open(`file://${other}`, body);
    expect((await session.pull(uri)).items).toHaveLength(1);
    expect((await session.pull(`file://${other}`)).items).toHaveLength(1);
    expect(counters.sessions).toBe(2);
  });

  test('other_schemes_are_left_alone_ok', async () => {
    const session = await begin(world().services);
    const git = `git:${path}?ref`;
    await session.open(git, body);
    expect((await session.pull(git)).items).toEqual([]);
  });
});

describe('order of messages', () => {
  test('a_request_that_overtakes_its_document_is_answered_when_it_comes_bad', async () => {
    const session = await begin(world().services);
    const early = session.pull(uri);
    const lenses = session.request<readonly CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.open(uri, body);
    expect((await early).items).toHaveLength(1);
    expect(await lenses).toHaveLength(1);
  });

  test('a_closed_document_has_no_findings_at_once_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    expect((await session.pull(uri)).items).toHaveLength(1);
    await session.close(uri);
    expect((await session.pull(uri)).items).toEqual([]);
  });
});

describe('faults', () => {
  test('a_check_that_throws_is_logged_and_answers_nothing_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, `${body}${CRASH}`);
    expect((await session.pull(uri)).items).toEqual([]);
    expect(session.log.join()).toContain('the engine broke');
    await session.change(uri, body);
    expect((await session.pull(uri)).items).toHaveLength(1);
  });

  test('an_analysis_that_cannot_open_is_tried_again_ok', async () => {
    const { services } = world();
    let isBroken = true;
    const session = await begin({
      ...services,
      createAnalysis: (options) => (isBroken ? Promise.reject(new Error('no wasm')) : services.createAnalysis(options)),
    });
    await session.open(uri, body);
    expect((await session.pull(uri)).items).toEqual([]);
    expect(session.log.join()).toContain('no wasm');
    isBroken = false;
    expect((await session.pull(uri)).items).toHaveLength(1);
  });

  test('positions_outside_the_text_and_unknown_documents_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    const position = { line: 9999, character: 9999 };
    expect(await session.request('textDocument/hover', { textDocument: { uri }, position })).toBeNull();
    expect(await session.request('textDocument/hover', { textDocument: { uri: 'file:///tree/none.c' }, position })).toBeNull();
    expect(await session.request('textDocument/documentHighlight', { textDocument: { uri }, position })).toEqual([]);
    expect(await session.request('gpusvm/lifecycle', { uri, position })).toBeNull();
    expect(session.log).toEqual([]);
  });

  test('a_cancelled_request_is_answered_as_cancelled_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    const { CancellationTokenSource } = await import('vscode-languageserver/node');
    const source = new CancellationTokenSource();
    const answer = session.connection.sendRequest('textDocument/diagnostic', { textDocument: { uri } }, source.token);
    source.cancel();
    await expect(answer).rejects.toMatchObject({ code: -32800 });
    expect((await session.pull(uri)).items).toHaveLength(1);
  });
});

describe('settings', () => {
  test('a_rule_turned_off_is_silent_without_reload_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    await session.configure({ rules: { 'range-removed-while-mapped': 'off' } });
    expect((await session.pull(uri)).items).toEqual([]);
    await session.configure({ rules: { 'range-removed-while-mapped': 'information' } });
    expect((await session.pull(uri)).items?.[0]?.severity).toBe(3);
    await session.configure({ rules: { 'range-removed-while-mapped': 'information' }, diagnostics: { minimumSeverity: 'warning' } });
    expect((await session.pull(uri)).items).toEqual([]);
  });

  test('a_wrong_value_is_named_and_the_default_taken_bad', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    await session.configure({ enable: 'yes' });
    expect((await session.pull(uri)).items).toHaveLength(1);
    expect(session.log.join()).toContain('gpusvm.enable');
  });
});

describe('actions', () => {
  const range = { start: { line: 3, character: 2 }, end: { line: 3, character: 2 } };
  const ask = (session: Client, only?: readonly string[], diagnostics: readonly unknown[] = []): Promise<readonly CodeAction[]> =>
    session.request('textDocument/codeAction', {
      textDocument: { uri },
      range,
      context: { diagnostics, ...(only === undefined ? {} : { only }) },
    });

  test('fixes_then_suppression_bad', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    const report = await session.pull(uri);
    const actions = await ask(session, undefined, report.items);
    expect(actions.map((action) => [action.title, action.kind, action.isPreferred])).toEqual([
      ['Make it good', 'quickfix', true],
      ['Drop it (the caller may need it)', 'quickfix', undefined],
      ['Ignore range-removed-while-mapped here (write the reason)', 'quickfix', undefined],
    ]);
    expect(actions[0]?.diagnostics).toHaveLength(1);
    expect(actions[0]?.edit?.documentChanges).toEqual([
      {
        textDocument: { uri, version: 1 },
        edits: [{ range: { start: { line: 3, character: 1 }, end: { line: 3, character: 4 } }, newText: 'GOOD' }],
      },
    ]);
    expect(actions[2]?.edit?.documentChanges).toEqual([
      expect.objectContaining({
        edits: [
          {
            range: { start: { line: 3, character: 0 }, end: { line: 3, character: 0 } },
            newText: '\t/* gpusvm-ignore(range-removed-while-mapped): reason */\n',
          },
        ],
      }),
    ]);
  });

  test('a_fix_that_does_not_hold_is_not_offered_bad', async () => {
    const { services, counters } = world();
    const session = await begin(services);
    await session.open(uri, body.replace('BAD', 'STUCK'));
    expect((await ask(session)).map((action) => action.title)).toEqual(['Free it', 'Ignore pages-not-freed here (write the reason)']);
    // The texts are as they were, and what was proved is not proved again.
    expect((await session.pull(uri)).items).toHaveLength(1);
    const { checks } = counters;
    expect(await ask(session)).toHaveLength(2);
    expect(counters.checks).toBe(checks);
    // Fix-all takes the first safe fix of a finding: that one does not hold.
    expect(await ask(session, ['source.fixAll'])).toEqual([]);
  });

  test('all_of_a_rule_at_once_ok', async () => {
    const lateEdits = {
      ...fullCapabilities,
      textDocument: {
        ...fullCapabilities.textDocument,
        codeAction: { ...fullCapabilities.textDocument.codeAction, dataSupport: true, resolveSupport: { properties: ['edit'] } },
      },
    };
    const twice = body.replace('BAD(range)', 'BAD(BAD)');
    for (const capabilities of [fullCapabilities, lateEdits]) {
      const session = await begin(world().services, { capabilities });
      await session.open(uri, twice);
      const found = (await ask(session)).find((action) => action.title === 'Fix all of range-removed-while-mapped in this file (2)');
      expect(found?.edit === undefined).toBe(capabilities === lateEdits);
      const resolved = await session.request<CodeAction>('codeAction/resolve', found);
      const [change] = resolved.edit?.documentChanges ?? [];
      expect(change).toEqual({
        textDocument: { uri, version: 1 },
        edits: [1, 5].map((character) => ({
          range: { start: { line: 3, character }, end: { line: 3, character: character + 3 } },
          newText: 'GOOD',
        })),
      });
      await session.stop();
      client = undefined;
    }
  });

  test('fix_all_takes_safe_fixes_only_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body);
    expect(await ask(session, ['source.fixAll'])).toEqual([
      expect.objectContaining({ kind: 'source.fixAll.gpusvm', title: 'Apply all safe GPU SVM fixes (1)' }),
    ]);
    expect(await ask(session, ['refactor'])).toEqual([]);
  });

  test('away_from_findings_nothing_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, body.replace('BAD', 'fine'));
    expect(await ask(session)).toEqual([]);
  });
});

describe('hover and lens', () => {
  const hoverAt = (session: Client, line: number, character: number): Promise<Hover | null> =>
    session.request('textDocument/hover', { textDocument: { uri }, position: { line, character } });
  const text = (hover: Hover | null): string =>
    hover === null || typeof hover.contents !== 'object' || !('value' in hover.contents) ? '' : hover.contents.value;

  test('finding_first_then_state_then_contract_ok', async () => {
    const session = await begin(world().services);
    const line = '\tdrm_gpusvm_range_put(range); BAD\n';
    await session.open(uri, `void toy(void)\n{\n${line}}\n`);
    const finding = text(await hoverAt(session, 2, line.indexOf('BAD') + 1));
    expect(finding).toContain('[range-removed-while-mapped](file:///pages/range-removed-while-mapped.md)');
    expect(finding.indexOf('1. mapped here')).toBeGreaterThan(finding.indexOf('BAD is found here'));
    const call = text(await hoverAt(session, 2, 5));
    expect(call).toMatch(/Before this statement:[\s\S]*maybe mapped|mapped[\s\S]*drm_gpusvm_range_put/);
    expect(call).toContain('**drm_gpusvm_range_put** — Drops a reference');
    expect(call).toContain('file:///pages/lifecycle.md#range-references');
  });

  test('command_links_for_a_client_with_commands_ok', async () => {
    const session = await begin(world().services, { initializationOptions: { hasCommands: true } });
    await session.open(uri, body);
    expect(text(await hoverAt(session, 2, 5))).toContain(`command:gpusvm.openLifecycle?${encodeURIComponent('["range-references"]')}`);
  });

  test('plain_names_and_comments_have_no_hover_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, '/* drm_gpusvm_range_put */\nint plain;\n');
    expect(await hoverAt(session, 0, 6)).toBeNull();
    expect(await hoverAt(session, 1, 5)).toBeNull();
  });

  test('lens_above_functions_that_take_part_ok', async () => {
    const session = await begin(world().services);
    await session.open(uri, `int plain(void)\n{\n\treturn 0;\n}\n\n${body}`);
    const lenses = await session.request<readonly CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    expect(lenses).toEqual([
      {
        range: { start: { line: 5, character: 0 }, end: { line: 5, character: 0 } },
        command: {
          title: 'GPU SVM: drops references · 1 finding',
          command: 'gpusvm.showLifecycleView',
          arguments: [{ uri, line: 5, character: 0 }],
        },
      },
    ]);
  });
});

describe('workspace diagnostics', () => {
  test('changed_scope_has_what_was_opened_or_changed_on_disk_in_this_session_bad', async () => {
    const files = ['other', 'third'].map((name) => `/tree/drivers/gpu/drm/toy/${name}.c`);
    const session = await begin(world(Object.fromEntries(files.map((name) => [name, body]))).services);
    await session.open(uri, body);
    await session.configure({ diagnostics: { scope: 'changed' } });
    await session.close(uri);
    await session.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: `file://${files[1]}`, type: 2 }] });
    const report = await session.request<{ items: { uri: string }[] }>('workspace/diagnostic', { previousResultIds: [] });
    expect(report.items.map((item) => item.uri)).toEqual([`file://${files[1]}`, uri]);
    expect((await session.pull(uri)).items).toHaveLength(1);
    expect((await session.pull(`file://${files[0]}`)).items).toEqual([]);
  });

  test('tree_scope_streams_every_file_that_matters_bad', async () => {
    const second = '/tree/drivers/gpu/drm/toy/toy_two.c';
    const session = await begin(world({ [second]: body }).services, { capabilities: fullCapabilities });
    await session.configure({ diagnostics: { scope: 'tree' } });
    await session.open(uri, body);
    await session.pull(uri);
    const report = await session.request<{ items: { uri: string }[] }>('workspace/diagnostic', { previousResultIds: [] });
    expect(report.items.map((item) => item.uri).sort()).toEqual([uri, `file://${second}`]);
  });
});

test('status_for_a_client_that_shows_it_ok', async () => {
  const session = await begin(world().services, { initializationOptions: { hasCommands: true } });
  await session.open(uri, body);
  await session.pull(uri);
  await until('status', () => session.notices.some((notice) => notice.method === 'gpusvm/status'));
  expect(session.notices.find((notice) => notice.method === 'gpusvm/status')?.params).toMatchObject({
    uri,
    state: 'ready',
    tree: '/tree',
    errors: 1,
    warnings: 0,
    limits: [],
  });
});

test('documents_stay_apart_from_the_disk_while_watched_files_change_ok', async () => {
  const files: Record<string, string> = { ...header, [path]: body };
  const session = await begin(fakeWorld(files).services);
  await session.open(uri, body.replace('BAD', 'fine'));
  expect((await session.pull(uri)).items).toEqual([]);
  files[path] = `${body}BAD`;
  await session.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] });
  expect((await session.pull(uri)).items).toEqual([]);
  await session.close(uri);
  await session.request('gpusvm/environment', {});
  await session.open(uri, files[path]);
  expect((await session.pull(uri)).items).toHaveLength(2);
});
