/** Diagnostics: pulled with result ids, pushed for clients that do not pull, streamed for the whole tree. */
import { createHash } from 'node:crypto';
import {
  type CancellationToken,
  type Diagnostic,
  DiagnosticSeverity,
  type DocumentDiagnosticParams,
  type DocumentDiagnosticReport,
  DocumentDiagnosticReportKind,
  type WorkspaceDiagnosticParams,
  type WorkspaceDiagnosticReport,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node';
import { contractProblems, isContractFile } from '../features/contract-file.js';
import { countFindings, findingsIn, shownFindings } from '../features/diagnostics.js';
import type { Finding } from '../rules/finding.js';
import { type Context, rulePageUri } from './context.js';
import { toRange, toSeverity } from './convert.js';
import { breathe, Cancelled, checkCancelled } from './guard.js';
import { sendStatus } from './status.js';
import type { Target, Tree } from './trees.js';

/** The name under which editors list our findings. */
export const source = 'gpusvm';

/** A finding as the protocol has it, with one step of related information for each step of its path. */
export function toDiagnostic(context: Context, tree: Tree, text: string, finding: Finding): Diagnostic {
  const href = context.abilities.codeDescriptions ? rulePageUri(context, finding.rule) : undefined;
  const related = context.abilities.relatedInformation ? finding.trace : [];
  return {
    range: toRange(text, finding),
    severity: toSeverity(finding.severity),
    code: finding.rule,
    source,
    message: finding.message,
    ...(href === undefined ? {} : { codeDescription: { href } }),
    ...(related.length === 0
      ? {}
      : {
          relatedInformation: related.map((step) => ({
            location: { uri: tree.uri(step.file), range: toRange(step.file === finding.file ? text : (tree.text(step.file) ?? ''), step) },
            message: step.message,
          })),
        }),
    data: { fingerprint: finding.fingerprint },
  };
}

/** True for a file whose findings are listed whether it is open or not. */
function isListed(context: Context, { tree, path }: Target): boolean {
  const { scope } = context.settings;
  return scope === 'tree' || (scope === 'changed' && tree.touched.has(path));
}

/** Diagnostics of one document with the id of their content. */
interface Rendered {
  readonly items: Diagnostic[];
  readonly id: string;
}

const idOf = (items: readonly Diagnostic[]): string => createHash('sha1').update(JSON.stringify(items)).digest('base64url').slice(0, 16);

/** What is wrong with a file of contracts. An editor that reads the schema itself is told the rest only. */
function renderContracts(context: Context, { tree, path }: Target): Rendered {
  const text = tree.text(path) ?? '';
  const href = context.abilities.codeDescriptions ? rulePageUri(context, 'contracts') : undefined;
  const page = href === undefined ? {} : { codeDescription: { href } };
  const items = contractProblems(text, path, (other) => tree.text(other) !== undefined)
    .filter((one) => !(one.bySchema === true && context.options.hasCommands === true))
    .map(
      (one): Diagnostic => ({
        range: toRange(text, one),
        severity: DiagnosticSeverity.Error,
        code: 'contracts',
        ...page,
        source,
        message: one.message,
      }),
    );
  return { items, id: idOf(items) };
}

async function render(context: Context, target: Target): Promise<Rendered> {
  if (isContractFile(target.path)) return renderContracts(context, target);
  const { tree, path } = target;
  const checked = await tree.check(path);
  const findings = shownFindings(findingsIn(checked.findings, path), context.settings);
  const text = tree.text(path) ?? '';
  const items = findings.map((finding) => toDiagnostic(context, tree, text, finding));
  const id = idOf(items);
  sendStatus(context, target, checked, countFindings(findings));
  return { items, id };
}

/** Makes the diagnostics' handlers and timers. */
export interface DiagnosticsService {
  pull(params: DocumentDiagnosticParams, token: CancellationToken): Promise<DocumentDiagnosticReport>;
  pullAll(
    params: WorkspaceDiagnosticParams,
    token: CancellationToken,
    report: (items: WorkspaceDocumentDiagnosticReport[]) => void,
  ): Promise<WorkspaceDiagnosticReport>;
  /** A document was opened or edited: its findings, and then those of the other open documents, are brought up to date. */
  changed(uri: string): void;
  /** A document was closed. */
  closed(uri: string): void;
  /** Settings or files changed: everything is looked at again. */
  allChanged(): void;
  dispose(): void;
}

/** How long after the last edit the other open documents are looked at again, in milliseconds. */
const idleDelay = 200;
/** Most that a push waits for the next key, in milliseconds. */
const longestDebounce = 250;

/** Makes the service. */
export function createDiagnostics(context: Context): DiagnosticsService {
  /** Result id that the client last got, by document. */
  const delivered = new Map<string, string>();
  const timers = new Map<string, NodeJS.Timeout>();
  let idle: NodeJS.Timeout | undefined;
  let waiting: (() => void)[] = [];

  const wake = (): void => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };

  const push = async (uri: string): Promise<void> => {
    const document = context.documents.get(uri);
    const target = context.trees.locate(uri);
    if (document === undefined || target === undefined) return;
    const { version } = document;
    const { items, id } = await render(context, target);
    // A newer edit has its own timer.
    if (context.documents.get(uri)?.version !== version) return;
    if (delivered.get(uri) === id && items.length === 0) return;
    delivered.set(uri, id);
    await context.connection.sendDiagnostics({ uri, version, diagnostics: items });
  };

  const logFailure = (name: string) => (error: unknown) => {
    if (!(error instanceof Cancelled)) context.log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };

  /** Brings the other open documents up to date: an edit in a helper changes what its callers show. */
  const settle = async (): Promise<void> => {
    let isStale = false;
    for (const { uri } of context.documents.all()) {
      const target = context.trees.locate(uri);
      if (target === undefined) continue;
      await breathe();
      if (!context.abilities.pullsDiagnostics) {
        await push(uri);
        continue;
      }
      const last = delivered.get(uri);
      if (last === undefined) continue;
      const { id } = await render(context, target);
      if (id !== last) isStale = true;
    }
    if (isStale && context.abilities.refreshesDiagnostics) context.connection.languages.diagnostics.refresh();
  };
  const settleSoon = (): void => {
    clearTimeout(idle);
    idle = setTimeout(() => {
      settle().catch(logFailure('settle'));
    }, idleDelay);
  };

  return {
    async pull(params, token) {
      const { uri } = params.textDocument;
      const target = context.trees.locate(uri);
      // Clients pull once more for a document that was closed: its findings go, unless the whole tree's are shown.
      const isShown = target !== undefined && (isListed(context, target) || (await context.opened(uri)) !== undefined);
      if (target === undefined || !isShown) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
      // Edits and cancellations that are already in the pipe make this answer stale before it is made.
      await breathe(token);
      const { items, id } = await render(context, target);
      checkCancelled(token);
      delivered.set(uri, id);
      if (params.previousResultId === id) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId: id };
      return { kind: DocumentDiagnosticReportKind.Full, resultId: id, items };
    },
    async pullAll(params, token, report) {
      const previous = new Map(params.previousResultIds.map((entry) => [entry.uri, entry.value]));
      const version = (): string =>
        `${context.settingsVersion}:${context.trees
          .all()
          .map((tree) => tree.generation)
          .join()}`;
      let seen = '';
      let hasChanges = false;
      // The request stays open until there is something to say: clients ask again at once.
      for (;;) {
        checkCancelled(token);
        seen = version();
        if (context.settings.scope !== 'open') hasChanges = (await sweep(context, token, previous, report)) > 0;
        if (hasChanges || seen !== version()) break;
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          const subscription = token.onCancellationRequested(() => {
            subscription.dispose();
            resolve();
          });
        });
      }
      return { items: [] };
    },
    changed(uri) {
      wake();
      settleSoon();
      if (context.abilities.pullsDiagnostics) return;
      clearTimeout(timers.get(uri));
      const delay = Math.min(context.trees.locate(uri)?.tree.lastTime ?? 0, longestDebounce);
      timers.set(
        uri,
        setTimeout(() => {
          timers.delete(uri);
          push(uri).catch(logFailure('push'));
        }, delay),
      );
    },
    closed(uri) {
      clearTimeout(timers.get(uri));
      timers.delete(uri);
      delivered.delete(uri);
      if (!context.abilities.pullsDiagnostics) void context.connection.sendDiagnostics({ uri, diagnostics: [] });
    },
    allChanged() {
      wake();
      settleSoon();
      if (context.abilities.pullsDiagnostics && context.abilities.refreshesDiagnostics) context.connection.languages.diagnostics.refresh();
    },
    dispose() {
      clearTimeout(idle);
      for (const timer of timers.values()) clearTimeout(timer);
      wake();
    },
  };
}

