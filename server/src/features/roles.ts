/** What part a function or struct plays in a lifecycle: read from callback tables, from the API calls it makes, and from what it embeds. */
import type { Contracts } from '../contracts/index.js';
import { embeddingWords, functionWords, roleWords, type Stage } from '../contracts/words.js';
import type { FunctionDef, Program, ProgramFile, StructInfo } from '../program/types.js';
import type { Item } from '../syntax/source.js';
import { callsIn, codeText } from './text.js';

/** A function's part. `stages` in order of first appearance. */
export interface FunctionRole {
  /** Callback tables it stands in: `what it does there`, with the member's name. */
  readonly callbacks: readonly {
    readonly structTag: string;
    readonly member: string;
    readonly title: string;
    readonly anchor: string;
    readonly words: string;
  }[];
  readonly stages: readonly Stage[];
  /** Anchor in docs/lifecycle.md of the most telling part. */
  readonly anchor: string;
}

/** A struct's part: what each member of the API's types means for it. */
export interface StructRole {
  readonly parts: readonly { readonly member: string; readonly type: string; readonly meaning: string; readonly isArray: boolean }[];
  readonly anchor: string;
}

/** Stages that say little by themselves; a function with none but these has no lens. */
const weak: ReadonlySet<Stage> = new Set<Stage>(['lock', 'unlock', 'look up', 'iterate']);

/** The part a function plays; undefined when it plays none. */
export function functionRole(program: Program, contracts: Contracts, fn: FunctionDef): FunctionRole | undefined {
  const callbacks = program.callbacksOf(fn.name).flatMap((entry) => {
    const contract = contracts.callback(entry.structTag, entry.member);
    if (contract === undefined) return [];
    const title = contract.role === undefined ? entry.member : (roleWords[contract.role]?.title ?? entry.member);
    const anchor = (contract.role === undefined ? undefined : roleWords[contract.role]?.anchor) ?? contract.lifecycle ?? 'range-life';
    return [{ structTag: entry.structTag, member: entry.member, title, anchor, words: contract.words }];
  });
  const calls = callStages(fn);
  const first = calls.find((call) => !weak.has(call.stage));
  if (callbacks.length === 0 && first === undefined) return undefined;
  const stages = [...new Set(calls.map((call) => call.stage))].filter((stage) => !weak.has(stage));
  return { callbacks, stages, anchor: callbacks[0]?.anchor ?? first?.anchor ?? 'range-life' };
}

/** The API calls in a function's text that have a stage. */
export function callStages(
  fn: FunctionDef,
): readonly { readonly name: string; readonly stage: Stage; readonly anchor: string; readonly start: number }[] {
  const { item, file } = fn;
  if (item.bodyStart < 0) return [];
  return callsIn(codeText(file), item.bodyStart, item.end).flatMap((call) => {
    const words = Object.hasOwn(functionWords, call.name) ? functionWords[call.name] : undefined;
    return words === undefined ? [] : [{ name: call.name, stage: words.stage, anchor: words.anchor, start: call.start }];
  });
}

const embedded = new RegExp(`\\bstruct\\s+(?:${Object.keys(embeddingWords).join('|')})\\b`);

/** The part a struct of the file plays; undefined when it embeds nothing of the API. */
export function structRole(program: Program, file: ProgramFile, item: Item): StructRole | undefined {
  if (item.kind !== 'struct' && item.kind !== 'union') return undefined;
  if (item.bodyStart < 0 || !embedded.test(file.text.slice(item.bodyStart, item.end))) return undefined;
  const info = program.findStruct(item.name, file);
  if (info === undefined || info.file.path !== file.path) return undefined;
  const parts = structParts(info);
  return parts.length === 0 ? undefined : { parts, anchor: 'range-and-pages' };
}

/** Members of the API's types that the struct embeds (not those it only points to, pages excepted: a pointer to pages is the N:1 layout). */
export function structParts(info: StructInfo): StructRole['parts'] {
  return info.ast.members.flatMap((member) => {
    const tag = member.type.base.replace(/^struct /, '');
    const meaning = Object.hasOwn(embeddingWords, tag) ? embeddingWords[tag] : undefined;
    if (meaning === undefined) return [];
    if (member.type.pointers > 0 && tag !== 'drm_gpusvm_pages') return [];
    return [{ member: member.name, type: tag, meaning, isArray: member.type.dims.length > 0 || member.type.pointers > 0 }];
  });
}
