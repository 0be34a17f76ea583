/** `callHierarchy/*`: across callback tables, which the editor's C server does not cross. */
import {
  type CallHierarchyIncomingCall,
  type CallHierarchyIncomingCallsParams,
  type CallHierarchyItem,
  type CallHierarchyOutgoingCall,
  type CallHierarchyOutgoingCallsParams,
  type CallHierarchyPrepareParams,
  SymbolKind,
} from 'vscode-languageserver/node';
import type { Analysis } from '../features/analysis.js';
import { calleesOf, callersOf, functionAt } from '../features/call-graph.js';
import { functionTitle } from '../features/lens.js';
import { functionRole } from '../features/roles.js';
import { wordAt } from '../features/text.js';
import type { FunctionDef } from '../program/types.js';
import type { Context } from './context.js';
import { toOffset, toRange } from './convert.js';
import type { Tree } from './trees.js';

function itemOf(tree: Tree, analysis: Analysis, fn: FunctionDef): CallHierarchyItem {
  const { text, path } = fn.file;
  const at = text.indexOf(fn.name, fn.item.start);
  const name = at < 0 ? fn.item : { start: at, end: at + fn.name.length };
  const role = functionRole(analysis.program, analysis.contractsOf(fn.file.path), fn);
  return {
    name: fn.name,
    kind: SymbolKind.Function,
    detail: role === undefined ? path : functionTitle(role),
    uri: tree.uri(path),
    range: toRange(text, fn.item),
    selectionRange: toRange(text, name),
    data: { key: fn.key },
  };
}

/** `textDocument/prepareCallHierarchy`. */
export async function prepareCalls(context: Context, params: CallHierarchyPrepareParams): Promise<CallHierarchyItem[]> {
  const target = context.trees.locate(params.textDocument.uri);
  const text = target === undefined ? undefined : target.tree.text(target.path);
  if (target === undefined || text === undefined || !context.settings.enable) return [];
  const analysis = await target.tree.ready();
  const { program } = analysis;
  const offset = toOffset(text, params.position);
  const fn = functionAt(program, target.path, offset, wordAt(text, offset)?.word);
  return fn === undefined ? [] : [itemOf(target.tree, analysis, fn)];
}

async function resolve(
  context: Context,
  item: CallHierarchyItem,
): Promise<{ readonly tree: Tree; readonly analysis: Analysis; readonly fn: FunctionDef } | undefined> {
  const target = context.trees.locate(item.uri);
  if (target === undefined) return undefined;
  const analysis = await target.tree.ready();
  const { program } = analysis;
  const file = program.file(target.path);
  const fn =
    file === undefined
      ? undefined
      : (program.functionsIn(file).find((candidate) => candidate.name === item.name) ?? program.findFunction(item.name, file));
  return fn === undefined ? undefined : { tree: target.tree, analysis, fn };
}

/** `callHierarchy/incomingCalls`: callers, and the tables that the function stands in. */
export async function incomingCalls(context: Context, params: CallHierarchyIncomingCallsParams): Promise<CallHierarchyIncomingCall[]> {
  const found = await resolve(context, params.item);
  if (found === undefined) return [];
  const { tree, analysis, fn } = found;
  return callersOf(analysis.program, analysis.contractsOf(fn.file.path), fn).map((caller): CallHierarchyIncomingCall => {
    if (caller.kind === 'function') {
      const { text } = caller.fn.file;
      return { from: itemOf(tree, analysis, caller.fn), fromRanges: caller.calls.map((call) => toRange(text, call)) };
    }
    const range = toRange(caller.file.text, caller.place);
    const from = {
      name: caller.slot,
      kind: SymbolKind.Interface,
      detail: caller.words,
      uri: tree.uri(caller.file.path),
      range,
      selectionRange: range,
    };
    return { from, fromRanges: [range] };
  });
}

/** `callHierarchy/outgoingCalls`. */
export async function outgoingCalls(context: Context, params: CallHierarchyOutgoingCallsParams): Promise<CallHierarchyOutgoingCall[]> {
  const found = await resolve(context, params.item);
  if (found === undefined) return [];
  const { tree, analysis, fn } = found;
  return calleesOf(analysis.program, fn).map((callee) => ({
    to: itemOf(tree, analysis, callee.fn),
    fromRanges: callee.calls.map((call) => toRange(fn.file.text, call)),
  }));
}