/** Time after which a sweep shows its progress, in milliseconds. */
const progressAfter = 1000;

/** Checks the files of the open trees that the scope asks for and reports what differs from the client's; returns how many did. */
async function sweep(
  context: Context,
  token: CancellationToken,
  previous: Map<string, string>,
  report: (items: WorkspaceDocumentDiagnosticReport[]) => void,
): Promise<number> {
  const started = performance.now();
  const work = context.trees.all().filter((tree) => tree.hasTree || context.settings.scope === 'changed');
  const files: Target[] = [];
  for (const tree of work) {
    const analysis = await tree.ready();
    const paths = context.settings.scope === 'changed' ? [...tree.touched].sort() : analysis.relevantFiles('');
    files.push(...paths.map((path) => ({ tree, path })));
    await breathe(token);
  }
  let changes = 0;
  let progress: Awaited<ReturnType<typeof context.connection.window.createWorkDoneProgress>> | undefined;
  try {
    for (const [index, target] of files.entries()) {
      await breathe(token);
      if (progress?.token.isCancellationRequested === true) throw new Cancelled('cancelled by the user');
      if (progress === undefined && context.abilities.showsProgress && performance.now() - started > progressAfter) {
        progress = await context.connection.window.createWorkDoneProgress();
        progress.begin('GPU SVM Review', 0, undefined, true);
      }
      progress?.report(Math.round((100 * index) / files.length), `${index} of ${files.length} files`);
      const uri = target.tree.uri(target.path);
      const { items, id } = await render(context, target);
      if (previous.get(uri) === id || (items.length === 0 && !previous.has(uri))) continue;
      previous.set(uri, id);
      changes++;
      report([{ uri, version: context.documents.get(uri)?.version ?? null, kind: DocumentDiagnosticReportKind.Full, resultId: id, items }]);
    }
  } finally {
    progress?.done();
  }
  return changes;
}
