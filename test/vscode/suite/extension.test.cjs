// Every contribution and command, inside a real extension host, on the sample kernel.
const assert = require('node:assert/strict');
const path = require('node:path');
const vscode = require('vscode');

const id = 'gpusvm-review.gpusvm-review';
const folder = () => vscode.workspace.workspaceFolders[0].uri;
const uriOf = (name) => vscode.Uri.joinPath(folder(), 'drivers/gpu/drm/sample', name);
const own = (uri) => vscode.languages.getDiagnostics(uri).filter((item) => item.source === 'gpusvm');
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, ask) {
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(50)) {
    const value = await ask();
    if (value) return value;
  }
  throw new Error(`timed out: ${what}`);
}
async function show(name) {
  const document = await vscode.workspace.openTextDocument(uriOf(name));
  return vscode.window.showTextDocument(document);
}
const codeOf = (item) => (typeof item.code === 'object' ? item.code.value : item.code);
const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => tab.label));
const manifest = () => vscode.extensions.getExtension(id).packageJSON;

describe('activation', () => {
  it('other_c_files_start_no_server_ok', async () => {
    const document = await vscode.workspace.openTextDocument({ language: 'c', content: 'int main(void) { return 0; }\n' });
    await vscode.window.showTextDocument(document);
    await until('activated', () => vscode.extensions.getExtension(id).isActive);
    await pause(500);
    assert.equal(own(document.uri).length, 0);
  });
  it('the_defect_of_each_file_is_listed_bad', async () => {
    const expected = {
      'sample_bad_collect.c': 'range-removed-while-mapped',
      'sample_bad_fault.c': 'error-swallowed',
      'sample_bad_flags.c': 'flags-plain-write',
      'sample_bad_free.c': 'pages-freed-after-container',
      'sample_bad_lock.c': 'lock-left-held',
      'sample_bad_userptr.c': 'pages-not-initialised',
    };
    for (const [name, rule] of Object.entries(expected)) {
      await show(name);
      const found = await until(`${rule} in ${name}`, () => own(uriOf(name)).find((item) => codeOf(item) === rule));
      assert.ok(found.message.length > 40, 'a message says consequence, reason and remedy');
      assert.equal(found.code.target.scheme, 'command', 'the code opens the page of the rule');
    }
  });
  it('a_path_has_a_related_place_per_step_bad', async () => {
    await show('sample_bad_lock.c');
    const [finding] = await until('finding', () =>
      own(uriOf('sample_bad_lock.c')).length > 0 ? own(uriOf('sample_bad_lock.c')) : undefined,
    );
    assert.ok(finding.relatedInformation.length > 0);
    assert.equal(finding.relatedInformation[0].location.uri.toString(), uriOf('sample_bad_lock.c').toString());
  });
});

