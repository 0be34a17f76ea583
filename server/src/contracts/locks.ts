/** Locks: how the kernel takes, drops and asserts them. Facts from `include/linux/{rwsem,mutex,spinlock,mmap_lock,lockdep,rcupdate,cleanup}.h`. */
import type { Contract, GuardContract, LockMode } from './schema.js';

const lock = (name: string, mode: LockMode, source: string, extra: Partial<Contract> = {}): Contract => ({
  name,
  words: `Takes the lock for ${mode}.`,
  source,
  result: 'void',
  ops: [{ op: 'lock', ref: '0', mode }],
  ...extra,
});
const unlock = (name: string, mode: LockMode | undefined, source: string): Contract => ({
  name,
  words: 'Drops the lock.',
  source,
  result: 'void',
  ops: [mode === undefined ? { op: 'unlock', ref: '0' } : { op: 'unlock', ref: '0', mode }],
});
const tryLock = (name: string, mode: LockMode, source: string): Contract => ({
  name,
  words: `Tries to take the lock for ${mode}; non-zero when it did.`,
  source,
  result: 'nonzero',
  ok: [{ op: 'lock', ref: '0', mode }],
  fail: [],
  mustCheck: true,
});
const interruptible = (name: string, mode: LockMode, source: string): Contract => ({
  name,
  words: `Takes the lock for ${mode}; 0 when it did, -EINTR when interrupted.`,
  source,
  result: 'errno',
  ok: [{ op: 'lock', ref: '0', mode }],
  fail: [],
  does: ['sleep'],
  mustCheck: true,
});
const RW = 'include/linux/rwsem.h';
const MU = 'include/linux/mutex.h';
const SP = 'include/linux/spinlock.h';
const MM = 'include/linux/mmap_lock.h';
const RESV = 'include/linux/dma-resv.h';
const GEM = 'drivers/gpu/drm/i915/gem/i915_gem_object.h';

const mmapLock = (name: string, op: 'lock' | 'unlock', mode: LockMode, words: string): Contract => ({
  name,
  words,
  source: `${MM}: ${name}`,
  result: 'void',
  ops: [op === 'lock' ? { op: 'lock', ref: '0.mmap_lock', mode } : { op: 'unlock', ref: '0.mmap_lock', mode }],
  ...(op === 'lock' ? { does: ['sleep', 'mmap-lock'] as const } : {}),
});

