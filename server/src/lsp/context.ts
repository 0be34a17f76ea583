/** What every handler works with. */
import type { Connection, TextDocuments } from 'vscode-languageserver/node';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Contracts } from '../contracts/index.js';
import { findingsIn, shownFindings } from '../features/diagnostics.js';
import type { PageLinks } from '../features/hover.js';
import type { Settings } from '../features/settings.js';
import type { Finding } from '../rules/finding.js';
import { uriOfPath } from './convert.js';
import type { Log } from './guard.js';
import type { InitializationOptions } from './protocol.js';
import type { Services } from './services.js';
import type { Target, Trees } from './trees.js';

/** What the client can do, as far as our answers depend on it. */
export interface ClientAbilities {
  readonly pullsDiagnostics: boolean;
  readonly refreshesDiagnostics: boolean;
  readonly refreshesLenses: boolean;
  readonly refreshesHints: boolean;
  readonly answersConfiguration: boolean;
  readonly registersConfiguration: boolean;
  readonly registersWatchers: boolean;
  readonly registersTokens: boolean;
  readonly showsProgress: boolean;
  readonly showsDocuments: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescriptions: boolean;
  readonly literalActions: boolean;
  readonly versionedEdits: boolean;
  /** Edits may carry a label, and wait for a yes. */
  readonly annotatedEdits: boolean;
  /** Actions may leave their edit to be asked for. */
  readonly lateEdits: boolean;
}

/** The server's state, shared by its handlers. */
export interface Context {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly trees: Trees;
  /** The open document of a URI. A request may overtake the notice that opens its document: that is waited for, a short while. */
  opened(uri: string): Promise<TextDocument | undefined>;
  readonly services: Services;
  readonly contracts: Contracts;
  readonly log: Log;
  abilities: ClientAbilities;
  options: InitializationOptions;
  settings: Settings;
  /** Raised by every change of the settings: part of each result id. */
  settingsVersion: number;
}

/** The findings of a document as the settings let them be shown. */
export async function documentFindings(context: Context, target: Target): Promise<readonly Finding[]> {
  const checked = await target.tree.check(target.path);
  return shownFindings(findingsIn(checked.findings, target.path), context.settings);
}

/** Addresses of pages, for hovers: command links where the client has our commands, else files. */
export function pageLinks(context: Context): PageLinks {
  const command = (name: string, argument: string): string => `command:gpusvm.${name}?${encodeURIComponent(JSON.stringify([argument]))}`;
  if (context.options.hasCommands === true) {
    return { rule: (id) => command('openRule', id), lifecycle: (anchor) => command('openLifecycle', anchor) };
  }
  return { rule: (id) => rulePageUri(context, id), lifecycle: (anchor) => lifecycleUri(context, anchor) };
}

/** The `file:` URI of a rule's page. */
export function rulePageUri(context: Context, id: string): string | undefined {
  const path = context.services.rulePage(id);
  return path === undefined ? undefined : uriOfPath(path);
}

/** The `file:` URI of an anchor of the lifecycle page. */
export function lifecycleUri(context: Context, anchor: string): string | undefined {
  const path = context.services.lifecyclePage();
  return path === undefined ? undefined : `${uriOfPath(path)}#${anchor}`;
}
