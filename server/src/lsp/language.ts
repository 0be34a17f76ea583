/** The language features' handlers: protocol in, a feature's plain data, protocol out. */
import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type CodeLens,
  type CodeLensParams,
  type CompletionItem,
  CompletionItemKind,
  type CompletionParams,
  type DocumentHighlight,
  DocumentHighlightKind,
  type DocumentHighlightParams,
  type DocumentLink,
  type DocumentLinkParams,
  type Hover,
  type HoverParams,
  type InlayHint,
  InlayHintKind,
  type InlayHintParams,
  type Location,
  type ReferenceParams,
  type SemanticTokens,
  SemanticTokensBuilder,
  type SemanticTokensParams,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { actionsAt, fixesOf, safeFixes } from '../features/actions.js';
import { completionsAt } from '../features/completion.js';
import { contractCompletions, isContractFile } from '../features/contract-file.js';
import { pairHighlights } from '../features/highlight.js';
import { hintsIn } from '../features/hints.js';
import { hoverAt } from '../features/hover.js';
import { lenses } from '../features/lens.js';
import { linksIn } from '../features/links.js';
import { pairReferences } from '../features/references.js';
import { semanticTokens, tokenModifiers } from '../features/tokens.js';
import type { Finding, TextEdit } from '../rules/finding.js';
import { type Context, documentFindings, lifecycleUri, pageLinks, rulePageUri } from './context.js';
import { absolutePath, toOffset, toPosition, toRange, toSpan, uriOfPath } from './convert.js';
import { source } from './diagnostics.js';
import { provenFixes, provenTogether } from './proven.js';
import { asksForRefactors, refactorActions } from './refactor.js';
import type { Target, Tree } from './trees.js';

/** Kind of the fix-all action, for `editor.codeActionsOnSave`. */
export const fixAllKind = `${CodeActionKind.SourceFixAll}.gpusvm`;

interface DocumentTarget extends Target {
  readonly text: string;
}

/** The document's place and the text that the editor shows; undefined for documents that we do not have. */
async function documentOf(context: Context, uri: string): Promise<DocumentTarget | undefined> {
  const document = await context.opened(uri);
  const target = document === undefined ? undefined : context.trees.locate(uri);
  return document === undefined || target === undefined || isContractFile(target.path)
    ? undefined
    : { ...target, text: document.getText() };
}

/** Properties and values in a file of contracts; an editor that reads the schema itself needs none. */
async function contractCompletion(context: Context, params: CompletionParams): Promise<CompletionItem[]> {
  const document = await context.opened(params.textDocument.uri);
  if (document === undefined || context.options.hasCommands === true) return [];
  const text = document.getText();
  return contractCompletions(text, toOffset(text, params.position)).map((item, index) => ({
    label: item.label,
    kind: item.kind === 'property' ? CompletionItemKind.Property : CompletionItemKind.Value,
    ...(item.detail === '' ? {} : { documentation: { kind: 'markdown' as const, value: item.detail } }),
    filterText: text[item.start] === '"' ? `"${item.label}` : item.label,
    sortText: String(index).padStart(3, '0'),
    textEdit: { range: toRange(text, item), newText: item.text },
  }));
}

/** `textDocument/hover`. */
export async function hover(context: Context, params: HoverParams): Promise<Hover | null> {
  const { settings } = context;
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !settings.enable || !settings.hover) return null;
  const findings = await documentFindings(context, target);
  const analysis = await target.tree.ready();
  const found = hoverAt({
    analysis,
    contracts: analysis.contractsOf(target.path),
    path: target.path,
    offset: toOffset(target.text, params.position),
    findings,
    links: pageLinks(context),
    isFindingShown: context.options.hasCommands === true,
    withState: settings.hoverState,
    withDoc: settings.hoverKernelDoc === 'always' || (settings.hoverKernelDoc === 'auto' && context.options.hasClangd !== true),
  });
  return found === undefined ? null : { contents: { kind: 'markdown', value: found.markdown }, range: toRange(target.text, found) };
}

/** `textDocument/codeLens`. */
export async function codeLens(context: Context, params: CodeLensParams): Promise<CodeLens[]> {
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !context.settings.enable || !context.settings.codeLens) return [];
  const findings = await documentFindings(context, target);
  const analysis = await target.tree.ready();
  return lenses(analysis.program, analysis.contractsOf(target.path), target.path, findings).map((lens) => {
    const start = toPosition(target.text, lens.start);
    const place = { uri: params.textDocument.uri, line: start.line, character: start.character };
    const command =
      lens.findings > 0
        ? { command: 'gpusvm.showLifecycleView', arguments: [place] }
        : { command: 'gpusvm.openLifecycle', arguments: [lens.anchor, lens.name] };
    return { range: { start, end: start }, command: { title: lens.title, ...command } };
  });
}

