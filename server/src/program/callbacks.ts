/**
 * Callback tables: functions that stand in members of structs. Found in initialisers of variables, in assignments to members, and in calls
 * that register a function. Where the member cannot be told, it is `''`: the function's address is taken, and nothing more is known.
 */
import { registrars } from '../contracts/tokens.js';
import type { Expr, TypeRef, VariableAst } from '../syntax/ast.js';
import type { Item } from '../syntax/source.js';
import type { FunctionLookup } from './functions.js';
import { NameKind } from './scan.js';
import { cached, type FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import { holderOf, innerHolder, typeOfIn } from './type-of.js';
import type { CallbackEntry } from './types.js';
import { walkStmt } from './walk.js';
import { wordOffsets } from './words.js';
import type { Workspace } from './workspace.js';

/** An entry without its file. */
type Entry = Omit<CallbackEntry, 'file'>;

/** Lookups of callbacks. */
export interface CallbackLookup {
  /** Entries of the file's tables and registrations whose value is a function. */
  inFile(record: FileRecord): readonly CallbackEntry[];
  /** Entries of the file in which this function stands. */
  ofFunction(name: string, record: FileRecord): readonly CallbackEntry[];
}

const registrarsByName = new Map(registrars.map((registrar) => [registrar.name, registrar]));

/** The function that a value names: `f`, `&f`, `(type)f`. */
const functionNames = (expr: Expr): readonly string[] => {
  switch (expr.kind) {
    case 'name':
      return [expr.name];
    case 'address':
    case 'cast':
      return functionNames(expr.operand);
    case 'conditional':
      return [...(expr.yes === undefined ? [] : functionNames(expr.yes)), ...functionNames(expr.no)];
    case 'call':
      // A macro that wraps the name: `PTR_IF(cond, f)`, `pm_sleep_ptr(f)`.
      return expr.args.flatMap(functionNames);
    default:
      return [];
  }
};

/** A name where a value stands. */
const loneName = /[={(),&?:]\s*[A-Za-z_]\w*\s*[,)}:]/;

const isBlank = (code: number): boolean => code === 32 || code === 9 || code === 10 || code === 13;

