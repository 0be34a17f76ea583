/** A file of contracts in the editor: what is wrong with it, and what may stand at the cursor. */
import { readContractFile } from '../contracts/file/read.js';
import { contractFileSchema, type Schema } from '../contracts/file/schema.js';
import { branchNames } from '../contracts/file/validate.js';
import { makeContracts } from '../contracts/index.js';
import type { Span } from '../syntax/ast.js';

/** True for a path whose file holds contracts. */
export function isContractFile(path: string): boolean {
  return /(?:^|\/)[^/]*gpusvm-contracts\.json$/.test(path);
}

/** What is wrong with a file's text; `exists` tells whether a path of the tree can be read. */
export function contractProblems(
  text: string,
  path: string,
  exists: (path: string) => boolean,
): readonly (Span & { readonly message: string; readonly bySchema?: boolean })[] {
  const { problems, include } = readContractFile(text, path, makeContracts().of);
  const missing = include.flatMap((one) =>
    exists(one.path) ? [] : [{ start: one.start, end: one.end, message: `${one.path} cannot be read in this tree` }],
  );
  return [...problems, ...missing].sort((a, b) => a.start - b.start);
}

/** What may be written at a place: replaces the span. */
export interface ContractCompletion extends Span {
  readonly label: string;
  /** What is inserted, quotes included. */
  readonly text: string;
  readonly detail: string;
  readonly kind: 'property' | 'value';
}

interface Open {
  readonly kind: 'object' | 'array';
  /** Property of the object that is being written; index of the array's item. */
  key: string | undefined;
  readonly seen: Set<string>;
  /** String values by property, for choices that a property tells apart. */
  readonly told: Map<string, string>;
}

interface Cursor {
  readonly stack: readonly Open[];
  readonly isKey: boolean;
  /** The word or string under the cursor. */
  readonly start: number;
  readonly written: string;
}

/** The properties and values that fit at an offset of a file that may be half written. */
export function contractCompletions(text: string, offset: number): readonly ContractCompletion[] {
  const cursor = cursorAt(text, offset);
  if (cursor === undefined) return [];
  const tail = /^[\w.*-]*"?/.exec(text.slice(offset))?.[0] ?? '';
  // A quote that stands right behind the word closes it; one that opens the next string does not.
  const isQuoted = text[cursor.start] === '"';
  const end = offset + (isQuoted ? tail.length : tail.replace(/"$/, '').length);
  const schema = schemaAt(cursor.stack);
  const inner = cursor.stack.at(-1);
  if (schema === undefined || inner === undefined) return [];
  const span = { start: cursor.start, end };
  if (cursor.isKey) {
    const after = /^\s*:/.test(text.slice(end)) ? '' : ': ';
    return Object.entries(schema.properties ?? {})
      .filter(([key]) => !inner.seen.has(key))
      .map(([key, value]) => ({ ...span, label: key, text: `"${key}"${after}`, detail: value.description ?? '', kind: 'property' }));
  }
  const here = inner.kind === 'array' ? schema.items : inner.key === undefined ? undefined : schema.properties?.[inner.key];
  const values = valuesOf(here, cursor.written, inner.key);
  return values.map(({ label, detail, raw }) => ({ ...span, label, text: raw === true ? label : `"${label}"`, detail, kind: 'value' }));
}

function valuesOf(
  schema: Schema | undefined,
  written: string,
  key: string | undefined,
): readonly { readonly label: string; readonly detail: string; readonly raw?: boolean }[] {
  if (schema === undefined) return [];
  const detail = schema.description ?? '';
  if (schema.enum !== undefined) return schema.enum.map((label) => ({ label, detail }));
  if (schema.const !== undefined) return [{ label: String(schema.const), detail, raw: typeof schema.const === 'number' }];
  if (schema.type === 'boolean') return ['true', 'false'].map((label) => ({ label, detail, raw: true }));
  // Names of functions are many: offered when a few letters say which.
  if ((key === 'of' || key === 'releasedBy') && written.length >= 2)
    return makeContracts()
      .all.filter((one) => one.name.startsWith(written))
      .map((one) => ({ label: one.name, detail: one.words }));
  return [];
}

/** The schema of the innermost object or list. */
function schemaAt(stack: readonly Open[]): Schema | undefined {
  let schema: Schema | undefined = contractFileSchema;
  for (const [index, open] of stack.entries()) {
    const all: Schema | undefined = schema;
    if (all === undefined || (open.kind === 'array') !== (all.type === 'array')) return undefined;
    const by: string = all.discriminator ?? '';
    const here: Schema =
      all.oneOf === undefined
        ? all
        : (all.oneOf.find((one) => one.properties?.[by]?.const !== undefined && one.properties[by]?.const === open.told.get(by)) ?? {
            type: 'object',
            properties: { [by]: { type: 'string', enum: branchNames(all) } },
          });
    if (index === stack.length - 1) return here;
    schema = open.kind === 'array' ? here.items : here.properties?.[open.key ?? ''];
  }
  return schema;
}

/** Where an offset stands in a JSON text, read from its beginning; undefined before the first brace and inside of numbers. */
function cursorAt(text: string, offset: number): Cursor | undefined {
  const stack: Open[] = [];
  let at = 0;
  let afterColon = false;
  const value = (written: string): void => {
    const open = stack.at(-1);
    if (open?.kind === 'object' && open.key !== undefined) open.told.set(open.key, written);
  };
  while (at < offset) {
    const c = text[at] ?? '';
    if (c === '"') {
      const start = at;
      at++;
      while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
      const isOpen = at >= offset;
      const content = text.slice(start + 1, Math.min(at, offset));
      const open = stack.at(-1);
      const isKey = open?.kind === 'object' && !afterColon;
      if (isOpen) return open === undefined ? undefined : toldBehind({ stack, isKey, start, written: content }, text, at + 1);
      if (isKey) open.key = content;
      else value(content);
      if (isKey) open.seen.add(content);
      at++;
      continue;
    }
    if (c === '{' || c === '[') {
      stack.push({ kind: c === '{' ? 'object' : 'array', key: undefined, seen: new Set(), told: new Map() });
      afterColon = false;
    } else if (c === '}' || c === ']') {
      stack.pop();
      afterColon = false;
    } else if (c === ':') afterColon = true;
    else if (c === ',') afterColon = false;
    at++;
  }
  const word = /[\w.-]*$/.exec(text.slice(0, offset))?.[0] ?? '';
  const open = stack.at(-1);
  if (open === undefined || /^-?\d/.test(word)) return undefined;
  return toldBehind({ stack, isKey: open.kind === 'object' && !afterColon, start: offset - word.length, written: word }, text, offset);
}

/** Adds what stands behind the cursor in the same object: the property that tells the choice may follow, and what is written already is not offered. */
function toldBehind(cursor: Cursor, text: string, from: number): Cursor {
  const open = cursor.stack.at(-1);
  if (open?.kind !== 'object') return cursor;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const c = text[at] ?? '';
    if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') {
      if (depth === 0) break;
      depth--;
    } else if (c === '"' && depth === 0) {
      const member = /^"((?:[^"\\\n]|\\.)*)"(\s*:\s*(?:"((?:[^"\\\n]|\\.)*)")?)?/.exec(text.slice(at, at + 400));
      if (member === null) break;
      if (member[2] !== undefined) open.seen.add(member[1] ?? '');
      if (member[3] !== undefined) open.told.set(member[1] ?? '', member[3]);
      at += member[0].length - 1;
    }
  }
  return cursor;
}
