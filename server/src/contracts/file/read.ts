/** Reads a `gpusvm-contracts.json`: its text in, tables and problems out. What is wrong is left out and told; the rest counts. */
import type { ContractTables } from '../index.js';
import type { GuardedMember } from '../protected.js';
import type { CallbackContract, Contract, GuardContract, IteratorContract, LockContract, Op, OwnerContract, Ref } from '../schema.js';
import { type JsonNode, memberOf, type Problem, parseJson, plainOf } from './json.js';
import { contractFileSchema, type Schema } from './schema.js';
import { validate } from './validate.js';

/** A file's entries, the files that it includes, and what is wrong with it. */
export interface ContractFile {
  readonly tables: ContractTables;
  readonly include: readonly { readonly path: string; readonly start: number; readonly end: number }[];
  readonly problems: readonly Problem[];
}

/** Longer files are no tables that somebody wrote. UTF-16 units. */
const longest = 1_000_000;

/** Results that tell success from failure. */
const splitting: readonly unknown[] = ['errno', 'errptr', 'null', 'errptr-or-null', 'bool', 'nonzero', 'count'];

/** Locks that every tree knows, by the names that orders and guarded members use. */
const builtInLocks: readonly string[] = ['mmap_lock', 'dma_resv', 'notifier_lock'];

/** Reads a file. `path` is what its entries name as their source; `known` gives the contracts that the tool has. Never throws. */
export function readContractFile(text: string, path: string, known: (name: string) => Contract | undefined): ContractFile {
  if (text.length > longest)
    return { tables: {}, include: [], problems: [{ start: 0, end: 1, message: 'the file is too long for a table of contracts' }] };
  const parsed = parseJson(text);
  if (parsed.node === undefined) return { tables: {}, include: [], problems: [parsed.problem] };
  const { node } = parsed;
  const problems: Problem[] = [...validate(node, contractFileSchema)];
  const complain = (place: JsonNode, message: string): void => {
    problems.push({ start: place.start, end: place.end, message });
  };
  /** The entries of a list that fit the schema, each once. */
  const entries = <T>(key: string, idOf: (value: T) => string): readonly { readonly value: T; readonly node: JsonNode }[] => {
    const list = memberOf(node, key);
    const items: Schema = contractFileSchema.properties?.[key]?.items ?? {};
    if (list?.kind !== 'array') return [];
    const seen = new Set<string>();
    return list.items.flatMap((item) => {
      if (validate(item, items).length > 0) return [];
      const value = plainOf(item) as T;
      const id = idOf(value);
      if (seen.has(id)) {
        complain(item, `${key}: ${id} is described twice`);
        return [];
      }
      seen.add(id);
      return [{ value, node: item }];
    });
  };
  const named = <T extends { readonly name: string }>(key: string): readonly { readonly value: T; readonly node: JsonNode }[] =>
    entries<T>(key, (one) => one.name);
  const sourced = <T extends { readonly source?: string }>(value: T): T & { readonly source: string } => ({
    ...value,
    source: value.source ?? path,
  });

  const version = memberOf(node, 'version');
  if (version?.kind !== 'number' || version.value !== 1) return { tables: {}, include: [], problems: ordered(problems) };

  const functions = named<Contract>('functions').flatMap(({ value, node: at }) => {
    if ((value.ok !== undefined || value.fail !== undefined) && !splitting.includes(value.result)) {
      complain(at, `functions: ${value.name} has "ok" or "fail", and no "result" that tells them apart`);
      return [];
    }
    return [sourced(value)];
  });
  const own = new Map(functions.map((one) => [one.name, one]));
  const wrappers = named<Wrapper>('wrappers').flatMap(({ value, node: at }) => {
    const inner = own.get(value.of) ?? known(value.of);
    if (own.has(value.name)) complain(at, `wrappers: ${value.name} stands in "functions" too`);
    else if (inner === undefined)
      complain(memberOf(at, 'of') ?? at, `wrappers: ${value.of} is no function that the tool knows; describe ${value.name} in "functions"`);
    else {
      const made = wrap(value, inner, path);
      if (typeof made === 'string') complain(memberOf(at, 'arguments') ?? at, `wrappers: ${made}`);
      else return [made];
    }
    return [];
  });
  const locks = entries<Omit<LockContract, 'name'>>('locks', lockName).map(
    ({ value }): LockContract => ({ ...sourced(value), name: lockName(value) }),
  );
  const lockNames = new Set([...builtInLocks, ...locks.map((one) => one.name)]);
  const isDeclared = (name: string, place: JsonNode): boolean => {
    if (!lockNames.has(name)) complain(place, `${name} is not declared in "locks"`);
    return lockNames.has(name);
  };
  const orders = entries<readonly string[]>('orders', (order) => order.join(' → ')).flatMap(({ value, node: at }) => {
    const items = at.kind === 'array' ? at.items : [];
    const isKnown = items.map((item, index) => isDeclared(value[index] ?? '', item)).every(Boolean);
    if (isKnown && new Set(value).size < value.length) complain(at, 'orders: a lock stands in this order twice');
    return isKnown && new Set(value).size === value.length ? [value] : [];
  });
  const guarded = entries<Guarded>('guarded', (one) => `${one.struct}.${one.member}`).flatMap(({ value, node: at }): GuardedMember[] =>
    isDeclared(value.lock, memberOf(at, 'lock') ?? at)
      ? [
          {
            structTag: value.struct,
            member: value.member,
            lock: value.lock,
            use: 'value',
            words: value.words ?? '',
            source: value.source ?? path,
          },
        ]
      : [],
  );
  const tables: ContractTables = {
    functions: [...functions, ...wrappers],
    locks,
    orders,
    guarded,
    owners: entries<OwnerContract>('owners', (one) => one.struct).map(({ value }) => sourced(value)),
    iterators: named<IteratorContract>('iterators').map(({ value }) => sourced(value)),
    guards: named<GuardContract>('guards').map(({ value }) => sourced(value)),
    callbacks: entries<CallbackEntry>('callbacks', lockName).map(({ value }) => callback(sourced(value))),
    harmless: entries<string>('harmless', (name) => name).map(({ value }) => value),
  };
  const include = entries<string>('include', (one) => one).map(({ value, node: at }) => ({ path: value, start: at.start, end: at.end }));
  return { tables, include, problems: ordered(problems) };
}

