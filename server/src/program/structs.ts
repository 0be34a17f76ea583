/** Structs, unions, typedefs and enumerators by name, over the files that a file sees. */
import type { Member, StructAst, TypeRef } from '../syntax/ast.js';
import type { Item } from '../syntax/source.js';
import { farLevelsForTypes } from './functions.js';
import { NameKind } from './scan.js';
import { cached, type FileRecord } from './store.js';
import type { StructInfo } from './types.js';
import { wordOffsets } from './words.js';
import type { Workspace } from './workspace.js';

/** Lookups of types. */
export interface StructLookup {
  /** `struct tag`, `union tag`, or the name of a typedef. */
  find(tag: string, from: FileRecord): StructInfo | undefined;
  typedef(name: string, from: FileRecord): TypeRef | undefined;
  /** Value of an enumerator; `isKnown` without a value when it cannot be counted. */
  enumerator(name: string, from: FileRecord, farLevels?: number): { readonly value: number | undefined } | undefined;
  /** The definition of a tag in this file alone. */
  inFile(record: FileRecord, tag: string): StructInfo | undefined;
  /** Structs and unions that a file defines at its top level; those alone whose text holds the word, when one is given. */
  allIn(record: FileRecord, word?: string): readonly StructInfo[];
}

/** Offset after the brace that closes the one at `open`; comments and literals are passed over. -1 when it does not close. */
export const closeBrace = (text: string, open: number, limit: number): number => {
  let depth = 0;
  for (let at = open; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 123) depth++;
    else if (code === 125) {
      if (--depth === 0) return at + 1;
    } else if (code === 47 && text.charCodeAt(at + 1) === 42) {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) return -1;
      at = end + 1;
    } else if (code === 47 && text.charCodeAt(at + 1) === 47) {
      const end = text.indexOf('\n', at);
      if (end < 0) return -1;
      at = end;
    } else if (code === 34) {
      at++;
      while (at < limit && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
    }
  }
  return -1;
};

/** Types that are no structs and that every file uses: looking for them would read headers for nothing. Sources: C itself, include/linux/types.h. */
const plainTypes: ReadonlySet<string> = new Set([
  ...['void', 'char', 'short', 'int', 'long', 'float', 'double', 'signed', 'unsigned', 'bool', '_Bool', 'typeof', 'auto', '__auto_type'],
  ...['u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', '__u8', '__u16', '__u32', '__u64', '__s8', '__s16', '__s32', '__s64'],
  ...[
    '__le16',
    '__le32',
    '__le64',
    '__be16',
    '__be32',
    '__be64',
    'uint8_t',
    'uint16_t',
    'uint32_t',
    'uint64_t',
    'int8_t',
    'int16_t',
    'int32_t',
    'int64_t',
  ],
  ...[
    'size_t',
    'ssize_t',
    'loff_t',
    'pid_t',
    'gfp_t',
    'dma_addr_t',
    'phys_addr_t',
    'resource_size_t',
    'pgoff_t',
    'uintptr_t',
    'vm_fault_t',
    'ktime_t',
  ],
]);

/** True for `int`, `unsigned long`, `u64` and their like. */
const isPlainType = (base: string): boolean => plainTypes.has(base) || /^(?:unsigned|signed|long|short|enum)\b/.test(base);

const escapeWord = (word: string): string => word.replace(/[^\w]/g, '\\$&');

/** The aggregate `struct tag {…}` inside an item, as an item of its own. */
const nestedItem = (record: FileRecord, tag: string): Item | undefined => {
  const [keyword, name] = tag.split(' ');
  if (keyword === undefined || name === undefined) return undefined;
  const pattern = new RegExp(`\\b${escapeWord(keyword)}\\s+${escapeWord(name)}\\s*(?:__\\w+\\s*)?\\{`, 'g');
  for (const match of record.text.matchAll(pattern)) {
    const bodyStart = match.index + match[0].length - 1;
    if (record.outline.comments.some((comment) => comment.start <= match.index && match.index < comment.end)) continue;
    const end = closeBrace(record.text, bodyStart, record.text.length);
    if (end < 0) continue;
    const outer = record.outline.items.find((item) => item.start <= match.index && match.index < item.end);
    return {
      kind: keyword === 'union' ? 'union' : 'struct',
      name: tag,
      start: match.index,
      end,
      bodyStart,
      isStatic: false,
      isInline: false,
      alternative: outer?.alternative ?? false,
      doc: undefined,
    };
  }
  return undefined;
};

