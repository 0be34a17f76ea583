import { posix } from 'node:path';
import type { SourceFile } from './sources.js';

/** What each folder of server/src may import, itself always included. Arrows point one way: a folder stands below all that may import it. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  syntax: [],
  program: ['syntax'],
  contracts: ['syntax', 'program'],
  flow: ['syntax', 'program', 'contracts'],
  rules: ['syntax', 'program', 'contracts', 'flow'],
  features: ['syntax', 'program', 'contracts', 'flow', 'rules'],
  review: ['syntax', 'program', 'contracts', 'flow', 'rules', 'features'],
  // The disk and the bundled files, for the two ends that touch the world.
  host: ['syntax', 'program'],
  lsp: ['syntax', 'program', 'contracts', 'flow', 'rules', 'features', 'review', 'host'],
  cli: ['syntax', 'program', 'contracts', 'flow', 'rules', 'features', 'review', 'host'],
};

/** The folders that take text and return values: no node modules, no editor, no protocol. */
const pure = new Set(['syntax', 'program', 'contracts', 'flow', 'rules', 'features', 'review']);

/** Imports written in a file: static, re-exported, dynamic, in types, by `require`. */
export function importsOf(text: string): readonly string[] {
  const withoutComments = text.replace(/^\s*(\*|\/\*|\/\/).*$/gm, '');
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"])([^'"\n]+)\1/g;
  return [...withoutComments.matchAll(forms)].map((match) => match[2] ?? '');
}

/** One import: the file that has it, the folder of server/src that the file stands in, what it names. */
interface Import {
  readonly path: string;
  readonly own: string;
  readonly target: string;
  readonly lists: ReadonlySet<string>;
}

/** Whether the module is the editor's API or one of its protocol packages. */
const isEditorModule = (name: string): boolean => /^vscode(-|\/|$)/.test(name);

/**
 * Contract files that import nothing: plain lists of kernel names. They stand below everything, because facts about the
 * tree are read by name (`program/`), while the contracts proper speak of the program's types.
 */
function nameLists(files: readonly SourceFile[]): ReadonlySet<string> {
  const lists = files.filter((file) => file.path.startsWith('server/src/contracts/') && importsOf(file.text).length === 0);
  return new Set(lists.map((file) => file.path.replace(/\.ts$/, '.js')));
}

function relativeProblem({ path, target, own, lists }: Import): string | undefined {
  const resolved = posix.join(posix.dirname(path), target);
  if (!resolved.startsWith('server/src/')) return `leaves server/src: ${target}`;
  const other = resolved.split('/')[2] ?? '';
  if (other === own || (own === 'program' && lists.has(resolved))) return undefined;
  return mayImport[own]?.includes(other) ? undefined : `${own}/ must not import ${other}/: ${target}`;
}

function moduleProblem(name: string, own: string): string | undefined {
  if (name === 'vscode') return 'only client/ imports vscode';
  if (isEditorModule(name) && own !== 'lsp') return `only lsp/ imports ${name}`;
  if (pure.has(own) && name.startsWith('node:')) return `${own}/ is pure, it must not import ${name}`;
  if (name === 'web-tree-sitter' && own !== 'syntax') return 'only syntax/ owns the parser';
  return undefined;
}

function serverProblem(found: Import): string | undefined {
  if (!(found.own in mayImport)) return 'stands in no layer';
  return found.target.startsWith('.') ? relativeProblem(found) : moduleProblem(found.target, found.own);
}

function clientProblem({ path, target }: Import): string | undefined {
  if (!target.startsWith('.'))
    return target.startsWith('vscode-languageserver/') ? 'the client must not import the server library' : undefined;
  const resolved = posix.join(posix.dirname(path), target);
  return resolved.startsWith('client/src/') ? undefined : `the client reaches the server only over the protocol: ${target}`;
}

/** Every import that breaks the layers, one line each. */
export function layerProblems(files: readonly SourceFile[]): readonly string[] {
  const lists = nameLists(files);
  return files.flatMap(({ path, text }) => {
    const own = path.split('/')[2] ?? '';
    const problemOf = path.startsWith('client/') ? clientProblem : serverProblem;
    return importsOf(text).flatMap((target) => {
      const problem = problemOf({ path, own, target, lists });
      return problem === undefined ? [] : [`${path}: ${problem}`];
    });
  });
}