/** Makes the lookups. */
export const createCallbackLookup = (workspace: Workspace, structs: StructLookup, functions: FunctionLookup): CallbackLookup => {
  const { parser } = workspace;
  const variables = new Map<string, VariableAst | undefined>();

  const parseVariable = (record: FileRecord, item: Item): VariableAst | undefined => {
    const text = record.text.slice(item.start, item.end);
    if (!variables.has(text)) variables.set(text, parser.parseVariable(record.text, item));
    return variables.get(text);
  };
  const kept = workspace.epochMap<readonly Entry[]>();
  /** Entries of an item by its text: an edit elsewhere in the file keeps them. */
  const entriesOf = (
    record: FileRecord,
    item: Item,
    read: (record: FileRecord, item: Item) => readonly Entry[],
  ): readonly CallbackEntry[] => {
    const memo = kept();
    const key = `${record.path}|${record.text.slice(item.start, item.end)}`;
    let entries = memo.get(key);
    if (entries === undefined) {
      entries = read(record, item);
      memo.set(key, entries);
    }
    return entries.map((entry) => ({ ...entry, file: record }));
  };
  const readTable = (record: FileRecord, item: Item): readonly Entry[] => {
    // Tables of numbers, some of them megabytes, hold no names that stand alone.
    if (!loneName.test(record.text.slice(item.bodyStart, item.end))) return [];
    const variable = parseVariable(record, item);
    if (variable?.init === undefined) return [];
    const entries: Entry[] = [];
    const add = (structTag: string, member: string, value: Expr): void => {
      for (const functionName of functionNames(value)) entries.push({ table: variable.name, structTag, member, functionName });
    };
    const fill = (
      type: TypeRef | undefined,
      members: readonly { readonly name: string; readonly type: TypeRef }[] | undefined,
      value: Expr,
    ): void => {
      if (value.kind === 'compound') {
        fill(value.type, undefined, value.init);
        return;
      }
      if (value.kind !== 'initializer') return;
      if (type !== undefined && type.dims.length > 0) {
        const element = { ...type, dims: type.dims.slice(1) };
        for (const one of value.items) {
          const path = one.designator.filter((name) => name !== '[]');
          if (path.length > 0) {
            const held = holderOf(structs, record, element, path);
            if (held !== undefined) store(held.holder.tag, held.member.name, held.member.type, held.member.inner, one.value);
          } else if (one.value.kind === 'initializer' || one.value.kind === 'compound') fill(element, members, one.value);
          else add(element.base, '', one.value);
        }
        return;
      }
      const info = type === undefined ? undefined : structs.find(type.base, record);
      const list = members ?? info?.ast.members;
      const tag = info?.tag ?? type?.base ?? '';
      let next = 0;
      for (const one of value.items) {
        const path = one.designator.filter((name) => name !== '[]');
        if (path.length > 0) {
          const held = type === undefined ? undefined : holderOf(structs, record, type, path);
          next = (list?.findIndex((member) => member.name === path[0]) ?? -1) + 1;
          if (held !== undefined) store(held.holder.tag, held.member.name, held.member.type, held.member.inner, one.value);
          else store(path.length === 1 ? tag : '', path[path.length - 1] ?? '', undefined, undefined, one.value);
          continue;
        }
        const member = list?.[next++];
        if (member === undefined) add(tag, '', one.value);
        else store(tag, member.name, member.type, undefined, one.value);
      }
    };
    const store = (tag: string, member: string, type: TypeRef | undefined, inner: Parameters<typeof fill>[1], value: Expr): void => {
      if (value.kind === 'initializer') fill(type, inner, value);
      else if (value.kind === 'compound') fill(value.type, undefined, value.init);
      else add(tag, member, value);
    };
    if (variable.init.kind === 'initializer' || variable.init.kind === 'compound') fill(variable.type, undefined, variable.init);
    else add('', '', variable.init);
    return entries;
  };
  /** Entries that a function makes: `x->ops.member = f`, `INIT_WORK(&w, f)`, and any other call that is handed a function. */
  const readCode = (record: FileRecord, item: Item): readonly Entry[] => {
    const def = functions.at(record, item.start);
    const ast = def?.item === item ? def.ast() : undefined;
    if (ast === undefined) return [];
    const entries: Entry[] = [];
    const locals = new Set(ast.params.map((param) => param.name));
    for (const stmt of ast.body) {
      walkStmt(
        stmt,
        () => undefined,
        (one) => {
          if (one.kind === 'decl') locals.add(one.name);
        },
      );
    }
    const isHandedOver = (name: string): boolean => !locals.has(name) && isFunctionName(name, record);
    const typeOf = typeOfIn(ast, record, structs, functions);
    const add = (table: string, structTag: string, member: string, value: Expr): void => {
      for (const functionName of value.kind === 'call' ? [] : functionNames(value)) {
        if (isHandedOver(functionName)) entries.push({ table, structTag, member, functionName });
      }
    };
    const target = (left: Expr): { readonly table: string; readonly tag: string; readonly member: string } => {
      if (left.kind !== 'member') return { table: left.kind === 'name' ? left.name : ast.name, tag: '', member: '' };
      const type = typeOf(left.object);
      if (type !== undefined) {
        const info = structs.find(type.base, record);
        if (info?.member(left.field) !== undefined) return { table: ast.name, tag: info.tag, member: left.field };
      }
      if (left.object.kind === 'member') {
        const outerType = typeOf(left.object.object);
        const outer = outerType === undefined ? undefined : structs.find(outerType.base, record);
        const member = outer?.member(left.object.field);
        const held = outer === undefined || member === undefined ? undefined : innerHolder(structs, record, outer, member);
        if (held?.member(left.field) !== undefined) return { table: ast.name, tag: held.tag, member: left.field };
      }
      return { table: ast.name, tag: '', member: left.field };
    };
    for (const stmt of ast.body) {
      walkStmt(
        stmt,
        (expr) => {
          if (expr.kind === 'assign' && expr.op === '=') {
            if (expr.right.kind === 'call' || !functionNames(expr.right).some(isHandedOver)) return;
            const place = target(expr.left);
            add(place.table, place.tag, place.member, expr.right);
          } else if (expr.kind === 'call') {
            const callee = expr.callee.kind === 'name' ? expr.callee.name : '';
            const registrar = registrarsByName.get(callee);
            for (const [at, argument] of expr.args.entries()) {
              const isKnown = registrar?.argument === at;
              add(callee, isKnown ? registrar.structTag : '', isKnown ? registrar.member : '', argument);
            }
          } else if (expr.kind === 'compound' && expr.init.kind === 'initializer') {
            for (const one of expr.init.items) add(ast.name, expr.type.base, one.designator[one.designator.length - 1] ?? '', one.value);
          }
        },
        (one) => {
          if (one.kind !== 'decl' || one.init === undefined) return;
          if (one.init.kind === 'initializer') {
            for (const part of one.init.items) add(one.name, one.type.base, part.designator[part.designator.length - 1] ?? '', part.value);
          } else add(one.name, '', '', one.init);
        },
      );
    }
    return entries;
  };
  const isTable = (item: Item): boolean => item.kind === 'variable' && !item.alternative && item.bodyStart >= 0;
  const ownFunctions = (record: FileRecord): ReadonlySet<string> =>
    cached(
      record,
      'function-names',
      () => new Set(record.outline.items.filter((item) => item.kind === 'function' || item.kind === 'prototype').map((item) => item.name)),
    );
  const isFunctionName = (name: string, record: FileRecord): boolean => {
    if (ownFunctions(record).has(name)) return true;
    for (const header of workspace.visibleNear(name, NameKind.function | NameKind.prototype, record.path))
      if (ownFunctions(header).has(name)) return true;
    return false;
  };
  /** Names that stand where a value does, and not before a parenthesis: those of functions among them are handed over. */
  const valueNames = (record: FileRecord): ReadonlySet<string> =>
    cached(record, 'value-names', () => {
      const names = new Set<string>();
      for (const match of record.text.matchAll(/(?:[=(),?:&]|\breturn\s)\s*([A-Za-z_]\w*)\s*(?=[,);:}])/g))
        if (match[1] !== undefined) names.add(match[1]);
      return names;
    });
  /** Function items in which one of these offsets of a word holds it as a value, not as a callee. */
  const takersAt = (record: FileRecord, offsets: readonly number[], length: number, into: Set<Item>): void => {
    for (const at of offsets) {
      let after = at + length;
      while (isBlank(record.text.charCodeAt(after))) after++;
      const next = record.text.charCodeAt(after);
      if (next !== 44 && next !== 41 && next !== 59 && next !== 58 && next !== 125) continue;
      const def = functions.at(record, at);
      if (def !== undefined && !def.item.alternative && at > def.item.bodyStart) into.add(def.item);
    }
  };
  const inOrder = (items: ReadonlySet<Item>): readonly Item[] => [...items].sort((left, right) => left.start - right.start);
  const unique = (entries: readonly CallbackEntry[]): readonly CallbackEntry[] => {
    const seen = new Set<string>();
    return entries.filter((entry) => {
      const key = `${entry.table}|${entry.structTag}|${entry.member}|${entry.functionName}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  };
  const files = workspace.epochMap<{ readonly record: FileRecord; readonly entries: readonly CallbackEntry[] }>();
  const inFile = (record: FileRecord): readonly CallbackEntry[] => {
    const memo = files();
    const known = memo.get(record.path);
    if (known?.record === record) return known.entries;
    const isFunction = (name: string): boolean => isFunctionName(name, record);
    const tables = record.outline.items.filter(isTable).flatMap((item) => entriesOf(record, item, readTable));
    const takers = new Set<Item>();
    for (const name of valueNames(record)) {
      if (isFunction(name)) takersAt(record, wordOffsets(record.text, name, 0, record.text.length), name.length, takers);
    }
    const code = inOrder(takers).flatMap((item) => entriesOf(record, item, readCode));
    const entries = unique([...tables, ...code].filter((entry) => isFunction(entry.functionName)));
    memo.set(record.path, { record, entries });
    return entries;
  };
  const named = workspace.epochMap<{ readonly record: FileRecord; readonly entries: readonly CallbackEntry[] }>();
  const asked = new WeakMap<FileRecord, number>();
  const find = (name: string, record: FileRecord): readonly CallbackEntry[] => {
    // A file asked about many functions is its home: one look at all its values is cheaper than a search for each.
    const count = (asked.get(record) ?? 0) + 1;
    asked.set(record, count);
    if (count > 6 && !valueNames(record).has(name)) return [];
    const offsets = wordOffsets(record.text, name, 0, record.text.length);
    if (offsets.length === 0) return [];
    const tables = record.outline.items
      .filter((item) => isTable(item) && offsets.some((at) => at >= item.bodyStart && at < item.end))
      .flatMap((item) => entriesOf(record, item, readTable));
    const takers = new Set<Item>();
    takersAt(record, offsets, name.length, takers);
    const code = inOrder(takers).flatMap((item) => entriesOf(record, item, readCode));
    return unique([...tables, ...code].filter((entry) => entry.functionName === name));
  };
  return {
    inFile,
    ofFunction: (name, record) => {
      const memo = named();
      const key = `${record.path}|${name}`;
      const known = memo.get(key);
      if (known?.record === record) return known.entries;
      const entries = find(name, record);
      memo.set(key, { record, entries });
      return entries;
    },
  };
};
