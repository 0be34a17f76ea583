/** Types of expressions inside a function, as far as declarations tell. */
import type { Expr, FunctionAst, Member, TypeRef } from '../syntax/ast.js';
import type { FunctionLookup } from './functions.js';
import type { FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import type { StructInfo } from './types.js';
import { walkStmt } from './walk.js';

/** The type of an expression, and the file that its names are seen from. */
export type TypeOf = (expr: Expr) => TypeRef | undefined;

/** The unnamed inner struct of a member has no tag: its members are handed along. */
export interface Holder {
  readonly tag: string;
  member(name: string): Member | undefined;
}

/** The struct that holds a member path below a tag, for `.a.b` in designators and `x->a.b`; the last name is the member itself. */
export const holderOf = (
  structs: StructLookup,
  from: FileRecord,
  type: TypeRef,
  path: readonly string[],
): { readonly holder: Holder; readonly member: Member } | undefined => {
  let holder: Holder | undefined = structs.find(type.base, from);
  let member: Member | undefined;
  for (const [at, name] of path.entries()) {
    if (name === '[]') continue;
    const found: Member | undefined = holder?.member(name);
    if (holder === undefined || found === undefined) return undefined;
    member = found;
    if (at === path.length - 1) return { holder, member };
    holder = innerHolder(structs, from, holder, found);
  }
  return holder !== undefined && member !== undefined ? { holder, member } : undefined;
};

/** What a member's type holds. */
export const innerHolder = (structs: StructLookup, from: FileRecord, holder: Holder, member: Member): Holder | undefined => {
  const { inner } = member;
  if (inner === undefined) {
    const file = (holder as Partial<StructInfo>).file as FileRecord | undefined;
    return structs.find(member.type.base, from) ?? (file === undefined ? undefined : structs.find(member.type.base, file));
  }
  return { tag: `${holder.tag}.${member.name}`, member: (name) => inner.find((one) => one.name === name) };
};

/** Types of a function's expressions; every variable of a name is taken to be the first declared so. */
export const typeOfIn = (fn: FunctionAst, from: FileRecord, structs: StructLookup, functions: FunctionLookup): TypeOf => {
  const variables = new Map<string, TypeRef>();
  for (const param of fn.params) variables.set(param.name, param.type);
  for (const stmt of fn.body) {
    walkStmt(
      stmt,
      () => undefined,
      (one) => {
        if (one.kind === 'decl' && !variables.has(one.name)) variables.set(one.name, one.type);
      },
    );
  }
  const holder = (expr: Expr, depth: number): Holder | undefined => {
    if (expr.kind === 'member') {
      const outer = holder(expr.object, depth + 1);
      const member = outer?.member(expr.field);
      return outer === undefined || member === undefined ? undefined : innerHolder(structs, from, outer, member);
    }
    const type = typeOf(expr, depth + 1);
    return type === undefined ? undefined : structs.find(type.base, from);
  };
  const typeOf = (expr: Expr, depth: number): TypeRef | undefined => {
    if (depth > 40) return undefined;
    switch (expr.kind) {
      case 'name': {
        const type = variables.get(expr.name);
        if (type?.base === 'typeof' && type.of !== undefined) return typeOf(type.of, depth + 1);
        return type;
      }
      case 'member':
        return holder(expr.object, depth + 1)?.member(expr.field)?.type;
      case 'deref':
      case 'index': {
        const type = typeOf(expr.kind === 'deref' ? expr.operand : expr.object, depth + 1);
        if (type === undefined) return undefined;
        return type.dims.length > 0 ? { ...type, dims: type.dims.slice(1) } : { ...type, pointers: Math.max(0, type.pointers - 1) };
      }
      case 'address': {
        const type = typeOf(expr.operand, depth + 1);
        return type === undefined ? undefined : { ...type, pointers: type.pointers + 1 };
      }
      case 'cast':
      case 'compound':
        return expr.type;
      case 'container':
        return { ...expr.type, pointers: expr.type.pointers + 1 };
      case 'assign':
        return typeOf(expr.left, depth + 1);
      case 'conditional':
        return typeOf(expr.yes ?? expr.no, depth + 1) ?? typeOf(expr.no, depth + 1);
      case 'call':
        return expr.callee.kind === 'name' ? functions.signature(expr.callee.name, from)?.returnType : undefined;
      default:
        return undefined;
    }
  };
  return (expr) => typeOf(expr, 0);
};
