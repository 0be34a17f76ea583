/** The language server: capabilities, and which handler answers what. */
import {
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type Disposable,
  type InitializeParams,
  type InitializeResult,
  SemanticTokensRegistrationType,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { makeContracts } from '../contracts/index.js';
import { defaultSettings, readSettings, settingsPrefix } from '../features/settings.js';
import { incomingCalls, outgoingCalls, prepareCalls } from './calls.js';
import type { ClientAbilities, Context } from './context.js';
import { lifecycleUri, rulePageUri } from './context.js';
import { pathOfUri } from './convert.js';
import { environment, lifecycle, ownership, ownershipMap, page, roles } from './custom.js';
import { createDiagnostics } from './diagnostics.js';
import { guarded, guardedNotice, type Log } from './guard.js';
import * as language from './language.js';
import { createOpened } from './opened.js';
import type { InitializationOptions } from './protocol.js';
import { refactorKind, resolveRefactor } from './refactor.js';
import { createReviews } from './review.js';
import type { Services } from './services.js';
import { createTrees } from './trees.js';

/** Files on disk whose change can change an answer. */
const watched = [
  '**/include/drm/drm_gpusvm.h',
  '**/include/drm/drm_pagemap.h',
  '**/drivers/gpu/drm/**/*.{c,h}',
  '**/.config',
  '**/*gpusvm-contracts.json',
];

/** Commands that the server runs for clients that have none of their own. */
const commands = ['gpusvm.openLifecycle', 'gpusvm.showLifecycleView', 'gpusvm.openRule'];

function abilitiesOf(params: InitializeParams): ClientAbilities {
  const { textDocument, workspace, window } = params.capabilities;
  return {
    pullsDiagnostics: textDocument?.diagnostic !== undefined,
    refreshesDiagnostics: workspace?.diagnostics?.refreshSupport === true,
    refreshesLenses: workspace?.codeLens?.refreshSupport === true,
    refreshesHints: workspace?.inlayHint?.refreshSupport === true,
    answersConfiguration: workspace?.configuration === true,
    registersConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    registersWatchers: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    registersTokens: textDocument?.semanticTokens?.dynamicRegistration === true,
    showsProgress: window?.workDoneProgress === true,
    showsDocuments: window?.showDocument?.support === true,
    relatedInformation:
      textDocument?.publishDiagnostics?.relatedInformation === true ||
      (textDocument?.diagnostic as { relatedInformation?: boolean } | undefined)?.relatedInformation === true,
    codeDescriptions:
      textDocument?.publishDiagnostics?.codeDescriptionSupport === true ||
      (textDocument?.diagnostic as { codeDescriptionSupport?: boolean } | undefined)?.codeDescriptionSupport === true,
    literalActions: textDocument?.codeAction?.codeActionLiteralSupport !== undefined,
    versionedEdits: workspace?.workspaceEdit?.documentChanges === true,
    annotatedEdits: workspace?.workspaceEdit?.changeAnnotationSupport !== undefined && workspace.workspaceEdit.documentChanges === true,
    lateEdits:
      textDocument?.codeAction?.resolveSupport?.properties.includes('edit') === true && textDocument.codeAction.dataSupport === true,
  };
}

function capabilitiesFor(abilities: ClientAbilities, options: InitializationOptions): ServerCapabilities {
  return {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
    ...(abilities.pullsDiagnostics
      ? { diagnosticProvider: { identifier: 'gpusvm', interFileDependencies: true, workspaceDiagnostics: true } }
      : {}),
    hoverProvider: true,
    codeLensProvider: { resolveProvider: false },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, language.fixAllKind, refactorKind], resolveProvider: true },
    documentLinkProvider: { resolveProvider: false },
    documentHighlightProvider: true,
    referencesProvider: true,
    inlayHintProvider: { resolveProvider: false },
    callHierarchyProvider: true,
    completionProvider: { triggerCharacters: ['(', '"'], resolveProvider: false },
    // An editor asks one provider of tokens only: registered while the setting asks for ours, so that the C server keeps its own.
    ...(abilities.registersTokens ? {} : { semanticTokensProvider: { legend: language.tokenLegend, full: true, range: false } }),
    // A client with commands of its own would find them taken.
    ...(options.hasCommands === true ? {} : { executeCommandProvider: { commands } }),
    workspace: { workspaceFolders: { supported: true } },
  };
}