/** Lock functions. */
export const lockContracts: readonly Contract[] = [
  lock('down_read', 'read', RW, { does: ['sleep'] }),
  lock('down_write', 'write', RW, { does: ['sleep'] }),
  lock('down_read_nested', 'read', RW, { does: ['sleep'] }),
  lock('down_write_nested', 'write', RW, { does: ['sleep'] }),
  lock('down_write_nest_lock', 'write', RW, { does: ['sleep'] }),
  unlock('up_read', 'read', RW),
  unlock('up_write', 'write', RW),
  {
    name: 'downgrade_write',
    words: 'Turns the write lock into a read lock.',
    source: RW,
    result: 'void',
    ops: [{ op: 'downgrade', ref: '0' }],
  },
  tryLock('down_read_trylock', 'read', RW),
  tryLock('down_write_trylock', 'write', RW),
  interruptible('down_read_interruptible', 'read', RW),
  interruptible('down_read_killable', 'read', RW),
  interruptible('down_write_killable', 'write', RW),
  lock('mutex_lock', 'write', MU, { does: ['sleep'] }),
  lock('mutex_lock_nested', 'write', MU, { does: ['sleep'] }),
  lock('mutex_lock_nest_lock', 'write', MU, { does: ['sleep'] }),
  unlock('mutex_unlock', 'write', MU),
  tryLock('mutex_trylock', 'write', MU),
  interruptible('mutex_lock_interruptible', 'write', MU),
  interruptible('mutex_lock_killable', 'write', MU),
  ...[
    'spin_lock',
    'spin_lock_irq',
    'spin_lock_bh',
    'spin_lock_irqsave',
    'spin_lock_nested',
    'spin_lock_irqsave_nested',
    'spin_lock_bh_nested',
    'spin_lock_nest_lock',
    'raw_spin_lock',
    'raw_spin_lock_irqsave',
  ].map((name) => lock(name, 'write', SP)),
  ...['spin_unlock', 'spin_unlock_irq', 'spin_unlock_bh', 'spin_unlock_irqrestore', 'raw_spin_unlock', 'raw_spin_unlock_irqrestore'].map(
    (name) => unlock(name, 'write', SP),
  ),
  tryLock('spin_trylock', 'write', SP),
  ...['read_lock', 'read_lock_irq', 'read_lock_irqsave', 'read_lock_bh'].map((name) => lock(name, 'read', SP)),
  ...['read_unlock', 'read_unlock_irq', 'read_unlock_irqrestore', 'read_unlock_bh'].map((name) => unlock(name, 'read', SP)),
  ...['write_lock', 'write_lock_irq', 'write_lock_irqsave', 'write_lock_bh'].map((name) => lock(name, 'write', SP)),
  ...['write_unlock', 'write_unlock_irq', 'write_unlock_irqrestore', 'write_unlock_bh'].map((name) => unlock(name, 'write', SP)),
  mmapLock('mmap_read_lock', 'lock', 'read', 'Takes the mmap lock for read.'),
  mmapLock('mmap_read_unlock', 'unlock', 'read', 'Drops the mmap lock.'),
  mmapLock('mmap_write_lock', 'lock', 'write', 'Takes the mmap lock for write.'),
  mmapLock('mmap_write_unlock', 'unlock', 'write', 'Drops the mmap lock.'),
  {
    name: 'mmap_write_downgrade',
    words: 'Turns the mmap write lock into a read lock.',
    source: MM,
    result: 'void',
    ops: [{ op: 'downgrade', ref: '0.mmap_lock' }],
  },
  {
    name: 'mmap_read_trylock',
    words: 'Tries to take the mmap lock for read.',
    source: MM,
    result: 'nonzero',
    ok: [{ op: 'lock', ref: '0.mmap_lock', mode: 'read' }],
    fail: [],
    mustCheck: true,
  },
  {
    name: 'mmap_read_lock_killable',
    words: 'Takes the mmap lock for read; 0 when it did.',
    source: MM,
    result: 'errno',
    ok: [{ op: 'lock', ref: '0.mmap_lock', mode: 'read' }],
    fail: [],
    does: ['sleep', 'mmap-lock'],
    mustCheck: true,
  },
  {
    name: 'mmap_write_lock_killable',
    words: 'Takes the mmap lock for write; 0 when it did.',
    source: MM,
    result: 'errno',
    ok: [{ op: 'lock', ref: '0.mmap_lock', mode: 'write' }],
    fail: [],
    does: ['sleep', 'mmap-lock'],
    mustCheck: true,
  },
  {
    name: 'mmap_assert_locked',
    words: 'Warns when the mmap lock is not held.',
    source: MM,
    result: 'void',
    ops: [{ op: 'assert-held', ref: '0.mmap_lock' }],
  },
  {
    name: 'mmap_assert_write_locked',
    words: 'Warns when the mmap lock is not held for write.',
    source: MM,
    result: 'void',
    ops: [{ op: 'assert-held', ref: '0.mmap_lock', mode: 'write' }],
  },
  { ...interruptible('dma_resv_lock', 'write', RESV), surelyWhenNull: 1, mustCheck: false, does: ['sleep', 'resv-lock'] },
  { ...interruptible('dma_resv_lock_interruptible', 'write', RESV), does: ['sleep', 'resv-lock'] },
  tryLock('dma_resv_trylock', 'write', RESV),
  unlock('dma_resv_unlock', 'write', RESV),
  ...(['i915_gem_object_lock', 'i915_gem_object_lock_interruptible'] as const).map(
    (name): Contract => ({
      name,
      words: 'Locks the reservation of an object; with a context, the context releases it.',
      source: GEM,
      result: 'errno',
      ok: [{ op: 'lock', ref: '0.base.resv->', mode: 'write' }],
      fail: [],
      does: ['sleep', 'resv-lock'],
      ...(name === 'i915_gem_object_lock' ? { surelyWhenNull: 1 } : { underContext: 1 }),
    }),
  ),
  {
    name: 'i915_gem_object_unlock',
    words: 'Drops the reservation of an object.',
    source: GEM,
    result: 'void',
    ops: [{ op: 'unlock', ref: '0.base.resv->', mode: 'write' }],
  },
  {
    name: 'dma_resv_assert_held',
    words: 'Warns when the reservation is not locked.',
    source: RESV,
    result: 'void',
    ops: [{ op: 'assert-held', ref: '0' }],
  },
  {
    name: 'lockdep_assert_held',
    words: 'The caller holds the lock.',
    source: 'include/linux/lockdep.h',
    result: 'void',
    ops: [{ op: 'assert-held', ref: '0' }],
  },
  {
    name: 'lockdep_assert_held_write',
    words: 'The caller holds the lock for write.',
    source: 'include/linux/lockdep.h',
    result: 'void',
    ops: [{ op: 'assert-held', ref: '0', mode: 'write' }],
  },
  {
    name: 'lockdep_assert_held_read',
    words: 'The caller holds the lock for read.',
    source: 'include/linux/lockdep.h',
    result: 'void',
    ops: [{ op: 'assert-held', ref: '0', mode: 'read' }],
  },
  {
    name: 'lockdep_assert_not_held',
    words: 'The caller does not hold the lock.',
    source: 'include/linux/lockdep.h',
    result: 'void',
    ops: [{ op: 'assert-free', ref: '0' }],
  },
  { name: 'lockdep_assert_none_held_once', words: 'No lock is held.', source: 'include/linux/lockdep.h', result: 'void', harmless: true },
  {
    name: 'lockdep_is_held',
    words: 'Tells whether the lock is held.',
    source: 'include/linux/lockdep.h',
    result: 'bool',
    ok: [{ op: 'assert-held', ref: '0' }],
  },
  {
    name: 'lockdep_is_held_type',
    words: 'Tells whether the lock is held in a mode: 0 exclusive, 1 shared.',
    source: 'include/linux/lockdep.h: lockdep_is_held_type',
    result: 'bool',
    ok: [{ op: 'assert-held', ref: '0', modeBy: 1 }],
  },
  { name: 'might_lock', words: 'May take the lock.', source: 'include/linux/lockdep.h', result: 'void', harmless: true },
  { name: 'might_sleep', words: 'May sleep.', source: 'include/linux/kernel.h', result: 'void', does: ['sleep'] },
  ...['init_rwsem', 'mutex_init', 'spin_lock_init', '__mutex_init', 'rwlock_init'].map(
    (name): Contract => ({
      name,
      words: 'Initialises the lock of an object that nobody else can see yet.',
      source: 'include/linux',
      result: 'void',
      ops: [{ op: 'made', ref: '0' }],
    }),
  ),
];