const isAggregate = (item: Item): boolean => item.kind === 'struct' || item.kind === 'union';

/** Makes the lookups. */
export const createStructLookup = (workspace: Workspace): StructLookup => {
  const { store, parser } = workspace;
  const trees = new Map<string, StructAst | undefined>();
  const typedefs = new Map<string, TypeRef | undefined>();
  const enums = new Map<string, readonly { readonly name: string; readonly value: number | undefined }[]>();

  const infoOf = (record: FileRecord, item: Item, tag: string): StructInfo | undefined =>
    cached(record, `struct ${item.start} ${tag}`, () => {
      const text = record.text.slice(item.start, item.end);
      const key = `${tag}#${text}`;
      if (!trees.has(key)) trees.set(key, parser.parseStruct(record.text, item));
      const ast = trees.get(key);
      if (ast === undefined) return undefined;
      const named = ast.tag === tag ? ast : { ...ast, tag };
      let members: Map<string, Member> | undefined;
      const info: StructInfo = {
        tag,
        ast: named,
        file: record,
        member: (name) => {
          members ??= new Map([...named.members].reverse().map((member) => [member.name, member]));
          return members.get(name);
        },
      };
      return info;
    });
  const aggregates = (record: FileRecord): ReadonlyMap<string, Item> =>
    cached(record, 'aggregates', () => {
      const made = new Map<string, Item>();
      for (const item of record.outline.items) {
        if (!isAggregate(item) || item.bodyStart < 0) continue;
        const there = made.get(item.name);
        if (there === undefined || (there.alternative && !item.alternative)) made.set(item.name, item);
      }
      return made;
    });
  const inFile = (record: FileRecord, tag: string): StructInfo | undefined => {
    const item =
      aggregates(record).get(tag) ??
      (((record.scan.names.get(tag.slice(tag.indexOf(' ') + 1)) ?? 0) & (NameKind.tag | NameKind.other)) === 0
        ? undefined
        : nestedItem(record, tag));
    return item === undefined ? undefined : infoOf(record, item, tag);
  };
  const isAlternative = (record: FileRecord, tag: string): boolean => aggregates(record).get(tag)?.alternative ?? false;

  const typedefItem = (record: FileRecord, name: string): Item | undefined => {
    const all = record.outline.items.filter((item) => item.kind === 'typedef' && item.name === name);
    return all.find((item) => !item.alternative) ?? all[0];
  };
  /** Walks the files that may know a name until one answers; an answer from a branch not taken waits for a better one. */
  const search = (
    name: string,
    kinds: number,
    from: FileRecord,
    look: (record: FileRecord) => 'found' | 'alternative' | undefined,
    levels = farLevelsForTypes,
  ): FileRecord | undefined => {
    const own = look(from);
    if (own === 'found') return from;
    let twin = own === undefined ? undefined : from;
    for (const record of workspace.visible(name, kinds, from.path, levels)) {
      const answer = look(record);
      if (answer === 'found') return record;
      if (answer === 'alternative') twin ??= record;
    }
    return twin;
  };
  const tagPlaces = workspace.epochMap<string | undefined>();
  const typedefPlaces = workspace.epochMap<string | undefined>();
  const enumPlaces = workspace.epochMap<string | undefined>();
  const place = (memo: Map<string, string | undefined>, key: string, make: () => FileRecord | undefined): FileRecord | undefined => {
    if (!memo.has(key)) memo.set(key, make()?.path);
    const path = memo.get(key);
    return path === undefined ? undefined : store.record(path);
  };
  const typedefRecord = (name: string, from: FileRecord): FileRecord | undefined =>
    place(typedefPlaces(), `${from.path}|${name}`, () =>
      search(name, NameKind.other, from, (record) => {
        const item = typedefItem(record, name);
        return item === undefined ? undefined : item.alternative ? 'alternative' : 'found';
      }),
    );
  const typedefAt = (name: string, from: FileRecord): TypeRef | undefined => {
    const record = typedefRecord(name, from);
    const item = record === undefined ? undefined : typedefItem(record, name);
    if (record === undefined || item === undefined) return undefined;
    const text = record.text.slice(item.start, item.end);
    if (!typedefs.has(text)) typedefs.set(text, parser.parseTypedef(record.text, item)?.type);
    return typedefs.get(text);
  };
  const byTypedef = (name: string, from: FileRecord, depth: number): StructInfo | undefined => {
    const record = typedefRecord(name, from);
    const item = record === undefined ? undefined : typedefItem(record, name);
    if (record === undefined || item === undefined || depth > 8) return undefined;
    if (item.bodyStart >= 0) {
      const keyword = /^typedef\s+(?:const\s+|volatile\s+)?(struct|union)\b/.exec(record.text.slice(item.start, item.bodyStart))?.[1];
      if (keyword === undefined) return undefined;
      const start = record.text.indexOf(keyword, item.start + 7);
      const end = closeBrace(record.text, item.bodyStart, item.end);
      if (start < 0 || end < 0) return undefined;
      return infoOf(record, { ...item, kind: keyword === 'union' ? 'union' : 'struct', start, end }, name);
    }
    const type = typedefAt(name, from);
    return type === undefined || type.base === name ? undefined : findAt(type.base, record, depth + 1);
  };
  const findAt = (tag: string, from: FileRecord, depth: number): StructInfo | undefined => {
    if (isPlainType(tag)) return undefined;
    const space = tag.indexOf(' ');
    if (space < 0) return byTypedef(tag, from, depth);
    const record = place(tagPlaces(), `${from.path}|${tag}`, () =>
      search(tag.slice(space + 1), NameKind.tag | NameKind.other, from, (one) => {
        if (inFile(one, tag) === undefined) return undefined;
        return isAlternative(one, tag) ? 'alternative' : 'found';
      }),
    );
    return record === undefined ? undefined : inFile(record, tag);
  };

  const enumItems = (record: FileRecord): readonly Item[] =>
    cached(record, 'enums', () => {
      const made: Item[] = [];
      for (const item of record.outline.items) {
        if (item.bodyStart < 0) continue;
        if (item.kind === 'enum') made.push(item);
        else if (item.kind === 'typedef' || isAggregate(item)) {
          // Typedefs of enums, and enums inside of structs.
          const text = record.text.slice(item.start, item.end);
          for (const match of text.matchAll(/\benum\b[\s\w]*\{/g)) {
            const start = item.start + match.index;
            const bodyStart = start + match[0].length - 1;
            const end = closeBrace(record.text, bodyStart, item.end);
            if (end > 0) made.push({ ...item, kind: 'enum', start, end, bodyStart });
          }
        }
      }
      return made;
    });
  const enumeratorIn = (
    record: FileRecord,
    name: string,
  ): { readonly value: number | undefined; readonly alternative: boolean } | undefined => {
    let twin: { readonly value: number | undefined; readonly alternative: boolean } | undefined;
    const offsets = wordOffsets(record.text, name, 0, record.text.length);
    for (const item of offsets.length === 0 ? [] : enumItems(record)) {
      if (!offsets.some((at) => at > item.bodyStart && at < item.end)) continue;
      const text = record.text.slice(item.start, item.end);
      let list = enums.get(text);
      if (list === undefined) {
        list = parser.parseEnum(record.text, item);
        enums.set(text, list);
      }
      const found = list.find((one) => one.name === name);
      if (found === undefined) continue;
      const made = { value: found.value, alternative: item.alternative };
      if (!item.alternative) return made;
      twin ??= made;
    }
    return twin;
  };
  return {
    find: (tag, from) => findAt(tag, from, 0),
    typedef: (name, from) => typedefAt(name, from),
    enumerator: (name, from, farLevels = farLevelsForTypes) => {
      const look = (one: FileRecord): 'found' | 'alternative' | undefined => {
        const found = enumeratorIn(one, name);
        return found === undefined ? undefined : found.alternative ? 'alternative' : 'found';
      };
      const key = `${from.path}|${farLevels}|${name}`;
      const record = place(enumPlaces(), key, () => search(name, NameKind.enumerator, from, look, farLevels));
      return record === undefined ? undefined : enumeratorIn(record, name);
    },
    inFile,
    allIn: (record, word) =>
      [...aggregates(record)]
        .filter(([, item]) => word === undefined || record.text.slice(item.bodyStart, item.end).includes(word))
        .map(([tag, item]) => infoOf(record, item, tag))
        .filter((info) => info !== undefined),
  };
};