describe('language features', () => {
  const textAt = async (name, word) => {
    const editor = await show(name);
    const text = editor.document.getText();
    return { editor, position: editor.document.positionAt(text.indexOf(word) + 1) };
  };
  it('hover_says_the_contract_ok', async () => {
    const { editor, position } = await textAt('sample_bad_lock.c', 'drm_gpusvm_pages_valid');
    const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', editor.document.uri, position);
    const text = hovers.flatMap((hover) => hover.contents.map((content) => content.value)).join('\n');
    assert.match(text, /Notifier lock held/);
    assert.match(text, /command:gpusvm\.openLifecycle/);
  });
  it('lenses_stand_above_functions_and_structs_ok', async () => {
    const lenses = async (name) => {
      await show(name);
      const found = await vscode.commands.executeCommand('vscode.executeCodeLensProvider', uriOf(name));
      return found.map((lens) => lens.command?.title).filter((title) => title?.startsWith('GPU SVM'));
    };
    assert.ok((await lenses('sample_svm.c')).some((title) => title.includes('frees ranges (range_free)')));
    assert.ok((await lenses('sample_drv.h')).some((title) => title.includes('extends a range')));
  });
  it('quick_fixes_offer_at_least_the_suppression_ok', async () => {
    await show('sample_bad_collect.c');
    const uri = uriOf('sample_bad_collect.c');
    const [finding] = await until('finding', () => (own(uri).length > 0 ? own(uri) : undefined));
    const actions = await vscode.commands.executeCommand(
      'vscode.executeCodeActionProvider',
      uri,
      finding.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    assert.ok(actions.some((action) => action.title.startsWith('Ignore range-removed-while-mapped')));
  });
  it('highlight_pairs_lock_with_unlock_ok', async () => {
    const { editor, position } = await textAt('sample_bad_lock.c', 'sample_notifier_lock');
    const found = await vscode.commands.executeCommand('vscode.executeDocumentHighlights', editor.document.uri, position);
    assert.deepEqual(
      found.map((item) => editor.document.getText(item.range)),
      ['sample_notifier_lock', 'sample_notifier_unlock'],
    );
  });
  it('call_hierarchy_crosses_the_callback_table_ok', async () => {
    const { editor, position } = await textAt('sample_svm.c', 'sample_range_free');
    const [item] = await vscode.commands.executeCommand('vscode.prepareCallHierarchy', editor.document.uri, position);
    const calls = await vscode.commands.executeCommand('vscode.provideIncomingCalls', item);
    assert.ok(calls.some((call) => call.from.name === 'drm_gpusvm_ops.range_free'));
  });
  it('completion_offers_rules_in_a_suppression_ok', async () => {
    const document = await vscode.workspace.openTextDocument({
      language: 'c',
      content: 'struct drm_gpusvm *svm;\n/* gpusvm-ignore() */\n',
    });
    await vscode.window.showTextDocument(document);
    const offered = await until('completions', async () => {
      const list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, new vscode.Position(1, 17));
      return list.items.some((item) => item.label === 'error-swallowed') ? list : undefined;
    });
    assert.ok(offered.items.length >= 40);
  });
  it('inlay_hints_are_off_until_asked_for_ok', async () => {
    const editor = await show('sample_svm.c');
    const whole = new vscode.Range(0, 0, editor.document.lineCount, 0);
    const hints = await vscode.commands.executeCommand('vscode.executeInlayHintProvider', editor.document.uri, whole);
    assert.equal((hints ?? []).length, 0);
  });
});

describe('refactors', () => {
  const offered = async (name, word) => {
    const { document } = await show(name);
    const at = document.positionAt(document.getText().indexOf(word));
    const ask = () =>
      vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, new vscode.Range(at, at), 'refactor.rewrite', 5);
    return {
      document,
      actions: await until('refactors', async () => ((await ask()) ?? []).filter((one) => one.kind?.value.endsWith('gpusvm'))),
    };
  };
  it('the_one_in_the_function_applies_and_leaves_no_finding_ok', async () => {
    const { document } = await show('sample_userptr.c');
    await until(
      'the server',
      async () => (await vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri)).length > 0,
    );
    const { actions } = await offered('sample_userptr.c', 'down_write');
    const guard = actions.find((one) => one.title.startsWith('Hold the notifier lock by a guard'));
    assert.ok(guard?.edit, actions.map((one) => one.title).join());
    assert.ok(await vscode.workspace.applyEdit(guard.edit));
    assert.match(document.getText(), /guard\(rwsem_write\)/);
    await pause(800);
    assert.deepEqual(own(document.uri), []);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    assert.match(document.getText(), /down_write/);
  });
  it('a_whole_driver_is_shown_before_it_is_changed_ok', async () => {
    const { actions } = await offered('sample_userptr.c', 'down_write');
    const wide = actions.find((one) => one.title.startsWith('Give each device pages of its own'));
    assert.ok(wide.edit.entries().length > 1);
  });
});

describe('files of contracts', () => {
  it('mistakes_are_underlined_and_properties_completed_bad', async () => {
    await show('sample_svm.c');
    const uri = vscode.Uri.joinPath(folder(), 'gpusvm-contracts.json');
    const text = '{\n  "version": 1,\n  \n  "orders": [["mmap_lock", "struct a.b"]]\n}\n';
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const found = await until('the mistake', () => own(uri)[0]);
    assert.equal(found.range.start.line, 3);
    assert.match(found.message, /not declared/);
    const labels = await until('completion', async () => {
      const list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', uri, new vscode.Position(2, 2));
      const names = list.items.map((item) => (typeof item.label === 'string' ? item.label : item.label.label));
      return names.some((name) => name.includes('functions')) ? names : undefined;
    });
    assert.ok(labels.some((name) => name.includes('locks')));
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    await vscode.workspace.fs.delete(uri);
  });
});

