/** Refactors as code actions: offered in menus that somebody opened, their edits worked out when they are wanted. */
import {
  type ChangeAnnotation,
  type CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type CodeActionParams,
  CodeActionTriggerKind,
  type WorkspaceEdit,
} from 'vscode-languageserver/node';
import { Interrupted } from '../features/analysis.js';
import { type RefactorOffer, refactorsAt } from '../features/refactor-actions.js';
import type { Context } from './context.js';
import { toOffset } from './convert.js';
import { workspaceEdit } from './language.js';
import type { Target } from './trees.js';

/** Kind of the actions: in VS Code under "Refactor…". */
export const refactorKind = `${CodeActionKind.RefactorRewrite}.gpusvm`;

/** What an action remembers until its edit is wanted. */
interface Remembered {
  readonly refactor: string;
  readonly uri: string;
  readonly offset: number;
}

/** True where somebody opened a menu: the light bulb of every line asks too often for what refactors cost. */
export function asksForRefactors({ only, triggerKind }: CodeActionContext): boolean {
  if (only !== undefined) return only.some((kind) => kind === '' || refactorKind === kind || refactorKind.startsWith(`${kind}.`));
  return triggerKind === CodeActionTriggerKind.Invoked;
}

async function offersAt(target: Target, offset: number, only?: string): Promise<readonly RefactorOffer[]> {
  const analysis = await target.tree.ready();
  try {
    return refactorsAt(analysis, target.path, offset, only);
  } catch (error) {
    // An edit came meanwhile: whoever still wants the action asks again.
    if (error instanceof Interrupted) return [];
    throw error;
  }
}

/** The edits of an offer. Where they reach many files they are shown first, by editors that can. */
function editOf(context: Context, target: Target, offer: RefactorOffer): WorkspaceEdit {
  const edit = workspaceEdit(context, target.tree, offer.edits);
  if (!context.abilities.annotatedEdits || edit.documentChanges === undefined) return edit;
  const note: ChangeAnnotation = {
    label: offer.title,
    needsConfirmation: offer.reach === 'driver',
    ...(offer.notes.length === 0 ? {} : { description: offer.notes.join('\n') }),
  };
  const documentChanges = edit.documentChanges.map((change) =>
    'edits' in change ? { ...change, edits: change.edits.map((one) => ({ ...one, annotationId: offer.id })) } : change,
  );
  return { documentChanges, changeAnnotations: { [offer.id]: note } };
}

/** The refactors for a range of a document. */
export async function refactorActions(
  context: Context,
  target: Target & { readonly text: string },
  params: CodeActionParams,
): Promise<CodeAction[]> {
  const offset = toOffset(target.text, params.range.start);
  const offers = await offersAt(target, offset);
  return offers.map((offer): CodeAction => {
    const data: Remembered = { refactor: offer.id, uri: params.textDocument.uri, offset };
    const late = context.abilities.lateEdits ? { data } : { edit: editOf(context, target, offer) };
    return { title: offer.title, kind: refactorKind, ...late };
  });
}

function isRemembered(data: unknown): data is Remembered {
  if (typeof data !== 'object' || data === null) return false;
  const { refactor, uri, offset } = data as Readonly<Record<string, unknown>>;
  return typeof refactor === 'string' && typeof uri === 'string' && typeof offset === 'number';
}

/** `codeAction/resolve`: the edit of a refactor, for the texts as they are now. */
export async function resolveRefactor(context: Context, action: CodeAction): Promise<CodeAction> {
  const { data } = action;
  if (!isRemembered(data)) return action;
  const target = context.trees.locate(data.uri);
  const [offer] = target === undefined ? [] : await offersAt(target, data.offset, data.refactor);
  return target === undefined || offer === undefined ? action : { ...action, edit: editOf(context, target, offer) };
}
