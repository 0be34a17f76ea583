/**
 * The tree the analysis reads: a small C model lowered from the parser's tree, plain immutable data.
 * Offsets are half-open UTF-16 offsets relative to the start of the item (function, struct, macro body) that holds the node,
 * so that a cached item stays true when text before it moves.
 */

/** A half-open range of UTF-16 offsets, relative to the item's start. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A type as written: its base, pointer depth and array dimensions. `base` is `struct tag`, `union tag`, `enum tag`, a typedef's name or a builtin; `typeof` when only `of` is known. */
export interface TypeRef {
  readonly base: string;
  readonly pointers: number;
  /** Array dimensions, outermost first; undefined for a dimension that is not a number (`[]`, `[N]`). */
  readonly dims: readonly (number | undefined)[];
  /** True when the pointed-to (or plain) object is const. */
  readonly isConst: boolean;
  /** The pointer to function: its parameters are not kept. */
  readonly isFunction?: boolean;
  /** Operand of `typeof(expr)` when `base` is `typeof`. */
  readonly of?: Expr;
}

/** One designated or positional item of an initializer list; `.a.b[3] = v` has designator ['a','b','[]']. */
export interface InitItem extends Span {
  readonly designator: readonly string[];
  readonly value: Expr;
}

/** An expression. */
export type Expr = Span &
  (
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'member'; readonly object: Expr; readonly field: string; readonly arrow: boolean }
    | { readonly kind: 'index'; readonly object: Expr; readonly index: Expr }
    | { readonly kind: 'deref'; readonly operand: Expr }
    | { readonly kind: 'address'; readonly operand: Expr }
    | { readonly kind: 'unary'; readonly op: '!' | '-' | '~' | '+'; readonly operand: Expr }
    | { readonly kind: 'update'; readonly op: '++' | '--'; readonly prefix: boolean; readonly operand: Expr }
    | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
    | { readonly kind: 'assign'; readonly op: string; readonly left: Expr; readonly right: Expr }
    /** `yes` is undefined for GNU `a ?: b`. */
    | { readonly kind: 'conditional'; readonly test: Expr; readonly yes: Expr | undefined; readonly no: Expr }
    | { readonly kind: 'call'; readonly callee: Expr; readonly args: readonly Expr[] }
    | { readonly kind: 'cast'; readonly type: TypeRef; readonly operand: Expr }
    /** `(struct x){ … }`. */
    | { readonly kind: 'compound'; readonly type: TypeRef; readonly init: Expr }
    | { readonly kind: 'initializer'; readonly items: readonly InitItem[] }
    /** `sizeof`, `alignof`, `offsetof` and friends: never evaluated; operand kept when it is an expression. */
    | { readonly kind: 'sizeof'; readonly operand: Expr | undefined; readonly type: TypeRef | undefined }
    | { readonly kind: 'comma'; readonly items: readonly Expr[] }
    /** GNU statement expression `({ … })`; its value is its last expression statement. */
    | { readonly kind: 'statements'; readonly body: readonly Stmt[] }
    /** `container_of(pointer, type, member.path)` and its list/rb/hlist `*_entry` twins that take the node itself. */
    | { readonly kind: 'container'; readonly pointer: Expr; readonly type: TypeRef; readonly member: readonly string[] }
    /** A type used as an argument: `typeof(x)`, `struct T`. */
    | { readonly kind: 'type'; readonly type: TypeRef }
    /** Text that did not parse, or a form the model does not know: unknown value, unknown effects. */
    | { readonly kind: 'unknown' }
  );

/** A statement. */
export type Stmt = Span &
  (
    | { readonly kind: 'expr'; readonly expr: Expr }
    /** One declarator; a declaration of several is a list of these. `cleanup` names the `__free(name)` class. */
    | {
        readonly kind: 'decl';
        readonly name: string;
        readonly type: TypeRef;
        readonly init: Expr | undefined;
        readonly cleanup: string | undefined;
        readonly isStatic: boolean;
      }
    | { readonly kind: 'block'; readonly body: readonly Stmt[] }
    | { readonly kind: 'if'; readonly test: Expr; readonly then: Stmt; readonly otherwise: Stmt | undefined }
    | { readonly kind: 'while'; readonly test: Expr; readonly body: Stmt }
    | { readonly kind: 'do'; readonly test: Expr; readonly body: Stmt }
    | {
        readonly kind: 'for';
        /** Declarations or an expression statement. */
        readonly init: readonly Stmt[];
        readonly test: Expr | undefined;
        readonly update: Expr | undefined;
        readonly body: Stmt;
      }
    /** A loop macro: `list_for_each_entry(…) body`, `for_each_tile(…) body`, `drm_exec_until_all_locked(…) body`. */
    | { readonly kind: 'iterate'; readonly macro: string; readonly args: readonly Expr[]; readonly body: Stmt }
    /** A block macro that runs its body once or under a condition: `scoped_guard(…) body`, `xe_validation_guard(…) body`. */
    | { readonly kind: 'scoped'; readonly macro: string; readonly args: readonly Expr[]; readonly body: Stmt }
    /** `guard(class)(args);` or `CLASS(class, name)(args);`: held to the end of the scope. */
    | { readonly kind: 'guard'; readonly lockClass: string; readonly name: string | undefined; readonly args: readonly Expr[] }
    | { readonly kind: 'switch'; readonly value: Expr; readonly body: Stmt }
    /** `values` empty for `default:`; for GNU ranges the two ends. The statements that follow are siblings. */
    | { readonly kind: 'case'; readonly values: readonly Expr[]; readonly isRange: boolean; readonly isDefault: boolean }
    | { readonly kind: 'label'; readonly name: string }
    | { readonly kind: 'goto'; readonly label: string }
    | { readonly kind: 'return'; readonly value: Expr | undefined }
    | { readonly kind: 'break' }
    | { readonly kind: 'continue' }
    | { readonly kind: 'empty' }
    /** A statement that did not parse: the function is listed under `limits` and makes no claim that depends on it. */
    | { readonly kind: 'broken' }
  );

/** A parameter of a function. */
export interface Param extends Span {
  readonly name: string;
  readonly type: TypeRef;
}

/** A function's definition, lowered. */
export interface FunctionAst extends Span {
  readonly name: string;
  readonly returnType: TypeRef;
  readonly params: readonly Param[];
  readonly isVariadic: boolean;
  readonly isStatic: boolean;
  readonly isInline: boolean;
  /** Attribute-like words around the declarator: `__must_check`, `__must_hold(&x)`, `__acquires(x)` … as written, squeezed. */
  readonly attributes: readonly string[];
  readonly nameSpan: Span;
  readonly body: readonly Stmt[];
  readonly bodySpan: Span;
  /** Places that did not parse. */
  readonly errors: readonly Span[];
}

/** A member of a struct or union; anonymous struct/union members are flattened, `inUnion` tells those that overlap. */
export interface Member extends Span {
  readonly name: string;
  readonly type: TypeRef;
  readonly bits: number | undefined;
  readonly inUnion: boolean;
  /** For a member whose type is an unnamed struct/union with a declarator (`struct {…} flags;`): its own members. */
  readonly inner: readonly Member[] | undefined;
}

/** A struct or union definition, lowered. */
export interface StructAst extends Span {
  /** `struct tag` or `union tag`. */
  readonly tag: string;
  readonly members: readonly Member[];
}

/** A variable at file scope with its initializer. */
export interface VariableAst extends Span {
  readonly name: string;
  readonly type: TypeRef;
  readonly init: Expr | undefined;
  readonly isStatic: boolean;
  readonly isConst: boolean;
}