describe('settings', () => {
  const settings = () => vscode.workspace.getConfiguration('gpusvm');
  it('a_rule_is_turned_off_and_on_without_reload_ok', async () => {
    const uri = uriOf('sample_bad_lock.c');
    await show('sample_bad_lock.c');
    await until('finding', () => own(uri).length > 0);
    await settings().update('rules', { 'lock-left-held': 'off' }, vscode.ConfigurationTarget.Workspace);
    await until('silent', () => own(uri).every((item) => codeOf(item) !== 'lock-left-held'));
    await settings().update('rules', undefined, vscode.ConfigurationTarget.Workspace);
    await until('back', () => own(uri).some((item) => codeOf(item) === 'lock-left-held'));
  });
  it('the_whole_tree_is_listed_when_asked_for_bad', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await show('sample_bad_lock.c');
    await settings().update('diagnostics.scope', 'tree', vscode.ConfigurationTarget.Workspace);
    await until('a finding of a file that is not open', () => own(uriOf('sample_bad_userptr.c')).length > 0);
    await settings().update('diagnostics.scope', undefined, vscode.ConfigurationTarget.Workspace);
  });
  it('there_are_fewer_than_twenty_and_each_has_a_default_ok', () => {
    const properties = manifest().contributes.configuration.properties;
    assert.ok(Object.keys(properties).length < 20);
    for (const [name, schema] of Object.entries(properties)) assert.ok('default' in schema, name);
  });
});

describe('commands', () => {
  it('fewer_than_twelve_all_registered_ok', async () => {
    const contributed = manifest().contributes.commands.map((entry) => entry.command);
    assert.ok(contributed.length < 12);
    const known = new Set(await vscode.commands.getCommands(true));
    for (const command of contributed) assert.ok(known.has(command), command);
  });
  it('lifecycle_view_opens_for_the_function_at_the_cursor_ok', async () => {
    const editor = await show('sample_bad_lock.c');
    editor.selection = new vscode.Selection(10, 2, 10, 2);
    await vscode.commands.executeCommand('gpusvm.showLifecycleView');
    await until('view', () => tabs().includes('Lifecycle: sample_range_rebind'));
  });
  it('map_page_and_rule_open_ok', async () => {
    await show('sample_svm.c');
    await vscode.commands.executeCommand('gpusvm.showMap');
    await until('map', () => tabs().some((label) => label.startsWith('Ownership map')));
    await vscode.commands.executeCommand('gpusvm.openLifecycle', 'range-removal');
    await until('page', () => tabs().includes('GPU SVM lifecycle'));
    await vscode.commands.executeCommand('gpusvm.openRule', 'error-swallowed');
    await until('rule', () => tabs().includes('error-swallowed'));
  });
  it('environment_report_names_versions_and_no_code_ok', async () => {
    await vscode.commands.executeCommand('gpusvm.copyEnvironment');
    const text = await vscode.env.clipboard.readText();
    assert.match(text, new RegExp(`version: ${manifest().version.replaceAll('.', '\\.')}`));
    assert.ok(!text.includes('sample_range'), 'no name of the code');
  });
  it('restart_brings_the_findings_back_ok', async () => {
    const uri = uriOf('sample_bad_lock.c');
    await show('sample_bad_lock.c');
    await vscode.commands.executeCommand('gpusvm.restart');
    await until('finding', () => own(uri).length > 0);
  });
  it('sample_opens_unsaved_and_has_findings_bad', async () => {
    await vscode.commands.executeCommand('gpusvm.openSample');
    const { document } = vscode.window.activeTextEditor;
    assert.equal(document.uri.scheme, 'untitled');
    await until('findings', () => own(document.uri).some((item) => codeOf(item) === 'range-removed-while-mapped'));
  });
  it('fix_all_says_so_when_there_is_nothing_ok', async () => {
    await show('sample_gc.c');
    const before = vscode.window.activeTextEditor.document.getText();
    void vscode.commands.executeCommand('gpusvm.fixAll');
    await pause(500);
    assert.equal(vscode.window.activeTextEditor.document.getText(), before);
    await vscode.commands.executeCommand('notifications.clearAll');
  });
});

