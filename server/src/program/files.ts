/** Which files matter: those that mention the API, and those of the same driver that name what the driver wraps around it. */
import { type ApiToken, apiTokens, type Domain, ownedStructs } from '../contracts/tokens.js';
import { hashWord } from './scan.js';
import { cached, type FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import { comparePaths, coreFolder, isHeader, isUnder, type Unit, unitOf } from './units.js';
import { hasWord } from './words.js';
import type { Workspace } from './workspace.js';

/** The choice of files. */
export interface FileChoice {
  /** Files that matter below a folder, in path order; all drivers for `''`. */
  under(folder: string): readonly FileRecord[];
  /** Domains whose tokens a file holds. */
  domains(record: FileRecord): ReadonlySet<Domain>;
}

const svmTokens: readonly ApiToken[] = apiTokens.filter((token) => token.domain === 'svm');
const mentions = (text: string, tokens: readonly ApiToken[]): boolean => tokens.some((token) => text.includes(token.text));

/** Makes the choice. `ownersFor` names the structs that the tree's own tables call owners, for a file. */
export const createFileChoice = (
  workspace: Workspace,
  structs: StructLookup,
  ownersFor: (path: string) => readonly string[] = () => [],
): FileChoice => {
  const { store } = workspace;
  const domainsOf = (record: FileRecord): ReadonlySet<Domain> =>
    cached(record, 'domains', () => {
      const found = new Set<Domain>();
      for (const token of apiTokens) if (!found.has(token.domain) && record.text.includes(token.text)) found.add(token.domain);
      if (!found.has('svm') && ownersFor(record.path).some((tag) => hasWord(record.text, tag.slice(tag.indexOf(' ') + 1))))
        found.add('svm');
      return found;
    });
  const owned: ReadonlySet<string> = new Set(ownedStructs);
  const ownedNames = ownedStructs.map((tag) => tag.slice(tag.indexOf(' ') + 1));

  /** Names in a file whose mention elsewhere makes that place matter: structs that embed what the API owns, and what wraps its calls. */
  const wrappers = (record: FileRecord): readonly string[] =>
    cached(record, 'wrappers', () => {
      if (!domainsOf(record).has('svm')) return [];
      const names: string[] = [];
      for (const info of ownedNames.flatMap((name) => structs.allIn(record, name))) {
        if (info.ast.members.some((member) => owned.has(member.type.base))) names.push(info.tag.slice(info.tag.indexOf(' ') + 1));
      }
      const { outline, text } = record;
      if (isHeader(record.path)) {
        for (const macro of outline.macros) if (macro.params !== undefined && mentions(macro.body, svmTokens)) names.push(macro.name);
      }
      for (const item of outline.items) {
        if (item.kind !== 'function' || item.alternative || (item.isStatic && !isHeader(record.path))) continue;
        if (mentions(text.slice(item.bodyStart, item.end), svmTokens)) names.push(item.name);
      }
      return names;
    });
  const inUnit = (unit: Unit): readonly FileRecord[] => {
    const records: FileRecord[] = [];
    const rest: FileRecord[] = [];
    for (const path of workspace.unitFiles(unit)) {
      const record = store.record(path);
      if (record === undefined) continue;
      (domainsOf(record).size > 0 ? records : rest).push(record);
    }
    if (unit.folder === coreFolder || rest.length === 0) return records;
    const hashes = [...new Set(records.flatMap(wrappers))].map(hashWord);
    if (hashes.length === 0) return records;
    for (const record of rest) if (hashes.some((hash) => record.tokens.has(hash))) records.push(record);
    return records;
  };
  const units = workspace.versionMap<readonly FileRecord[]>();
  const ofUnit = (unit: Unit): readonly FileRecord[] => {
    const memo = units();
    const key = `${unit.folder}|${unit.isDeep}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const made = inUnit(unit);
    memo.set(key, made);
    return made;
  };
  /** The units that a folder holds or lies in. */
  const unitsUnder = (folder: string): readonly Unit[] => {
    const inside = folder !== '' && folder !== 'drivers' && folder !== 'drivers/gpu';
    if (inside && folder !== coreFolder) {
      const probe = unitOf(`${folder}/x.c`);
      if (probe.isDeep) return [probe];
    }
    const root = inside ? folder : coreFolder;
    const found = new Map<string, Unit>();
    for (const path of store.sources(root, true)) {
      const unit = unitOf(path);
      if (!found.has(unit.folder)) found.set(unit.folder, unit);
    }
    return [...found.values()];
  };
  return {
    domains: domainsOf,
    under: (folder) =>
      unitsUnder(folder)
        .flatMap(ofUnit)
        .filter((record) => isUnder(record.path, folder))
        .sort((left, right) => comparePaths(left.path, right.path)),
  };
};
