/** The contract tables by name. */
import { deferredContracts } from './deferred.js';
import { dmaContracts, gemCallbacks } from './dma.js';
import { gpusvmCallbacks, gpusvmContracts, gpusvmIterators } from './gpusvm.js';
import { guardContracts, lockContracts, lockOrder } from './locks.js';
import { harmlessNames, memoryContracts } from './memory.js';
import { pagemapCallbacks, pagemapContracts } from './pagemap.js';
import { flagsLock, type GuardedMember, guardedMembers, singletonLocks, wholeWordMember } from './protected.js';
import type { CallbackContract, Contract, GuardContract, IteratorContract, LockContract, OwnerContract } from './schema.js';
import { steadyContracts } from './steady.js';

const plainTables = new Set<Contract>([...memoryContracts.filter((c) => !c.name.startsWith('mm')), ...lockContracts, ...deferredContracts]);

/** Everything the engine asks of the tables. */
export interface Contracts {
  of(name: string): Contract | undefined;
  isHarmless(name: string): boolean;
  iterator(name: string): IteratorContract | undefined;
  guard(name: string): GuardContract | undefined;
  callback(structTag: string, member: string): CallbackContract | undefined;
  /** Matches text that touches what is tracked beyond plain memory and locks. */
  readonly interesting: RegExp;
  /** Matches text that calls what changes the state of pages. */
  readonly pagesCalls: RegExp;
  /** Matches text that drops a lock. */
  readonly unlocks: RegExp;
  readonly all: readonly Contract[];
  readonly callbacks: readonly CallbackContract[];
  /** Members that are read or written under a lock only, by name of the lock's class. */
  readonly guarded: readonly GuardedMember[];
  /** Locks with this member name that are told apart by their struct; empty for most. */
  locksNamed(member: string): readonly LockContract[];
  /** True when there are such locks. */
  readonly hasOwnLocks: boolean;
  /** The part a lock class plays; the driver lock of a GPU SVM object is named in the driver's code, not here. */
  roleOf(lockClass: string): 'notifier' | 'driver' | undefined;
  /** Orders of lock classes, outermost first. */
  readonly orders: readonly (readonly string[])[];
  /** Structs of the driver that own something. */
  readonly owners: readonly OwnerContract[];
}

/** Additional tables of a tree, in the same terms. */
export interface ContractTables {
  readonly functions?: readonly Contract[];
  readonly iterators?: readonly IteratorContract[];
  readonly guards?: readonly GuardContract[];
  readonly callbacks?: readonly CallbackContract[];
  readonly harmless?: readonly string[];
  readonly locks?: readonly LockContract[];
  readonly orders?: readonly (readonly string[])[];
  readonly guarded?: readonly GuardedMember[];
  readonly owners?: readonly OwnerContract[];
}

/** Joins the built-in tables with those of a tree; later entries win. */
export function makeContracts(extra: ContractTables = {}): Contracts {
  const byName = new Map<string, Contract>();
  for (const contract of [
    ...memoryContracts,
    ...dmaContracts,
    ...lockContracts,
    ...deferredContracts,
    ...steadyContracts,
    ...pagemapContracts,
    ...gpusvmContracts,
    ...(extra.functions ?? []),
  ])
    byName.set(contract.name, contract);
  const iterators = new Map([...gpusvmIterators, ...(extra.iterators ?? [])].map((entry) => [entry.name, entry]));
  const guards = new Map([...guardContracts, ...(extra.guards ?? [])].map((entry) => [entry.name, entry]));
  const callbacks = [...gpusvmCallbacks, ...pagemapCallbacks, ...gemCallbacks, ...(extra.callbacks ?? [])];
  const byMember = new Map(callbacks.map((entry) => [`${entry.structTag}.${entry.member}`, entry]));
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const name of [...harmlessNames, ...(extra.harmless ?? [])]) {
    if (name.endsWith('*')) prefixes.push(name.slice(0, -1));
    else exact.add(name);
  }
  const tracked = [...byName.values()].filter((c) => c.harmless !== true && !plainTables.has(c)).map((c) => c.name);
  const guarded = [...guardedMembers, ...(extra.guarded ?? [])];
  const members = guarded.filter((g) => g.use === 'value').map((g) => g.member.split('.').at(-1));
  const locks = extra.locks ?? [];
  const interesting = new RegExp(
    `(?:->|\\.)(?:${members.join('|')})\\b|\\b(${[...tracked, ...singletonLocks, wholeWordMember, ...iterators.keys()].join('|')})\\b`,
  );
  const pagesCalls = new RegExp(
    `\\b(${[...byName.values()]
      .filter((c) => [...(c.ops ?? []), ...(c.ok ?? [])].some((op) => op.op === 'pages'))
      .map((c) => c.name)
      .join('|')})\\b`,
  );
  const memo = new Map<string, boolean>();
  return {
    of: (name) => byName.get(name),
    isHarmless(name) {
      let known = memo.get(name);
      if (known === undefined) {
        known = byName.get(name)?.harmless === true || exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
        memo.set(name, known);
      }
      return known;
    },
    iterator: (name) => iterators.get(name),
    guard: (name) => guards.get(name),
    callback: (structTag, member) => byMember.get(`${structTag}.${member}`),
    all: [...byName.values()],
    callbacks,
    guarded,
    locksNamed: (member) => locks.filter((one) => one.member.split('.').at(-1) === member),
    hasOwnLocks: locks.length > 0,
    roleOf: (lockClass) => (lockClass === flagsLock ? 'notifier' : locks.findLast((one) => one.name === lockClass)?.role),
    orders: [lockOrder, ...(extra.orders ?? [])],
    owners: extra.owners ?? [],
    interesting,
    unlocks: new RegExp(
      `\\b(?:${[...byName.values()]
        .filter((c) => c.ops?.some((op) => op.op === 'unlock'))
        .map((c) => c.name)
        .join('|')})\\s*\\(`,
    ),
    pagesCalls,
  };
}
