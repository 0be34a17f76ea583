/** Facts of the API's generation, each read from the declarations of the tree's own header: patches of a series come out as the mixture that they are. */
import { apiNames } from '../contracts/api-names.js';
import type { FunctionAst } from '../syntax/ast.js';
import type { Item } from '../syntax/source.js';
import type { FunctionLookup } from './functions.js';
import { isInside } from './spans.js';
import type { FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import type { ApiFacts } from './types.js';

/** The newest generation, for a lone file without a tree. */
export const builtInFacts: ApiFacts = {
  rangeHasPages: false,
  rangeHasFlags: true,
  migrateDevmemOnRange: true,
  partialUnmapOnRange: true,
  pagesHasDrm: true,
  gpusvmHasDrm: false,
  initTakesDrm: false,
  hasInitPages: true,
  pagesValidExported: true,
  hasRangePageHelpers: false,
  setUnmappedParams: 4,
  removeUnmapsPages: false,
  source: 'built-in',
};

/** What the facts are read with. */
export interface FactSources {
  readonly header: FileRecord | undefined;
  readonly core: FileRecord | undefined;
  readonly structs: StructLookup;
  readonly functions: FunctionLookup;
}

/** Names that a definition calls, read from its text: the core's facts must not cost a parse at every start. */
const callsOf = (core: FileRecord, item: Item): ReadonlySet<string> => {
  const names = new Set<string>();
  const { comments, inactive } = core.outline;
  for (const match of core.text.slice(item.bodyStart, item.end).matchAll(/\b([A-Za-z_]\w*)\s*\(/g)) {
    const at = item.bodyStart + match.index;
    if (match[1] !== undefined && !isInside(comments, at) && !isInside(inactive, at)) names.add(match[1]);
  }
  return names;
};

const unmapCalls: ReadonlySet<string> = new Set(apiNames.unmapCalls);

/** True when the removal, or a static helper of the core that it calls, drops mappings. Undefined when the core holds no such function. */
const removalUnmaps = (core: FileRecord): boolean | undefined => {
  const definitions = new Map(
    core.outline.items.filter((item) => item.kind === 'function' && !item.alternative).map((item) => [item.name, item]),
  );
  const removal = definitions.get(apiNames.rangeRemove);
  if (removal === undefined) return undefined;
  const direct = callsOf(core, removal);
  if ([...direct].some((name) => unmapCalls.has(name))) return true;
  return [...direct].some((name) => {
    const helper = definitions.get(name);
    return helper?.isStatic === true && [...callsOf(core, helper)].some((inner) => unmapCalls.has(inner));
  });
};

/** Reads the facts; the built-in ones without a header. */
export const readFacts = ({ header, core, structs, functions }: FactSources): ApiFacts => {
  if (header === undefined) return builtInFacts;
  const has = (tag: string, member: string): boolean => structs.inFile(header, tag)?.member(member) !== undefined;
  const { items } = header.outline;
  const declares = (name: string): boolean =>
    items.some((item) => (item.kind === 'prototype' || item.kind === 'function') && item.name === name);
  const headerOf = (name: string): FunctionAst | undefined => (declares(name) ? functions.signature(name, header) : undefined);
  const rangeHasPages = has(apiNames.rangeStruct, 'pages');
  const setUnmapped = headerOf(apiNames.setUnmapped);
  return {
    rangeHasPages,
    rangeHasFlags: has(apiNames.rangeStruct, 'flags'),
    migrateDevmemOnRange: has(apiNames.rangeFlagsStruct, 'migrate_devmem'),
    partialUnmapOnRange: has(apiNames.rangeFlagsStruct, 'partial_unmap'),
    pagesHasDrm: has(apiNames.pagesStruct, 'drm'),
    gpusvmHasDrm: has(apiNames.gpusvmStruct, 'drm'),
    initTakesDrm: headerOf(apiNames.init)?.params.some((param) => param.type.base === apiNames.deviceStruct) ?? false,
    hasInitPages: declares(apiNames.initPages),
    pagesValidExported: declares(apiNames.pagesValid),
    hasRangePageHelpers: apiNames.rangeHelpers.some(declares),
    setUnmappedParams: setUnmapped?.params.length ?? builtInFacts.setUnmappedParams,
    removeUnmapsPages: (core === undefined ? undefined : removalUnmaps(core)) ?? rangeHasPages,
    source: header.path,
  };
};
