/**
 * The terms of `gpusvm-contracts.json`: one JSON Schema that makes the checked-in file, the validator, completion and the types' words.
 * It says in JSON what `contracts/schema.ts` says in TypeScript.
 */

/** The part of JSON Schema (draft 7) that the file's terms need. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: string | number;
  readonly pattern?: string;
  /** What a text that misses the pattern should have been, in words. Not JSON Schema: left out of the file. */
  readonly patternWords?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Told apart by the property `discriminator`. */
  readonly oneOf?: readonly Schema[];
  readonly discriminator?: string;
  readonly default?: unknown;
}

const text = (description: string): Schema => ({ type: 'string', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const choice = (description: string, values: readonly string[]): Schema => ({ type: 'string', description, enum: values });
const identifier = (description: string): Schema => ({
  type: 'string',
  description,
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  patternWords: 'the name of a function or macro',
});
const member = (description: string): Schema => ({
  type: 'string',
  description,
  pattern: '^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$',
  patternWords: 'a member, `lock` or `state.lock`',
});
const tag = (description: string): Schema => ({
  type: 'string',
  description,
  pattern: '^(struct|union) [A-Za-z_][A-Za-z0-9_]*$',
  patternWords: 'a tag, `struct name`',
});
const argument = (description: string): Schema => ({ type: 'integer', description, minimum: 0, maximum: 15 });
const list = (description: string, items: Schema, extra: Partial<Schema> = {}): Schema => ({ type: 'array', description, items, ...extra });
const object = (description: string, properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema => ({
  type: 'object',
  description,
  properties,
  required,
  additionalProperties: false,
});

/** What a reference looks like: `0`, `0.lock`, `0.svms->lock`, `*0`, `ret`. */
export const refPattern = '^\\*?(ret|[0-9]|1[0-5])((\\.|->)[A-Za-z_][A-Za-z0-9_]*)*$';
const ref = (description: string): Schema => ({
  type: 'string',
  description: `${description} \`0\` is what the first argument points to, \`0.lock\` a member of it, \`0.svms->lock\` a member behind a pointer in it, \`*0\` the value stored there, \`ret\` the result.`,
  pattern: refPattern,
  patternWords: 'a reference: `0`, `0.lock`, `0.svms->lock`, `*0` or `ret`',
});
const lockName = (description: string): Schema => ({
  type: 'string',
  description: `${description} \`struct name.member\` for a lock of "locks", or \`mmap_lock\`, \`dma_resv\`, \`notifier_lock\`.`,
  pattern: '^((struct|union) [A-Za-z_][A-Za-z0-9_]*\\.[A-Za-z_][A-Za-z0-9_.]*|mmap_lock|dma_resv|notifier_lock)$',
  patternWords: 'a lock: `struct name.member`, `mmap_lock`, `dma_resv` or `notifier_lock`',
});

const mode = choice('How the lock is held. A mutex or spinlock is held for write.', ['read', 'write']);
const families = ['range', 'pagemap', 'memory', 'mm', 'dma', 'fence', 'device', 'object'];
const family = choice('What is counted or owned.', families);
const result = choice(
  'What the result means: `errno` 0 or a negative errno; `errptr` a pointer or an error pointer, never NULL; `null` a pointer or NULL; `nonzero` non-zero on success; `valid` never NULL and never an error; `count` zero or positive.',
  ['errno', 'errptr', 'null', 'errptr-or-null', 'bool', 'nonzero', 'valid', 'count', 'value', 'void'],
);
const words = text('In kernel terms what it needs and does: shown in hovers.');
const source = text('File and function, or document, that says so.');

const op = (name: string, description: string, properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema =>
  object(description, { op: { const: name, description }, ...properties }, ['op', ...required]);
const ops: Schema = {
  discriminator: 'op',
  oneOf: [
    op('lock', 'Takes a lock.', { ref: ref('The lock.'), mode }, ['ref', 'mode']),
    op('unlock', 'Drops a lock.', { ref: ref('The lock.'), mode }, ['ref']),
    op('downgrade', 'Turns a write lock into a read lock.', { ref: ref('The lock.') }, ['ref']),
    op('assert-held', 'The caller holds the lock, or the kernel warns.', { ref: ref('The lock.'), mode }, ['ref']),
    op('assert-free', 'The caller does not hold the lock.', { ref: ref('The lock.') }, ['ref']),
    op(
      'pages',
      'Pages change their state.',
      {
        ref: ref('The pages.'),
        to: choice('Their state afterwards.', ['initialised', 'mapped', 'unmapped', 'freed']),
        proven: flag('What is told holds until the notifier lock is dropped.'),
      },
      ['ref', 'to'],
    ),
    op(
      'range',
      'A range leaves the tree, is marked unmapped, or none is left.',
      {
        ref: ref('The range, notifier or address space.'),
        to: choice('What becomes of it.', ['removed', 'marked', 'none-left']),
      },
      ['ref', 'to'],
    ),
    op(
      'acquire',
      'A reference, or memory, becomes the caller’s.',
      {
        ref: ref('What is acquired.'),
        family,
        releasedBy: identifier('The function that releases it.'),
        zeroed: flag('The memory is zero.'),
        array: flag('It is an array.'),
      },
      ['ref', 'family'],
    ),
    op('release', 'A reference or memory is given back.', { ref: ref('What is released.'), family }, ['ref', 'family']),
    op('keep', 'The function keeps the pointer: ownership or a lasting link is handed over.', { ref: ref('What is kept.') }, ['ref']),
    op('publish', 'Others can see the object from here on.', { ref: ref('What is published.') }, ['ref']),
    op('made', 'The object is being made: nobody else can see it yet.', { ref: ref('What is made.') }, ['ref']),
    op('shared', 'Others can see the object already.', { ref: ref('The object.') }, ['ref']),
    op(
      'dma-map',
      'A DMA mapping is made.',
      {
        handle: ref('The address or table that holds the mapping.'),
        device: ref('The device.'),
        size: ref('The size.'),
        direction: ref('The direction.'),
        checkedBy: choice('How a failure is told.', ['dma-check', 'errno', 'zero']),
      },
      ['handle', 'checkedBy'],
    ),
    op('dma-check', 'A DMA address is checked.', { handle: ref('The address.') }, ['handle']),
    op(
      'dma-unmap',
      'A DMA mapping is dropped.',
      { handle: ref('The address or table.'), device: ref('The device.'), size: ref('The size.'), direction: ref('The direction.') },
      ['handle'],
    ),
    op('zero', 'Memory becomes zero.', { ref: ref('The memory.') }, ['ref']),
    op('evict', 'The driver was told to evict.', { ref: ref('What is evicted.') }, ['ref']),
    op('stop', 'The function does not return.', {}, []),
  ],
};
const need = (name: string, description: string, properties: Readonly<Record<string, Schema>>, required: readonly string[]): Schema =>
  object(description, { need: { const: name, description }, ...properties }, ['need', ...required]);
const needs: Schema = {
  discriminator: 'need',
  oneOf: [
    need('held', 'The lock is held.', { ref: ref('The lock.'), mode }, ['ref']),
    need('free', 'The lock is not held.', { ref: ref('The lock.') }, ['ref']),
    need('driver-lock', 'The driver’s lock of a GPU SVM object is held.', { ref: ref('The GPU SVM object.') }, ['ref']),
    need('initialised', 'The pages are initialised.', { ref: ref('The pages.') }, ['ref']),
    need('unmapped', 'The pages of the range are not mapped.', { ref: ref('The range.') }, ['ref']),
    need('all-unmapped', 'No range has mapped pages.', { ref: ref('The address space.') }, ['ref']),
    need('alive', 'The object has not been released.', { ref: ref('The object.') }, ['ref']),
    need('context', 'A flag is set exactly where the lock is held for write.', { flag: ref('The flag.'), lock: ref('The lock.') }, [
      'flag',
      'lock',
    ]),
  ],
};
const contractProperties: Readonly<Record<string, Schema>> = {
  name: identifier('The function or function-like macro.'),
  words,
  source,
  result,
  needs: list('What must be true when it is called.', needs),
  ops: list('Done on every return.', ops),
  ok: list('Done on success only.', ops),
  fail: list('Done on failure only; an empty list says: nothing.', ops),
  does: list(
    'What may happen inside that some contexts forbid.',
    choice('', ['sleep', 'alloc', 'mmap-lock', 'driver-lock', 'resv-lock', 'fault', 'remove']),
  ),
  mustCheck: flag('The result must be looked at.'),
  harmless: flag('Changes nothing that is tracked.'),
  returns: argument('The result is this argument.'),
  pure: flag('Equal calls give equal results.'),
  surelyWhenNull: argument('An argument that makes failure impossible when it is NULL.'),
  gfp: argument('A GFP argument: the allocation sleeps unless it says otherwise.'),
};

/** The schema of the file. */
export const contractFileSchema: Schema = object(
  'What the functions, locks, owners and callbacks of a driver need and do, for GPU SVM Review.',
  {
    $schema: text('The schema of this file, for editors.'),
    version: { type: 'integer', const: 1, description: 'Version of these terms.' },
    include: list(
      'Files of the same kind, relative to the tree, whose entries count as if they stood here. Their names end in `gpusvm-contracts.json`.',
      {
        type: 'string',
        pattern: '^(?!/)(?!.*(^|/)\\.\\.(/|$))(?!.*\\\\)(.*/)?[^/]*gpusvm-contracts\\.json$',
        patternWords: 'a path inside the tree that ends in gpusvm-contracts.json',
      },
    ),
    functions: list(
      'Functions and function-like macros. An entry replaces what the tool knows of the name.',
      object('What one function needs and does.', contractProperties, ['name', 'words']),
    ),
    wrappers: list(
      'Functions that do to things of their arguments what a known function does to its own.',
      object(
        'A wrapper.',
        {
          name: identifier('The wrapper.'),
          of: identifier('The function that it wraps: one that the tool knows, or one of "functions".'),
          arguments: list('What the wrapped function is given, in references to the wrapper’s arguments.', ref('An argument.')),
          words,
          source,
        },
        ['name', 'of', 'arguments'],
      ),
    ),
    locks: list(
      'Locks that guard ranges and pages. A lock named here is told apart from others of the same member name.',
      object(
        'A lock.',
        {
          struct: tag('The struct that holds it.'),
          member: member('The member.'),
          role: choice(
            '`notifier`: held where validity and addresses are read, and taken by invalidations. `driver`: serialises insertion and removal of ranges.',
            ['notifier', 'driver'],
          ),
          words,
          source,
        },
        ['struct', 'member'],
      ),
    ),
    orders: list('Orders of locks, outermost first.', list('An order.', lockName('A lock.'), { minItems: 2 })),
    guarded: list(
      'Members that are read or written under a lock only.',
      object(
        'A guarded member.',
        { struct: tag('The struct.'), member: member('The member.'), lock: lockName('The lock that guards it.'), words, source },
        ['struct', 'member', 'lock'],
      ),
    ),
    owners: list(
      'Structs that own pages, mappings or ranges: files that name them are looked at.',
      object(
        'An owner.',
        {
          struct: tag('The struct.'),
          owns: text('What it owns, in words: shown in hovers and lenses.'),
          releasedBy: identifier('The function that releases it.'),
          source,
        },
        ['struct', 'owns'],
      ),
    ),
    iterators: list(
      'Loop macros.',
      object(
        'A loop macro.',
        {
          name: identifier('The macro.'),
          elements: list('Arguments that are given a fresh element each round.', argument(''), { minItems: 1 }),
          walks: choice('What is walked.', ['ranges', 'notifiers', 'list']),
          container: argument('The argument that holds what is walked.'),
          safe: flag('The body may remove the element.'),
          bounds: list('The arguments that bound the walk: start and end.', argument(''), { minItems: 2, maxItems: 2 }),
          source,
        },
        ['name', 'elements', 'walks', 'container', 'safe'],
      ),
    ),
    guards: list(
      'Scope-bound locks: `guard(name)(lock)`, `scoped_guard(name, lock)`.',
      object('A guard.', { name: identifier('Its class.'), mode, source }, ['name', 'mode']),
    ),
    callbacks: list(
      'What functions in callback tables may rely on.',
      object(
        'A member of a table.',
        {
          struct: tag('The table’s struct.'),
          member: member('The member.'),
          words,
          source,
          subject: {
            ...tag('What the callback’s first parameter points to; `void` for anything.'),
            pattern: '^((struct|union) [A-Za-z_][A-Za-z0-9_]*|void)$',
          },
          held: list('Locks held on entry.', object('A lock.', { ref: ref('The lock, from a parameter.'), mode }, ['ref', 'mode'])),
          outside: flag('Called from outside the driver: no lock of the notifier’s kind is held.'),
          role: choice('Its part in a lifecycle.', [
            'invalidate',
            'range-free',
            'range-alloc',
            'notifier-invalidate',
            'pages-get',
            'pages-put',
            'bind',
            'unbind',
            'entry',
          ]),
          result,
          call: object('What a call through the table does.', contractProperties, []),
        },
        ['struct', 'member', 'words'],
      ),
    ),
    harmless: list('Functions that change nothing that is tracked: logging, statistics, queries. A name may end in `*`.', {
      type: 'string',
      pattern: '^[A-Za-z_][A-Za-z0-9_]{2,}\\*?$',
      patternWords: 'a name of three letters or more, perhaps with `*` at its end',
    }),
  },
  ['version'],
);

/** The schema as a file: JSON Schema, draft 7. */
export function schemaFile(): string {
  const clean = (schema: Schema): Readonly<Record<string, unknown>> => {
    const { discriminator: _d, patternWords: _p, properties, items, oneOf, ...rest } = schema;
    return {
      ...rest,
      ...(properties === undefined
        ? {}
        : { properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, clean(value)])) }),
      ...(items === undefined ? {} : { items: clean(items) }),
      ...(oneOf === undefined ? {} : { oneOf: oneOf.map(clean) }),
    };
  };
  const head = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'GPU SVM Review: contracts of a driver' };
  return `${JSON.stringify({ ...head, ...clean(contractFileSchema) }, undefined, 2)}\n`;
}
