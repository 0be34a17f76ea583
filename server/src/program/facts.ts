/** Facts of the API's generation, each read from the declarations of the tree's own header: patches of a series come out as the mixture that they are. */
import { apiNames } from '../contracts/api-names.js';
import type { FunctionAst } from '../syntax/ast.js';
import type { FunctionLookup } from './functions.js';
import type { FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import type { ApiFacts } from './types.js';
import { walkStmt } from './walk.js';

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

/** Names that a function calls. */
const callsOf = (ast: FunctionAst): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const stmt of ast.body) {
    walkStmt(stmt, (expr) => {
      if (expr.kind === 'call' && expr.callee.kind === 'name') names.add(expr.callee.name);
    });
  }
  return names;
};

const unmapCalls: ReadonlySet<string> = new Set(apiNames.unmapCalls);

/** True when the removal, or a static helper of the core that it calls, drops mappings. Undefined when the core holds no such function. */
const removalUnmaps = (core: FileRecord, functions: FunctionLookup): boolean | undefined => {
  const definitions = functions.inFile(core);
  const bodyOf = (name: string): FunctionAst | undefined => definitions.find((def) => def.name === name)?.ast();
  const removal = bodyOf(apiNames.rangeRemove);
  if (removal === undefined) return undefined;
  const seen = new Set<string>();
  const reaches = (ast: FunctionAst, depth: number): boolean => {
    for (const name of callsOf(ast)) {
      if (unmapCalls.has(name)) return true;
      if (depth === 0 || seen.has(name)) continue;
      seen.add(name);
      const def = definitions.find((one) => one.name === name);
      const callee = def?.item.isStatic === true ? def.ast() : undefined;
      if (callee !== undefined && reaches(callee, depth - 1)) return true;
    }
    return false;
  };
  return reaches(removal, 1);
};

/** Reads the facts; the built-in ones without a header. */
export const readFacts = ({ header, core, structs, functions }: FactSources): ApiFacts => {
  if (header === undefined) return builtInFacts;
  const has = (tag: string, member: string): boolean => structs.inFile(header, tag)?.member(member) !== undefined;
  const { items } = header.outline;
  const declares = (name: string): boolean => items.some((item) => (item.kind === 'prototype' || item.kind === 'function') && item.name === name);
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
    removeUnmapsPages: (core === undefined ? undefined : removalUnmaps(core, functions)) ?? rangeHasPages,
    source: header.path,
  };
};