interface Wrapper {
  readonly name: string;
  readonly of: string;
  readonly arguments: readonly Ref[];
  readonly words?: string;
  readonly source?: string;
}

interface Guarded {
  readonly struct: string;
  readonly member: string;
  readonly lock: string;
  readonly words?: string;
  readonly source?: string;
}

const lockName = (lock: { readonly struct: string; readonly member: string }): string => `${lock.struct}.${lock.member}`;

const ordered = (problems: readonly Problem[]): readonly Problem[] => [...problems].sort((a, b) => a.start - b.start || a.end - b.end);

type CallbackEntry = Omit<CallbackContract, 'structTag' | 'call'> & { readonly struct: string; readonly call?: Partial<Contract> };

/** A call through a table has no name of its own: the member's. */
function callback({ struct, call, ...value }: CallbackEntry): CallbackContract {
  const { words, source, member } = value;
  return { ...value, structTag: struct, ...(call === undefined ? {} : { call: { words, ...call, name: member, source } }) };
}

/** The contract of a wrapper: the inner one with its references put into the wrapper's arguments; why not, when they cannot be. */
function wrap(wrapper: Wrapper, inner: Contract, path: string): Contract | string {
  let trouble: string | undefined;
  const put = (ref: Ref): Ref => {
    const [, star = '', head = '', tail = ''] = /^(\*?)(ret|\d+)(.*)$/.exec(ref) ?? [];
    if (head === 'ret') return ref;
    const given = wrapper.arguments[Number(head)];
    if (given === undefined) trouble ??= `${inner.name} uses argument ${head}, and "arguments" has ${wrapper.arguments.length}`;
    else if (!given.startsWith('*')) return `${star}${given}${tail}`;
    // The value stored in a member is looked through by an arrow.
    else if (star === '' && tail.startsWith('.')) return `${given.slice(1)}->${tail.slice(1)}`;
    else trouble ??= `"${given}" cannot stand for argument ${head} of ${inner.name}: describe ${wrapper.name} in "functions"`;
    return ref;
  };
  const index = (at: number | undefined): number | undefined => {
    const given = at === undefined ? undefined : wrapper.arguments[at];
    return given !== undefined && /^\d+$/.test(given) ? Number(given) : undefined;
  };
  /** Every reference of an operation or a need is put; what else it holds stays. */
  const rewrite = <T extends object>(one: T): T =>
    Object.fromEntries(
      Object.entries(one).map(([key, value]: [string, unknown]) => [
        key,
        refKeys.has(key) && typeof value === 'string' ? put(value) : value,
      ]),
    ) as T;
  const ops = (list: readonly Op[] | undefined): readonly Op[] | undefined => list?.map(rewrite);
  const { returns, surelyWhenNull, gfp, lifecycle, ...rest } = inner;
  const positions = { returns: index(returns), surelyWhenNull: index(surelyWhenNull), gfp: index(gfp) };
  const made: Contract = {
    ...rest,
    ...Object.fromEntries(Object.entries(positions).filter(([, value]) => value !== undefined)),
    ...(lifecycle === undefined ? {} : { lifecycle }),
    name: wrapper.name,
    words: wrapper.words ?? inner.words,
    source: wrapper.source ?? path,
    ...(inner.needs === undefined ? {} : { needs: inner.needs.map(rewrite) }),
    ...Object.fromEntries((['ops', 'ok', 'fail'] as const).flatMap((key) => (inner[key] === undefined ? [] : [[key, ops(inner[key])]]))),
  };
  return trouble ?? made;
}

/** Properties of operations and needs that hold references. */
const refKeys: ReadonlySet<string> = new Set(['ref', 'handle', 'device', 'size', 'direction', 'flag', 'lock']);
