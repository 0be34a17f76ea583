/** The tree view "GPU SVM ownership": driver → struct → pages → who initialises, maps, unmaps and frees them; it follows the editor. */
import { type Disposable, EventEmitter, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, window, workspace } from 'vscode';
import { type App, relevantEditor } from '../app.js';
import type { OwnershipNode, OwnershipResult, WirePosition } from '../protocol.js';

/** The view's owner. */
export interface OwnershipView extends Disposable {
  /** Asks for the tree again, shortly after the last of several calls. */
  refreshSoon(uri: string): void;
}

const icons: Readonly<Record<OwnershipNode['kind'], string>> = {
  driver: 'package',
  struct: 'symbol-structure',
  pages: 'symbol-array',
  step: 'list-unordered',
  function: 'symbol-method',
  callback: 'symbol-event',
  finding: 'warning',
};
const refreshDelay = 300;

/** Makes the view. */
export function createOwnershipView(app: App): OwnershipView {
  const changed = new EventEmitter<void>();
  const parents = new Map<string, OwnershipNode>();
  let roots: readonly OwnershipNode[] = [];
  let shown = '';
  let shownJson = '';
  let timer: NodeJS.Timeout | undefined;

  const index = (nodes: readonly OwnershipNode[], parent: OwnershipNode | undefined): void => {
    for (const node of nodes) {
      if (parent !== undefined) parents.set(node.id, parent);
      index(node.children, node);
    }
  };
  const view = window.createTreeView<OwnershipNode>('gpusvm.ownership', {
    showCollapseAll: true,
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => [...(node?.children ?? roots)],
      getParent: (node) => parents.get(node.id),
      getTreeItem: itemOf,
    },
  });
  const refresh = async (): Promise<void> => {
    const editor = relevantEditor();
    if (editor === undefined || !view.visible || !app.server.isRunning) return;
    shown = editor.document.uri.toString();
    const answer = await app.server.request<OwnershipResult>('gpusvm/ownership', { uri: shown });
    const next = answer?.roots ?? [];
    const json = JSON.stringify(next);
    // The same tree again must not close what the user has opened.
    if (json === shownJson) return;
    shownJson = json;
    roots = next;
    parents.clear();
    index(roots, undefined);
    changed.fire();
  };
  const refreshSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void refresh(), refreshDelay);
  };
  /** Selects the innermost node whose place holds the cursor. */
  const follow = (): void => {
    const editor = relevantEditor();
    if (
      editor === undefined ||
      !view.visible ||
      !workspace.getConfiguration('gpusvm', editor.document).get<boolean>('ownershipView.followEditor', true)
    )
      return;
    const node = nodeAt(roots, editor.document.uri.toString(), editor.selection.active);
    if (node !== undefined && view.selection[0]?.id !== node.id)
      void view.reveal(node, { select: true, focus: false, expand: false }).then(undefined, () => undefined);
  };
  const listeners = [
    window.onDidChangeActiveTextEditor((editor) => {
      if (editor !== undefined && editor.document.uri.toString() !== shown) refreshSoon();
    }),
    window.onDidChangeTextEditorSelection(follow),
    view.onDidChangeVisibility(() => refreshSoon()),
  ];
  return {
    refreshSoon,
    dispose() {
      clearTimeout(timer);
      for (const listener of listeners) listener.dispose();
      view.dispose();
      changed.dispose();
    },
  };
}

function itemOf(node: OwnershipNode): TreeItem {
  const isOpen = node.kind === 'driver' || node.kind === 'struct';
  const state =
    node.children.length === 0
      ? TreeItemCollapsibleState.None
      : isOpen
        ? TreeItemCollapsibleState.Expanded
        : TreeItemCollapsibleState.Collapsed;
  const item = new TreeItem(node.label, state);
  item.id = node.id;
  item.description = node.detail;
  item.tooltip = node.detail === '' ? node.label : `${node.label}: ${node.detail}`;
  item.iconPath = node.kind === 'finding' ? findingIcon(node) : new ThemeIcon(icons[node.kind]);
  if (node.place !== undefined) item.command = { command: 'gpusvm.openPlace', title: node.label, arguments: [node.place] };
  return item;
}

function findingIcon(node: OwnershipNode): ThemeIcon {
  if (node.severity === 'error') return new ThemeIcon('error', new ThemeColor('problemsErrorIcon.foreground'));
  if (node.severity === 'warning') return new ThemeIcon('warning', new ThemeColor('problemsWarningIcon.foreground'));
  return new ThemeIcon('info', new ThemeColor('problemsInfoIcon.foreground'));
}

function nodeAt(nodes: readonly OwnershipNode[], uri: string, at: WirePosition): OwnershipNode | undefined {
  for (const node of nodes) {
    const inner = nodeAt(node.children, uri, at);
    if (inner !== undefined) return inner;
    if (node.place !== undefined && node.place.uri === uri && holds(node.place, at)) return node;
  }
  return undefined;
}

function holds(place: { readonly start: WirePosition; readonly end: WirePosition }, at: WirePosition): boolean {
  const isAfter = at.line > place.start.line || (at.line === place.start.line && at.character >= place.start.character);
  const isBefore = at.line < place.end.line || (at.line === place.end.line && at.character <= place.end.character);
  return isAfter && isBefore;
}