function optionsOf(params: InitializeParams): InitializationOptions {
  const options: unknown = params.initializationOptions;
  return typeof options === 'object' && options !== null ? options : {};
}

/** Serves a connection until it closes. The caller listens on the connection. */
export function serve(connection: Connection, services: Services): void {
  const documents = new TextDocuments(TextDocument);
  const log: Log = (line) => {
    try {
      connection.console.error(line);
    } catch {
      // The client is gone: nobody is left to read it.
    }
  };
  const context: Context = {
    connection,
    documents,
    trees: createTrees(services, log),
    opened: createOpened(documents),
    services,
    contracts: makeContracts(),
    log,
    abilities: abilitiesOf({ processId: null, rootUri: null, capabilities: {} }),
    options: {},
    settings: defaultSettings,
    settingsVersion: 0,
  };
  const diagnostics = createDiagnostics(context);
  const reviews = createReviews(context);
  services.answersChanged = diagnostics.allChanged;

  let tokens: Promise<Disposable> | undefined;
  const offerTokens = (): void => {
    if (!context.abilities.registersTokens) return;
    const isWanted = context.settings.enable && context.settings.semanticHighlighting;
    if (isWanted && tokens === undefined) {
      tokens = connection.client.register(SemanticTokensRegistrationType.type, {
        documentSelector: null,
        legend: language.tokenLegend,
        full: true,
      });
    } else if (!isWanted && tokens !== undefined) {
      void tokens.then((registration) => registration.dispose());
      tokens = undefined;
    }
  };
  const takeSettings = (section: unknown): void => {
    const { settings, problems } = readSettings(section);
    for (const problem of problems) connection.console.warn(problem);
    if (JSON.stringify(settings) === JSON.stringify(context.settings)) return;
    context.settings = settings;
    context.settingsVersion++;
    if (context.abilities.refreshesLenses) void connection.sendRequest(CodeLensRefreshRequest.type);
    if (context.abilities.refreshesHints) connection.languages.inlayHint.refresh();
    offerTokens();
    diagnostics.allChanged();
  };
  const fetchSettings = async (): Promise<void> => {
    if (context.abilities.answersConfiguration) takeSettings(await connection.workspace.getConfiguration(settingsPrefix));
  };

  connection.onInitialize((params): InitializeResult => {
    context.abilities = abilitiesOf(params);
    context.options = optionsOf(params);
    if (context.options.settings !== undefined) context.settings = readSettings(context.options.settings).settings;
    return {
      capabilities: capabilitiesFor(context.abilities, context.options),
      serverInfo: { name: 'gpusvm-review', version: services.version },
    };
  });
  connection.onInitialized(
    guardedNotice('initialized', log, async () => {
      if (context.abilities.registersConfiguration) {
        await connection.client.register(DidChangeConfigurationNotification.type, { section: settingsPrefix });
      }
      if (context.abilities.registersWatchers) {
        await connection.client.register(DidChangeWatchedFilesNotification.type, {
          watchers: watched.map((globPattern) => ({ globPattern })),
        });
      }
      await fetchSettings();
    }),
  );
  connection.onDidChangeConfiguration(
    guardedNotice('configuration', log, async (params: { readonly settings: unknown }) => {
      if (context.abilities.answersConfiguration) return fetchSettings();
      const { settings } = params;
      if (typeof settings === 'object' && settings !== null && settingsPrefix in settings) {
        takeSettings((settings as Readonly<Record<string, unknown>>)[settingsPrefix]);
      }
    }),
  );
  connection.onDidChangeWatchedFiles(
    guardedNotice('watched files', log, (params: { readonly changes: readonly { readonly uri: string }[] }) => {
      const paths = params.changes.flatMap(({ uri }) => pathOfUri(uri) ?? []);
      for (const path of paths) context.trees.fileChanged(path);
      if (paths.length > 0) diagnostics.allChanged();
    }),
  );

  documents.onDidChangeContent(
    guardedNotice('change', log, ({ document }: { readonly document: TextDocument }) => {
      const target = context.trees.locate(document.uri);
      target?.tree.setText(target.path, document.getText());
      diagnostics.changed(document.uri);
    }),
  );
  documents.onDidClose(
    guardedNotice('close', log, ({ document }: { readonly document: TextDocument }) => {
      const target = context.trees.locate(document.uri);
      target?.tree.setText(target.path, undefined);
      diagnostics.closed(document.uri);
    }),
  );
  documents.listen(connection);

  connection.languages.diagnostics.on(guarded('diagnostic', log, { kind: 'full', items: [] }, diagnostics.pull));
  connection.languages.diagnostics.onWorkspace(async (params, token, _progress, partial) => {
    const items: WorkspaceDocumentDiagnosticReport[] = [];
    const report = (found: WorkspaceDocumentDiagnosticReport[]): void => {
      if (partial === undefined) items.push(...found);
      else partial.report({ items: found });
    };
    const handler = guarded('workspace diagnostic', log, { items: [] }, (inner: typeof params, innerToken) =>
      diagnostics.pullAll(inner, innerToken, report),
    );
    const result = await handler(params, token);
    return { items: [...items, ...result.items] };
  });

  connection.onHover(guarded('hover', log, null, (params, _token) => language.hover(context, params)));
  connection.onCodeLens(guarded('code lens', log, [], (params, _token) => language.codeLens(context, params)));
  connection.onCodeAction(guarded('code action', log, [], (params, _token) => language.codeAction(context, params)));
  connection.onCodeActionResolve(async (action, token) =>
    guarded('code action resolve', log, action, async (params: typeof action) =>
      language.resolveRuleFixes(context, await resolveRefactor(context, params)),
    )(action, token),
  );
  connection.onDocumentLinks(guarded('document link', log, [], (params, _token) => language.documentLink(context, params)));
  connection.onDocumentHighlight(guarded('highlight', log, [], (params, _token) => language.documentHighlight(context, params)));
  connection.onReferences(guarded('references', log, [], (params, _token) => language.references(context, params)));
  connection.onCompletion(guarded('completion', log, [], (params, _token) => language.completion(context, params)));
  connection.languages.inlayHint.on(guarded('inlay hint', log, [], (params, _token) => language.inlayHint(context, params)));
  connection.languages.semanticTokens.on(
    guarded('semantic tokens', log, { data: [] }, (params, _token) => language.semanticTokensFull(context, params)),
  );
  connection.languages.callHierarchy.onPrepare(guarded('call hierarchy', log, [], (params, _token) => prepareCalls(context, params)));
  connection.languages.callHierarchy.onIncomingCalls(
    guarded('incoming calls', log, [], (params, _token) => incomingCalls(context, params)),
  );
  connection.languages.callHierarchy.onOutgoingCalls(
    guarded('outgoing calls', log, [], (params, _token) => outgoingCalls(context, params)),
  );

  connection.onExecuteCommand(
    guarded('command', log, null, async ({ command, arguments: given }) => {
      const first: unknown = given?.[0];
      const uri =
        typeof first !== 'string' ? undefined : command === 'gpusvm.openRule' ? rulePageUri(context, first) : lifecycleUri(context, first);
      if (uri !== undefined && context.abilities.showsDocuments) await connection.window.showDocument({ uri, takeFocus: true });
      return uri ?? null;
    }),
  );

  connection.onRequest(
    'gpusvm/lifecycle',
    guarded('lifecycle', log, null, (params: Parameters<typeof lifecycle>[1]) => lifecycle(context, params)),
  );
  connection.onRequest(
    'gpusvm/roles',
    guarded('roles', log, { roles: [] }, (params: Parameters<typeof roles>[1]) => roles(context, params)),
  );
  connection.onRequest(
    'gpusvm/page',
    guarded('page', log, { title: '' }, (params: Parameters<typeof page>[1]) => page(context, params)),
  );
  connection.onRequest(
    'gpusvm/environment',
    guarded('environment', log, { text: '' }, () => environment(context)),
  );
  connection.onRequest(
    'gpusvm/ownership',
    guarded('ownership', log, { roots: [] }, (params: { readonly uri: string }) => ownership(context, params)),
  );
  connection.onRequest(
    'gpusvm/map',
    guarded('map', log, null, (params: { readonly uri: string }) => ownershipMap(context, params)),
  );

  connection.onRequest('gpusvm/review', guarded('review', log, null, reviews.review));
  connection.onRequest('gpusvm/reviewText', guarded('review text', log, {}, reviews.text));
  connection.onRequest('gpusvm/reviewReply', guarded('review reply', log, {}, reviews.reply));

  connection.onShutdown(() => diagnostics.dispose());
}
