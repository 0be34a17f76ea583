/** Reviews a patch series: a file, the clipboard, or a range of commits. */
import { env, extensions, ProgressLocation, type QuickPickItem, Uri, window, workspace } from 'vscode';
import { type App, relevantEditor } from '../app.js';
import type { ReviewInput, ReviewResult } from '../protocol.js';
import { strings } from '../strings.js';
import { openReview } from '../views/review.js';

/** The command. `given` is the file that a menu was opened on. */
export async function reviewPatches(app: App, given: unknown): Promise<void> {
  const input = given instanceof Uri ? await readInput(given) : await ask();
  if (input === undefined) return;
  await app.server.start();
  const review = await window.withProgress({ location: ProgressLocation.Window, title: strings.reviewing() }, async () => {
    // The tree is that of the code in view, else that of the folder that is open.
    const places = [relevantEditor()?.document.uri, ...(workspace.workspaceFolders ?? []).map((folder) => folder.uri)];
    for (const uri of places) {
      if (uri === undefined) continue;
      const answer = await app.server.request<ReviewResult | null>('gpusvm/review', { uri: uri.toString(), inputs: [input] });
      if (answer !== undefined && answer !== null) return answer;
    }
    return undefined;
  });
  if (review === undefined) void window.showWarningMessage(strings.noTreeForReview());
  else if (review.patches.length === 0) void window.showWarningMessage(strings.noPatch(input.name));
  else openReview(app, review);
}

async function readInput(uri: Uri): Promise<ReviewInput> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  const text = open?.getText() ?? new TextDecoder().decode(await workspace.fs.readFile(uri));
  return { name: uri.path.slice(uri.path.lastIndexOf('/') + 1), text };
}

interface Choice extends QuickPickItem {
  readonly read: () => Promise<ReviewInput | undefined>;
}

async function ask(): Promise<ReviewInput | undefined> {
  const active = window.activeTextEditor?.document;
  const choices: Choice[] = [];
  if (active !== undefined && /\.(?:patch|diff|mbox|mbx|eml|txt)$/.test(active.fileName)) {
    choices.push({
      label: strings.reviewThisFile(),
      description: active.fileName.slice(active.fileName.lastIndexOf('/') + 1),
      read: () => readInput(active.uri),
    });
  }
  choices.push(
    { label: strings.reviewFile(), read: askFile },
    { label: strings.reviewClipboard(), read: async () => ({ name: strings.clipboard(), text: await env.clipboard.readText() }) },
  );
  const repository = workspace.isTrusted ? await gitRepository() : undefined;
  if (repository !== undefined) choices.push({ label: strings.reviewRange(), read: () => askRange(repository) });
  const picked = await window.showQuickPick(choices, { placeHolder: strings.reviewWhat() });
  return picked?.read();
}

async function askFile(): Promise<ReviewInput | undefined> {
  const files = await window.showOpenDialog({
    canSelectMany: false,
    filters: { [strings.patchFiles()]: ['patch', 'diff', 'mbox', 'mbx', 'eml', 'txt'], '*': ['*'] },
  });
  const file = files?.[0];
  return file === undefined ? undefined : readInput(file);
}

/** What we use of the editor's own git extension: it runs git, we run nothing. */
interface Repository {
  readonly rootUri: Uri;
  log(options: { readonly range: string; readonly maxEntries: number }): Promise<readonly Commit[]>;
  diffBetween(from: string, to: string): Promise<readonly { readonly uri: Uri }[]>;
  diffBetween(from: string, to: string, path: string): Promise<string>;
}
interface Commit {
  readonly hash: string;
  readonly message: string;
  readonly parents: readonly string[];
  readonly authorName?: string;
  readonly authorEmail?: string;
  readonly authorDate?: Date;
}
interface GitExtension {
  getAPI(version: 1): { readonly repositories: readonly Repository[]; getRepository(uri: Uri): Repository | null };
}

async function gitRepository(): Promise<Repository | undefined> {
  try {
    const git = await extensions.getExtension<GitExtension>('vscode.git')?.activate();
    const api = git?.getAPI(1);
    const uri = relevantEditor()?.document.uri ?? workspace.workspaceFolders?.[0]?.uri;
    return (uri === undefined ? undefined : api?.getRepository(uri)) ?? api?.repositories[0];
  } catch {
    // Git is switched off: then there is no range to offer.
    return undefined;
  }
}

/** Most commits of a range: a series, not a release. */
const longestRange = 200;

/** The commits of a range as mails, oldest first; merges bring nothing of their own. */
async function askRange(repository: Repository): Promise<ReviewInput | undefined> {
  const range = await window.showInputBox({
    prompt: strings.rangePrompt(),
    placeHolder: 'drm-next..HEAD',
    validateInput: (text) => (/^\S+\.\.\S*$/.test(text) ? undefined : strings.rangeWrong()),
  });
  if (range === undefined) return undefined;
  const log = [...(await repository.log({ range, maxEntries: longestRange }))].reverse().filter((commit) => commit.parents.length === 1);
  const mails: string[] = [];
  for (const [index, commit] of log.entries()) {
    const [parent = ''] = commit.parents;
    const changes = await repository.diffBetween(parent, commit.hash);
    const diffs = await Promise.all(
      changes.map((change) => repository.diffBetween(parent, commit.hash, workspacePath(repository, change.uri))),
    );
    const [subject = '', ...body] = commit.message.split('\n');
    const headers = [
      `From ${commit.hash} Mon Sep 17 00:00:00 2001`,
      `From: ${commit.authorName ?? ''} <${commit.authorEmail ?? ''}>`,
      `Date: ${(commit.authorDate ?? new Date(0)).toUTCString()}`,
      `Subject: [PATCH ${index + 1}/${log.length}] ${subject}`,
    ];
    mails.push([...headers, '', ...body, '---', '', ...diffs, '--', ''].join('\n'));
  }
  return { name: range, text: mails.join('\n') };
}

function workspacePath(repository: Repository, uri: Uri): string {
  const root = repository.rootUri.fsPath;
  return uri.fsPath.startsWith(root) ? uri.fsPath.slice(root.length + 1) : uri.fsPath;
}