describe('review', () => {
  /** A patch that takes the first line which holds a text out of a file of the sample. */
  async function patchWithout(name, text) {
    const lines = (await vscode.workspace.openTextDocument(uriOf(name))).getText().split('\n');
    const at = lines.findIndex((line) => line.includes(text));
    assert.ok(at > 3, `${text} stands in ${name}`);
    const file = `drivers/gpu/drm/sample/${name}`;
    const hunk = [
      ...lines.slice(at - 3, at).map((line) => ` ${line}`),
      `-${lines[at]}`,
      ...lines.slice(at + 1, at + 4).map((line) => ` ${line}`),
    ];
    const mail = [
      'From: A Driver Author <author@example.org>',
      'Date: Mon, 1 Jan 2024 00:00:00 +0000',
      'Message-ID: <1@example.org>',
      'Subject: [PATCH] drm/sample: drop a line',
      '',
      'Not needed.',
      '---',
    ];
    return [
      ...mail,
      `diff --git a/${file} b/${file}`,
      `--- a/${file}`,
      `+++ b/${file}`,
      `@@ -${at - 2},7 +${at - 2},6 @@`,
      ...hunk,
      '--',
      '2.40.0',
      '',
    ].join('\n');
  }
  it('a_patch_that_drops_the_unmap_introduces_a_finding_bad', async () => {
    const uri = vscode.Uri.joinPath(folder(), 'drop.patch');
    await vscode.workspace.fs.writeFile(uri, Buffer.from(await patchWithout('sample_gc.c', 'drm_gpusvm_unmap_pages(')));
    await vscode.commands.executeCommand('gpusvm.reviewPatches', uri);
    await until('panel', () => tabs().some((label) => label.startsWith('Review:')));
    const [after] = await until('findings on the patched side', () => {
      const all = vscode.languages
        .getDiagnostics()
        .filter(([where, list]) => where.scheme === 'gpusvm-review' && list.some((item) => item.source === 'gpusvm introduced'));
      return all.length > 0 ? all : undefined;
    });
    assert.match(after[0].path, /^\/1\/after\/drivers\/gpu\/drm\/sample\/sample_gc\.c$/);
    assert.ok(after[1].some((item) => codeOf(item) === 'range-removed-while-mapped'));
    const document = await vscode.workspace.openTextDocument(after[0]);
    assert.ok(
      document.getText().length > 100 &&
        !(await vscode.workspace.fs.readFile(uriOf('sample_gc.c'))).equals(Buffer.from(document.getText())),
    );
    await vscode.workspace.fs.delete(uri);
  });
});

describe('contributions', () => {
  it('every_file_that_the_manifest_names_is_there_ok', async () => {
    const { extensionPath } = vscode.extensions.getExtension(id);
    const { contributes, main } = manifest();
    const files = [
      main,
      ...contributes.grammars.map((entry) => entry.path),
      ...contributes.jsonValidation.map((entry) => entry.url),
      manifest().icon,
      ...contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.media.markdown)),
    ];
    for (const file of files) await vscode.workspace.fs.stat(vscode.Uri.file(path.join(extensionPath, file)));
  });
  it('the_problem_matcher_reads_the_command_lines_format_ok', () => {
    const [{ pattern }] = manifest().contributes.problemMatchers;
    const match = new RegExp(pattern.regexp).exec('drivers/gpu/drm/a/b.c:12:3: error: it leaks; free it [pages-not-freed]');
    assert.deepEqual([...match].slice(1), ['drivers/gpu/drm/a/b.c', '12', '3', 'error', 'it leaks; free it', 'pages-not-freed']);
  });
  it('untrusted_workspaces_are_supported_ok', () => {
    assert.equal(manifest().capabilities.untrustedWorkspaces.supported, true);
  });
});
