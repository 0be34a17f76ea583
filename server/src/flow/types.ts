/** Static types of expressions, as far as declarations in sight tell. */
import type { Program, ProgramFile, StructInfo } from '../program/types.js';
import type { Expr, Member, TypeRef } from '../syntax/ast.js';

/** What types are asked in: a function's locals and the file it stands in. */
export interface TypeScope {
  readonly program: Program;
  readonly file: ProgramFile;
  local(name: string): TypeRef | undefined;
  /** Members found so far, by expression; where a scope outlives one question. */
  readonly known?: Map<Expr, MemberAccess | undefined>;
}

/** A member reached by an expression: the struct that declares it, and the member. */
export interface MemberAccess {
  readonly struct: StructInfo | undefined;
  readonly structTag: string;
  readonly member: Member;
}

const plain = (base: string, pointers = 0): TypeRef => ({ base, pointers, dims: [], isConst: false });

/** The struct an object or pointer type names, typedefs resolved. */
export function structOf(type: TypeRef | undefined, scope: TypeScope): StructInfo | undefined {
  if (type === undefined) return undefined;
  if (type.base === 'typeof' && type.of !== undefined) return structOf(typeOf(type.of, scope), scope);
  return scope.program.findStruct(type.base, scope.file);
}

/** The type of an expression; undefined when not known. */
export function typeOf(e: Expr, scope: TypeScope): TypeRef | undefined {
  switch (e.kind) {
    case 'name': {
      const type = scope.local(e.name);
      return type?.base === 'typeof' && type.of !== undefined ? adjust(typeOf(type.of, scope), type) : type;
    }
    case 'member':
      return memberOf(e, scope)?.member.type;
    case 'index':
    case 'deref': {
      const inner = typeOf(e.kind === 'index' ? e.object : e.operand, scope);
      if (inner === undefined) return undefined;
      return inner.dims.length > 0 ? { ...inner, dims: inner.dims.slice(1) } : { ...inner, pointers: Math.max(0, inner.pointers - 1) };
    }
    case 'address': {
      const inner = typeOf(e.operand, scope);
      return inner === undefined ? undefined : { ...inner, pointers: inner.pointers + 1 };
    }
    case 'cast':
      return e.type;
    case 'compound':
      return e.type;
    case 'container': {
      const base = e.type.base === 'typeof' && e.type.of !== undefined ? typeOf(e.type.of, scope) : e.type;
      return base === undefined ? undefined : { ...base, pointers: 1, dims: [] };
    }
    case 'assign':
      return typeOf(e.left, scope);
    case 'conditional':
      return typeOf(e.yes ?? e.test, scope) ?? typeOf(e.no, scope);
    case 'comma': {
      const last = e.items.at(-1);
      return last === undefined ? undefined : typeOf(last, scope);
    }
    case 'update':
      return typeOf(e.operand, scope);
    case 'number':
      return plain('int');
    case 'call': {
      if (e.callee.kind !== 'name') return undefined;
      const signature = scope.program.findSignature(e.callee.name, scope.file);
      if (signature !== undefined) return signature.returnType;
      const macro = scope.program.findMacro(e.callee.name, scope.file);
      const body = macro?.body();
      if (macro === undefined || body === undefined || !('expr' in body)) return undefined;
      const { params } = macro.def;
      const args = e.args;
      return typeOf(body.expr, {
        program: scope.program,
        file: macro.file,
        local: (name) => {
          const at = params?.indexOf(name) ?? -1;
          const arg = at >= 0 ? args[at] : undefined;
          return arg === undefined ? undefined : typeOf(arg, scope);
        },
      });
    }
    default:
      return undefined;
  }
}

function adjust(inner: TypeRef | undefined, by: TypeRef): TypeRef | undefined {
  return inner === undefined ? undefined : { ...inner, pointers: inner.pointers + by.pointers, dims: by.dims };
}

/** The member an access names, with the struct that declares it. Flattened members of unnamed structs belong to the outer one. */
export function memberOf(e: Expr & { readonly kind: 'member' }, scope: TypeScope): MemberAccess | undefined {
  const { known } = scope;
  const before = known?.get(e);
  if (before !== undefined || known?.has(e)) return before;
  const found = findMember(e, scope);
  known?.set(e, found);
  return found;
}

function findMember(e: Expr & { readonly kind: 'member' }, scope: TypeScope): MemberAccess | undefined {
  if (e.object.kind === 'member') {
    const outer = memberOf(e.object, scope);
    const inner = outer?.member.inner?.find((m) => m.name === e.field);
    if (outer !== undefined && inner !== undefined)
      return { struct: outer.struct, structTag: `${outer.structTag}.${outer.member.name}`, member: inner };
  }
  const struct = structOf(typeOf(e.object, scope), scope);
  const member = struct?.member(e.field);
  return struct === undefined || member === undefined ? undefined : { struct, structTag: struct.tag, member };
}