/** Scope-bound locks. */
export const guardContracts: readonly GuardContract[] = [
  ...[
    'mutex',
    'spinlock',
    'spinlock_irq',
    'spinlock_irqsave',
    'spinlock_bh',
    'raw_spinlock',
    'raw_spinlock_irqsave',
    'rwsem_write',
    'write_lock',
    'write_lock_irqsave',
    'mutex_intr',
    'mutex_try',
    'rwsem_write_kill',
  ].map((name): GuardContract => ({ name, mode: 'write', source: 'include/linux/cleanup.h' })),
  ...['rwsem_read', 'read_lock', 'read_lock_irqsave', 'rwsem_read_intr'].map(
    (name): GuardContract => ({ name, mode: 'read', source: 'include/linux/cleanup.h' }),
  ),
];

/** Asserts of alternatives: the condition of one of them holds. */
export const assertMacros: readonly string[] = ['lockdep_assert'];
/** What such an assert asks for, when it asks for locks. */
export const assertContract: Contract = {
  name: 'lockdep_assert',
  words: 'Warns when none of the alternatives holds.',
  source: 'include/linux/lockdep.h: lockdep_assert',
  result: 'void',
  ops: [{ op: 'assert-held', ref: '0' }],
};

/** Types of locks that a declaration may name. Sources: include/linux/{mutex,rwsem,spinlock_types,rwlock_types,ww_mutex}.h. */
export const lockTypes: ReadonlySet<string> = new Set([
  'struct mutex',
  'struct rw_semaphore',
  'struct ww_mutex',
  'spinlock_t',
  'raw_spinlock_t',
  'rwlock_t',
]);
/** What the mmap lock stands in. */
export const mmTag = 'struct mm_struct';

/** Lock classes whose order is documented, outermost first: driver lock, mmap lock, reservation, notifier lock. */
export const lockOrder: readonly string[] = ['driver', 'mmap_lock', 'dma_resv', 'notifier_lock'];