/** Edits of texts as an edit of the workspace, with the versions of open documents where the client takes them. */
export function workspaceEdit(context: Context, tree: Tree, edits: readonly TextEdit[]): WorkspaceEdit {
  const byFile = new Map<string, TextEdit[]>();
  for (const edit of edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  const files = [...byFile].map(([file, list]) => {
    const uri = tree.uri(file);
    const text = context.documents.get(uri)?.getText() ?? tree.text(file) ?? '';
    const ordered = list.map((edit, index) => ({ edit, index })).sort((a, b) => a.edit.start - b.edit.start || a.index - b.index);
    return { uri, edits: ordered.map(({ edit }) => ({ range: toRange(text, edit), newText: edit.newText })) };
  });
  if (!context.abilities.versionedEdits) return { changes: Object.fromEntries(files.map(({ uri, edits: list }) => [uri, list])) };
  return {
    documentChanges: files.map(({ uri, edits: list }) => ({
      textDocument: { uri, version: context.documents.get(uri)?.version ?? null },
      edits: list,
    })),
  };
}

/** `textDocument/codeAction`: quick fixes that hold, suppressions, and fix-all as a source action. */
export async function codeAction(context: Context, params: CodeActionParams): Promise<CodeAction[]> {
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !context.settings.enable || !context.abilities.literalActions) return [];
  const { only } = params.context;
  const wants = (kind: string): boolean => only === undefined || only.some((asked) => kind === asked || kind.startsWith(`${asked}.`));
  const findings = await documentFindings(context, target);
  const result: CodeAction[] = [];
  if (wants(CodeActionKind.QuickFix)) result.push(...(await quickFixes(context, target, findings, params)));
  // Offered when asked for by kind (on save, or "Source action…"), not in the light bulb of every line.
  if (only !== undefined && wants(fixAllKind)) {
    const proven = await provenTogether(target, safeFixes(findings));
    const edit = workspaceEdit(
      context,
      target.tree,
      proven.flatMap(({ fix }) => fix.edits),
    );
    if (proven.length > 0) result.push({ title: `Apply all safe GPU SVM fixes (${proven.length})`, kind: fixAllKind, edit });
  }
  if (asksForRefactors(params.context)) result.push(...(await refactorActions(context, target, params)));
  return result;
}

/** The fixes and suppressions of the findings at a range; then, for each rule with more of its kind in the file, all of them at once. */
async function quickFixes(
  context: Context,
  target: DocumentTarget,
  findings: readonly Finding[],
  params: CodeActionParams,
): Promise<readonly CodeAction[]> {
  const actions = actionsAt(findings, toSpan(target.text, params.range), target.text);
  const proven = await provenFixes(
    target,
    actions.flatMap(({ finding, fix }) => (fix === undefined ? [] : [{ finding, fix }])),
  );
  const result: CodeAction[] = [];
  const suggested = new Set<Finding>();
  for (const action of actions) {
    if (action.fix !== undefined && !proven.has(action.fix)) continue;
    // Suggested fixes are alternatives, likeliest first: one that holds is enough.
    if (action.fix?.safety === 'suggested') {
      if (suggested.has(action.finding)) continue;
      suggested.add(action.finding);
    }
    const diagnostics = params.context.diagnostics.filter((item) => isSame(target.text, item, action.finding));
    result.push({
      title: action.title,
      kind: CodeActionKind.QuickFix,
      ...(diagnostics.length === 0 ? {} : { diagnostics }),
      ...(action.isPreferred ? { isPreferred: true } : {}),
      edit: workspaceEdit(context, target.tree, action.edits),
    });
  }
  const rules = new Set(actions.flatMap(({ finding, fix }) => (fix !== undefined && proven.has(fix) ? [finding.rule] : [])));
  for (const rule of rules) {
    const count = fixesOf(findings, rule, target.path).length;
    if (count < 2) continue;
    const data: RuleFixes = { rule, uri: params.textDocument.uri };
    const action = { title: `Fix all of ${rule} in this file (${count})`, kind: CodeActionKind.QuickFix, data };
    if (context.abilities.lateEdits) result.push(action);
    else {
      const { data: _asked, ...now } = await resolveRuleFixes(context, action);
      if (now.edit !== undefined) result.push(now);
    }
  }
  return result;
}

/** What an action on all findings of a rule remembers until its edit is wanted. */
interface RuleFixes {
  readonly rule: string;
  readonly uri: string;
}

function isRuleFixes(data: unknown): data is RuleFixes {
  if (typeof data !== 'object' || data === null) return false;
  const { rule, uri } = data as Readonly<Record<string, unknown>>;
  return typeof rule === 'string' && typeof uri === 'string';
}

