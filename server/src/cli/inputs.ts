/** From the words of the command line to a tree and the files in it. */
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Analysis } from '../features/analysis.js';
import type { FileHost } from '../program/types.js';
import { UsageError } from './exit.js';
import type { Services } from './services.js';

/** The header whose folder makes a tree. */
const TREE_MARK = 'include/drm/drm_gpusvm.h';

/** A path of the command line, made relative to the root. `outside` files are named by their absolute path. */
export interface Target {
  readonly path: string;
  readonly kind: 'file' | 'folder';
}

/** What to analyse. */
export interface Inputs {
  /** Folder that all paths are relative to, absolute. */
  readonly root: string;
  /** False for lone files: built-in facts. */
  readonly hasTree: boolean;
  readonly targets: readonly Target[];
  /** One line per input that cannot be used. */
  readonly problems: readonly string[];
}

/** Where inputs come from. */
export interface InputRequest {
  readonly paths: readonly string[];
  readonly tree: string | undefined;
  readonly cwd: string;
  readonly services: Pick<Services, 'findTree'>;
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  try {
    const info = statSync(path);
    return info.isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

/** Why a path cannot be read, in words; undefined when it can. */
export function whyUnreadable(path: string): string | undefined {
  try {
    statSync(path);
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    switch (code) {
      case 'ENOENT':
        return 'no such file or folder';
      case 'EACCES':
      case 'EPERM':
        return 'permission denied';
      case 'ELOOP':
        return 'a symbolic link that leads to itself';
      case 'ENAMETOOLONG':
        return 'the name is too long';
      case 'ENOTDIR':
        return 'a part of the path is not a folder';
      default:
        return 'cannot be read';
    }
  }
}

/** Path relative to a folder with `/`; undefined when it is not inside. */
export function inside(root: string, path: string): string | undefined {
  const way = relative(root, path);
  if (way === '') return '';
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) return undefined;
  return way.split(sep).join('/');
}

function commonFolder(folders: readonly string[]): string {
  const [first = '/', ...rest] = folders;
  let common = first;
  for (const folder of rest) {
    while (inside(common, folder) === undefined) common = dirname(common);
  }
  return common;
}

/** The tree given with --tree. Throws UsageError when it is no folder. */
function explicitTree(tree: string, cwd: string): { readonly root: string; readonly hasMark: boolean } {
  const root = resolve(cwd, tree);
  const why = whyUnreadable(root);
  if (why !== undefined) throw new UsageError(`--tree ${tree}: ${why}`);
  if (kindOf(root) !== 'folder') throw new UsageError(`--tree ${tree}: not a folder`);
  return { root, hasMark: kindOf(join(root, TREE_MARK)) === 'file' };
}

/** Resolves the tree for commands that cannot do without one. Throws UsageError when there is none. */
export function resolveTree(request: Omit<InputRequest, 'paths'>): string {
  if (request.tree !== undefined) {
    const { root, hasMark } = explicitTree(request.tree, request.cwd);
    if (!hasMark) throw new UsageError(`--tree ${request.tree}: not a kernel tree with GPU SVM: it has no ${TREE_MARK}`);
    return root;
  }
  const found = request.services.findTree(request.cwd);
  if (found === undefined) throw new UsageError(`no kernel tree (a folder with ${TREE_MARK}) at or above ${request.cwd}: give --tree DIR`);
  return found;
}

/** Resolves paths and tree. Bad paths become problems, one line each; throws UsageError when nothing can be analysed at all. */
export function resolveInputs(request: InputRequest): Inputs {
  const { paths, cwd, services } = request;
  const given = request.tree === undefined ? undefined : explicitTree(request.tree, cwd);
  if (paths.length === 0) {
    const root = resolveTree(request);
    return { root, hasTree: true, targets: [{ path: '', kind: 'folder' }], problems: [] };
  }
  const problems: string[] = [];
  const found: { readonly word: string; readonly path: string; readonly kind: 'file' | 'folder' }[] = [];
  const fallback = given?.root ?? services.findTree(cwd);
  for (const word of new Set(paths)) {
    // As typed from here; else below the tree, as in `--tree ../linux drivers/gpu/drm/xe`.
    const candidates = [resolve(cwd, word), ...(fallback === undefined || isAbsolute(word) ? [] : [resolve(fallback, word)])];
    const usable = candidates.find((candidate) => kindOf(candidate) !== undefined);
    const path = usable ?? candidates[0] ?? word;
    const why = whyUnreadable(path);
    const kind = kindOf(path);
    if (why !== undefined || kind === undefined) problems.push(`${word}: ${why ?? 'cannot be read'}`);
    else found.push({ word, path, kind });
  }
  const first = found[0];
  const treeOfFirst = first === undefined ? undefined : services.findTree(first.path);
  const root = given?.root ?? treeOfFirst ?? services.findTree(cwd);
  if (root === undefined) {
    const base = commonFolder(found.map((entry) => (entry.kind === 'folder' ? entry.path : dirname(entry.path))));
    const targets = found.map((entry): Target => ({ path: inside(base, entry.path) ?? entry.path, kind: entry.kind }));
    return { root: base, hasTree: false, targets, problems };
  }
  const targets: Target[] = [];
  for (const entry of found) {
    const way = inside(root, entry.path);
    const other = way === undefined && given === undefined ? services.findTree(entry.path) : undefined;
    if (way !== undefined) targets.push({ path: way, kind: entry.kind });
    else if (other !== undefined && other !== root) problems.push(`${entry.word}: lies in another tree than ${root}: check it by itself`);
    else if (entry.kind === 'folder') problems.push(`${entry.word}: a folder outside the tree ${root}`);
    else targets.push({ path: entry.path.split(sep).join('/'), kind: 'file' });
  }
  return { root, hasTree: given === undefined || given.hasMark, targets, problems };
}

/** Sources below a folder, for folders without a tree. Links are not followed. */
function sourcesBelow(root: string, folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (way: string): void => {
    for (const entry of readdirSync(join(root, way), { withFileTypes: true })) {
      const path = way === '' ? entry.name : `${way}/${entry.name}`;
      if (entry.isDirectory() && !entry.name.startsWith('.')) visit(path);
      else if (entry.isFile() && /\.[ch]$/.test(entry.name)) found.push(path);
    }
  };
  visit(folder);
  return found;
}

/** The files to check, in path order, each once. A file given by name counts even when it does not mention the API. */
export function expandTargets(inputs: Inputs, analysis: Pick<Analysis, 'relevantFiles'>): readonly string[] {
  const files = new Set<string>();
  for (const target of inputs.targets) {
    if (target.kind === 'file') files.add(target.path);
    else for (const file of inputs.hasTree ? analysis.relevantFiles(target.path) : sourcesBelow(inputs.root, target.path)) files.add(file);
  }
  return [...files].sort();
}

/** A host that also reads the named files outside the root (by absolute path) and what lies beside them, and nothing else there. */
export function withOutsideFiles(host: FileHost, inputs: Inputs, services: Pick<Services, 'createHost'>): FileHost {
  const folders = new Set(inputs.targets.filter((target) => isAbsolute(target.path)).map((target) => dirname(target.path)));
  if (folders.size === 0) return host;
  const hosts = new Map([...folders].map((folder) => [folder, services.createHost(folder)]));
  const split = (path: string): { host: FileHost; name: string } | undefined => {
    const folder = hosts.get(dirname(path));
    return folder === undefined ? undefined : { host: folder, name: path.slice(dirname(path).length + 1) };
  };
  return {
    read(path) {
      if (!path.startsWith('/')) return host.read(path);
      const found = split(path);
      return found?.host.read(found.name);
    },
    list(folder) {
      return folder.startsWith('/') ? (hosts.get(folder.replace(/\/$/, ''))?.list('') ?? []) : host.list(folder);
    },
  };
}
