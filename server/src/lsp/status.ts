/** Tells the client how the last check of a document went. */
import type { ApiFacts } from '../program/types.js';
import type { Severity } from '../rules/finding.js';
import type { Context } from './context.js';
import { toRange } from './convert.js';
import { breathe } from './guard.js';
import type { StatusParams, WirePlace } from './protocol.js';
import type { Checked, Target, Tree } from './trees.js';

/** A span of a tree's file as the client can open it. */
export function toPlace(tree: Tree, path: string, span: { readonly start: number; readonly end: number }, text?: string): WirePlace {
  return { uri: tree.uri(path), ...toRange(text ?? tree.text(path) ?? '', span) };
}

/** The API generation in words. */
export function generationWords(facts: ApiFacts | undefined): string {
  if (facts === undefined) return '';
  const layout = facts.rangeHasPages ? 'ranges own their pages' : 'drivers own the pages';
  return facts.source === 'built-in' ? `${layout} (no tree, built-in facts)` : layout;
}

/** Sends `gpusvm/status` for a document. */
export function sendStatus(context: Context, target: Target, checked: Checked, counts: Readonly<Record<Severity, number>>): void {
  if (context.options.hasCommands !== true) return;
  const { tree, path } = target;
  const uri = tree.uri(path);
  if (context.documents.get(uri) === undefined) return;
  // After the answer itself: opening a tree takes longer than finding an answer that was kept.
  void breathe()
    .then(() => tree.ready())
    .then(
      (analysis) => {
        const params: StatusParams = {
          uri,
          state: checked.failed ? 'failed' : 'ready',
          ...(tree.hasTree ? { tree: tree.root } : {}),
          generation: generationWords(analysis.facts),
          errors: counts.error,
          warnings: counts.warning,
          informations: counts.information,
          time: Math.round(checked.time * 10) / 10,
          limits: checked.limits
            .filter((limit) => limit.file === path)
            .map((limit) => ({ function: limit.function, reason: limit.reason, place: toPlace(tree, limit.file, limit) })),
        };
        void context.connection.sendNotification('gpusvm/status', params);
      },
      () => undefined,
    );
}
