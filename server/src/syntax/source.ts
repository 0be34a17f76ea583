/** Types of a source file's outline: what the lexer finds without the parser. Offsets are half-open UTF-16 offsets into the file. */
import type { Expr, FunctionAst, Param, Span, Stmt, StructAst, TypeRef, VariableAst } from './ast.js';

/** Which top-level thing an item is. */
export type ItemKind = 'function' | 'prototype' | 'struct' | 'union' | 'enum' | 'typedef' | 'variable' | 'macro-call' | 'other' | 'broken';

/** A top-level item. Its text is parsed only when somebody asks for its tree. */
export interface Item {
  readonly kind: ItemKind;
  /** Function, variable or typedef name; `struct tag` for structs; the macro's name for macro calls. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Where the body's `{` is, for functions, structs, enums and initialised variables; -1 without one. */
  readonly bodyStart: number;
  readonly isStatic: boolean;
  readonly isInline: boolean;
  /** True when the item lies in a branch of conditional code that is not taken (the empty twin). */
  readonly alternative: boolean;
  /** The kernel-doc comment right above, as a range of the file; undefined without one. */
  readonly doc: Span | undefined;
}

/** A `#define`. */
export interface MacroDef {
  readonly name: string;
  /** Undefined for object-like macros; `...` or `args...` as written for variadic ones. */
  readonly params: readonly string[] | undefined;
  /** The replacement text with line continuations replaced by spaces (same length as in the file). */
  readonly body: string;
  readonly bodyStart: number;
  readonly start: number;
  readonly end: number;
  readonly alternative: boolean;
}

/** An `#include`. */
export interface Include {
  readonly path: string;
  readonly isSystem: boolean;
  readonly start: number;
  readonly end: number;
  readonly alternative: boolean;
}

/** A comment that may carry meaning (suppressions, kernel-doc); every comment is listed. */
export interface Comment extends Span {
  readonly isDoc: boolean;
}

/** The outline of one file. */
export interface Outline {
  readonly items: readonly Item[];
  readonly macros: readonly MacroDef[];
  readonly includes: readonly Include[];
  readonly comments: readonly Comment[];
  /** Ranges of text in branches not taken. */
  readonly inactive: readonly Span[];
}

/** What decides conditional code. `undefined` for "not known here": the enabled branch counts. */
export interface Config {
  /** The value of a CONFIG_ symbol, from a `.config`; undefined when there is none. */
  isEnabled(symbol: string): boolean | undefined;
}

/** Hints for masking: macros known to the program, so that their use is masked by what they are. */
export interface DialectHints {
  /** What a function-like macro is when used as a statement head: a loop, a block, a plain statement; undefined when not known. */
  macroShape(name: string): 'loop' | 'block' | 'statement' | undefined;
}

/** Counts and times of parsing, for `stats`. */
export interface ParseStats {
  parses: number;
  parseMs: number;
  characters: number;
}

/** The parser of items: owns the parser's memory; every tree is lowered and freed before it returns. */
export interface ItemParser {
  /** Lowers a function; undefined when the text holds none. Offsets relative to `item.start`. */
  parseFunction(text: string, item: Item, hints: DialectHints): FunctionAst | undefined;
  /** Lowers a prototype: its body is empty. */
  parsePrototype(text: string, item: Item): FunctionAst | undefined;
  parseStruct(text: string, item: Item): StructAst | undefined;
  parseVariable(text: string, item: Item): VariableAst | undefined;
  /** Enumerators with their values where they can be counted. */
  parseEnum(text: string, item: Item): readonly { readonly name: string; readonly value: number | undefined }[];
  parseTypedef(text: string, item: Item): { readonly name: string; readonly type: TypeRef } | undefined;
  /** A macro's body as one expression, or as statements; offsets relative to the body. Undefined when it is neither. */
  parseMacroBody(body: string, hints: DialectHints): { readonly expr: Expr } | { readonly statements: readonly Stmt[] } | undefined;
  readonly stats: ParseStats;
}

export type { Expr, FunctionAst, Param, Span, Stmt, StructAst, TypeRef, VariableAst };
