/** The program: facts over files that the flow analysis asks for by name. Everything is lazy; nothing is parsed before it is asked for. */
import type { Expr, FunctionAst, Member, Stmt, StructAst, TypeRef } from '../syntax/ast.js';
import type { Item, MacroDef, Outline, ParseStats } from '../syntax/source.js';

/** Reads the tree. Paths are relative to the tree's root, with `/`. Synchronous; undefined when absent or unreadable. */
export interface FileHost {
  read(path: string): string | undefined;
  /** Names in a folder, folders with a trailing `/`; empty when absent. */
  list(folder: string): readonly string[];
}

/** A file of the program: its text, its outline, and its items by kind. */
export interface ProgramFile {
  readonly path: string;
  readonly text: string;
  readonly outline: Outline;
}

/** A function definition somewhere in the program. */
export interface FunctionDef {
  /** `path:name`, or `path:name#2` for a second definition of the name in the file. */
  readonly key: string;
  readonly name: string;
  readonly file: ProgramFile;
  readonly item: Item;
  /** Lowered lazily, cached by the function's text. */
  ast(): FunctionAst | undefined;
}

/** A macro with its body lowered lazily. */
export interface MacroInfo {
  readonly def: MacroDef;
  readonly file: ProgramFile;
  body(): { readonly expr: Expr } | { readonly statements: readonly Stmt[] } | undefined;
}

/** A struct with its members by name. */
export interface StructInfo {
  readonly tag: string;
  readonly ast: StructAst;
  readonly file: ProgramFile;
  member(name: string): Member | undefined;
}

/** One entry of a callback table: `.member = function` in a variable of type `struct tag`. */
export interface CallbackEntry {
  readonly table: string;
  readonly structTag: string;
  readonly member: string;
  readonly functionName: string;
  readonly file: ProgramFile;
}

/** A textual reference to a function: call or address, found without parsing the whole file. */
export interface Reference {
  readonly caller: FunctionDef;
  readonly isCall: boolean;
}

/** Facts of the API generation, each its own switch; read from the tree's own header. Field names are the JSON of `facts`. */
export interface ApiFacts {
  readonly rangeHasPages: boolean;
  readonly rangeHasFlags: boolean;
  readonly migrateDevmemOnRange: boolean;
  readonly partialUnmapOnRange: boolean;
  readonly pagesHasDrm: boolean;
  readonly gpusvmHasDrm: boolean;
  readonly initTakesDrm: boolean;
  readonly hasInitPages: boolean;
  readonly pagesValidExported: boolean;
  readonly hasRangePageHelpers: boolean;
  /** Number of parameters of `drm_gpusvm_range_set_unmapped`: 2 or 4. */
  readonly setUnmappedParams: number;
  /** True when `drm_gpusvm_range_remove` itself unmaps and frees the pages (read from its body when the core source is there, else from the header's other facts). */
  readonly removeUnmapsPages: boolean;
  /** Where the facts come from: a path, or `built-in` for a lone file. */
  readonly source: string;
}

/** The program, as seen from the files of one driver tree (or one file). */
export interface Program {
  readonly facts: ApiFacts;
  file(path: string): ProgramFile | undefined;
  /** The file as it stands, when it was read before: no question about what is of interest. */
  known(path: string): ProgramFile | undefined;
  /** Counts changes of declarations: while it stands, nothing but the insides of functions changed. */
  readonly epoch: number;
  /** Files that matter, in path order: sources that mention the API, and what they include that does. Of a folder of the tree (`''`: all drivers); without one, of the driver trees of the files asked for so far with `file` (all drivers before any was asked for). */
  files(folder?: string): readonly ProgramFile[];
  functionsIn(file: ProgramFile): readonly FunctionDef[];
  /** Resolves a name used in a file: its own static or inline first, then its headers', then the program's. Prefers branches that are taken, then definitions with bodies. */
  findFunction(name: string, from: ProgramFile): FunctionDef | undefined;
  /** The prototype or definition, for parameter types and attributes. */
  findSignature(name: string, from: ProgramFile): FunctionAst | undefined;
  findMacro(name: string, from: ProgramFile): MacroInfo | undefined;
  /** `struct tag`, `union tag` or a typedef's name (resolved). */
  findStruct(tag: string, from: ProgramFile): StructInfo | undefined;
  resolveTypedef(name: string, from: ProgramFile): TypeRef | undefined;
  /** Value of an enumerator or of an object-like macro that is a plain integer. */
  constant(name: string, from: ProgramFile): number | undefined;
  /** True for an enumerator or an object-like macro: a name that never changes. */
  isConstantName(name: string, from: ProgramFile): boolean;
  /**
   * Entries of the driver trees of the files asked for so far with `file` (of all, before any was asked for), or of one file's tree.
   * A member of `''` tells that the function's address is taken where the program cannot name the member.
   */
  callbacks(from?: ProgramFile): readonly CallbackEntry[];
  /** Tables in which the function stands; with the file that defines it, no other function of its name is mixed in, and tables of other files are looked at only for what the contracts' callbacks may be. */
  callbacksOf(functionName: string, from?: ProgramFile): readonly CallbackEntry[];
  /** Entries of the tables of one struct, `struct tag`, in the files of the asking file's driver that name the struct. */
  tablesOf(structTag: string, from: ProgramFile): readonly CallbackEntry[];
  /** Functions that the sources of the asking file's driver store in a member of this name, by initialiser or assignment; told by the text alone. */
  storedIn(member: string, from: ProgramFile): readonly FunctionDef[];
  /** Functions whose text mentions this name, with how; itself included when recursive. */
  references(fn: FunctionDef): readonly Reference[];
  /** Files of the asking file's driver, and of the core, whose text mentions a word; the asking file among them. */
  mentioning(word: string, from: ProgramFile): readonly ProgramFile[];
  /** All structs of the driver trees of the files asked for so far (or: that one file sees) that have a member (at any inline depth) of the type; the path to it. */
  containersOf(
    tag: string,
    from?: ProgramFile,
  ): readonly {
    readonly container: StructInfo;
    readonly path: readonly string[];
    readonly isPointer: boolean;
    readonly isArray: boolean;
  }[];
  /** Replaces the text of a file (editor overlay, patch in memory); undefined brings back the host's. Keeps everything that does not depend on it. */
  setText(path: string, text: string | undefined): void;
  readonly parseStats: ParseStats;
}