/** `codeAction/resolve`: the edits of all fixes of a rule that hold together, for the text as it is now. */
export async function resolveRuleFixes(context: Context, action: CodeAction): Promise<CodeAction> {
  if (!isRuleFixes(action.data)) return action;
  const target = await documentOf(context, action.data.uri);
  if (target === undefined) return action;
  const proven = await provenTogether(target, fixesOf(await documentFindings(context, target), action.data.rule, target.path));
  if (proven.length === 0) return action;
  const edits = proven.flatMap(({ fix }) => fix.edits);
  return { ...action, edit: workspaceEdit(context, target.tree, edits) };
}

function isSame(text: string, diagnostic: CodeActionParams['context']['diagnostics'][number], finding: Finding): boolean {
  if (diagnostic.source !== source || diagnostic.code !== finding.rule) return false;
  const { line, character } = toPosition(text, finding.start);
  return diagnostic.range.start.line === line && diagnostic.range.start.character === character;
}

/** `textDocument/documentLink`. */
export async function documentLink(context: Context, params: DocumentLinkParams): Promise<DocumentLink[]> {
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !context.settings.enable) return [];
  const { program } = await target.tree.ready();
  const file = program.file(target.path);
  if (file === undefined) return [];
  return linksIn(file, (path) => target.tree.text(path) !== undefined).flatMap((link) => {
    const address =
      link.kind === 'address'
        ? link.url
        : link.kind === 'rule'
          ? rulePageUri(context, link.rule)
          : uriOfPath(absolutePath(target.tree.root, link.path));
    return address === undefined ? [] : [{ range: toRange(target.text, link), target: address, tooltip: link.title }];
  });
}

/** `textDocument/documentHighlight`: the calls that undo each other. */
export async function documentHighlight(context: Context, params: DocumentHighlightParams): Promise<DocumentHighlight[]> {
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !context.settings.enable || !context.settings.documentHighlight) return [];
  const { program } = await target.tree.ready();
  return pairHighlights(program, target.path, toOffset(target.text, params.position)).map((item) => ({
    range: toRange(target.text, item),
    kind: item.side === 'begin' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

/** `textDocument/references`, for calls that a table pairs with others: both sides, in the files of the driver. */
export async function references(context: Context, params: ReferenceParams): Promise<Location[]> {
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !context.settings.enable) return [];
  const { program } = await target.tree.ready();
  return pairReferences(program, target.path, toOffset(target.text, params.position)).map((place) => ({
    uri: target.tree.uri(place.file),
    range: toRange(target.tree.text(place.file) ?? '', place),
  }));
}

/** `textDocument/inlayHint`. */
export async function inlayHint(context: Context, params: InlayHintParams): Promise<InlayHint[]> {
  const { settings } = context;
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !settings.enable || !(settings.inlayHintsState || settings.inlayHintsLocks)) return [];
  const analysis = await target.tree.ready();
  return hintsIn({
    analysis,
    path: target.path,
    range: toSpan(target.text, params.range),
    withState: settings.inlayHintsState,
    withLocks: settings.inlayHintsLocks,
  }).map((hint) => ({ position: toPosition(target.text, hint.offset), label: hint.text, kind: InlayHintKind.Type, paddingLeft: true }));
}

/** `textDocument/completion`: rule ids in suppression comments. */
export async function completion(context: Context, params: CompletionParams): Promise<CompletionItem[]> {
  if (isContractFile(params.textDocument.uri)) return contractCompletion(context, params);
  const target = await documentOf(context, params.textDocument.uri);
  if (target === undefined || !context.settings.enable) return [];
  const offset = toOffset(target.text, params.position);
  const findings = await documentFindings(context, target);
  return completionsAt(target.text, offset, findings).map((item) => ({
    label: item.label,
    detail: item.detail,
    kind: CompletionItemKind.EnumMember,
    sortText: item.order,
    ...(lifecycleUri(context, item.anchor) === undefined ? {} : { documentation: { kind: 'markdown' as const, value: item.text } }),
    textEdit: { range: toRange(target.text, item), newText: item.label },
  }));
}

/** The legend of our semantic tokens: one type that the editor's C server uses too, and our modifiers. */
export const tokenLegend = { tokenTypes: ['variable', 'property'], tokenModifiers: [...tokenModifiers] };

/** `textDocument/semanticTokens/full`. */
export async function semanticTokensFull(context: Context, params: SemanticTokensParams): Promise<SemanticTokens> {
  const target = await documentOf(context, params.textDocument.uri);
  const builder = new SemanticTokensBuilder();
  if (target === undefined || !context.settings.enable || !context.settings.semanticHighlighting) return builder.build();
  const { program } = await target.tree.ready();
  for (const token of semanticTokens(program, target.path)) {
    const { line, character } = toPosition(target.text, token.start);
    builder.push(
      line,
      character,
      token.end - token.start,
      tokenLegend.tokenTypes.indexOf(token.type),
      1 << tokenModifiers.indexOf(token.modifier),
    );
  }
  return builder.build();
}
