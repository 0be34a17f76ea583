/**
 * Places to try fixes on, made mechanically: a generator takes the text of one real function and gives texts with one defect each. Nothing is
 * chosen by name of file or function; what a generator makes is used only when the rule sees a defect in it that was not there.
 */

const DRIVER = 'drivers/gpu/drm';
const svm = [`${DRIVER}/drm_gpusvm.c`, `${DRIVER}/drm_pagemap.c`, `${DRIVER}/drm_pagemap_util.c`];
const xe = ['svm', 'userptr', 'vm', 'pt', 'vm_madvise', 'bo', 'exec', 'ttm_vram_mgr', 'pagefault', 'tlb_inval', 'migrate', 'hmm'].map(
  (name) => `${DRIVER}/xe/xe_${name}.c`,
);
const i915 = [
  'shmem',
  'phys',
  'internal',
  'userptr',
  'dmabuf',
  'ttm',
  'stolen',
  'pages',
  'mman',
  'create',
  'context',
  'execbuffer',
  'region',
].map((name) => `${DRIVER}/i915/gem/i915_gem_${name}.c`);
const amd = ['kfd_svm', 'kfd_migrate', 'kfd_process', 'kfd_events', 'kfd_chardev'].map((name) => `${DRIVER}/amd/amdkfd/${name}.c`);
const near = [...svm, ...xe.slice(0, 5)];
const wide = [...svm, ...xe, ...i915, ...amd];

/** All variants that a pattern allows: each match replaced alone. `make` gives the new text of a match, or undefined. */
function each(text, pattern, make) {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const next = make(match, text.slice(0, match.index));
    return next === undefined || next === match[0] ? [] : [text.slice(0, match.index) + next + text.slice(match.index + match[0].length)];
  });
}

/** True when the text ends in the head of an `if` or loop without a brace: a single statement follows. */
const isBare = (before) => /\)\s*$/.test(before) || /\belse\s*$/.test(before);

/** A statement put behind the declarations of a function. */
function atStart(text, statement) {
  const head =
    /^\{\n(?:(?:\t[^\n]*)?\n)*?(?=\t(?!(?:const|static|struct|union|enum|unsigned|signed|long|int|bool|char|void|u\d+|s\d+|size_t|ktime_t|gfp_t|dma_addr_t|pgoff_t|phys_addr_t)\b)[\w*(])/m.exec(
      text,
    );
  if (head === null || /\\\n$/.test(head[0])) return [];
  // A continued declaration looks like a statement.
  if (/[,=(]\s*$/.test(head[0].trimEnd()) || /\t\t/.test(head[0].slice(head[0].lastIndexOf(';')))) return [];
  const at = head.index + head[0].length;
  return [`${text.slice(0, at)}\t${statement}\n${text.slice(at)}`];
}

/** Parameters of a function of a struct type, by name. */
const params = (text, tag) =>
  [...text.slice(0, text.indexOf('{')).matchAll(new RegExp(`\\bstruct\\s+${tag}\\s*\\*\\s*(\\w+)`, 'g'))].map((match) => match[1]);

const inserted = (tag, statements) => (text) =>
  params(text, tag).flatMap((name) => statements.flatMap((statement) => atStart(text, statement.replaceAll('$', name))));

/** One release of several taken out: another path shows how it is done. */
function lessReleases(text) {
  const calls = [...text.matchAll(/^\t+(\w*unlock\w*|up_read|up_write)\(([^;]*)\);\n/gm)];
  return calls.flatMap((call) => {
    const twins = calls.filter((other) => other[0].trim() === call[0].trim()).length;
    const before = text.slice(0, call.index);
    return twins < 2 || isBare(before) ? [] : [before + text.slice(call.index + call[0].length)];
  });
}

/** A jump to a label turned into a return of what it carries. */
const earlyReturns = (text) =>
  each(text, /^(\t\t+)goto (\w+);$/gm, (match) => {
    const value = /^\t+return (err|ret|r|rc);$/m.exec(text)?.[1];
    return value === undefined ? undefined : `${match[1]}return ${value};`;
  });

const swallowed = (text) => [
  ...each(text, /^(\t\t+)return (?:err|ret|r|rc);$/gm, (match, before) => (isBare(before) ? undefined : `${match[1]}return 0;`)),
  ...each(text, /^(\t\t+)(err|ret|r) = (-E\w+);\n\t+goto (\w+);$/gm, (match) => {
    const good = [...text.matchAll(/^(\w+):\n(?:\t[^\n]*\n)*?\treturn 0;/gm)].find((label) => label[1] !== match[4]);
    return good === undefined ? undefined : match[0].replace(/goto \w+/, `goto ${good[1]}`);
  }),
  ...each(text, /^(\t\t+)return (-E\w+);$/gm, (match, before) => {
    const value = /^\tint (?:\w+, )*(err|ret|r)\b/m.exec(text)?.[1];
    const good = [...text.matchAll(/^(\w+):\n(?:\t[^\n]*\n)*?\treturn 0;/gm)][0];
    if (value === undefined || good === undefined || good.index < match.index) return undefined;
    if (!isBare(before)) return `${match[1]}${value} = ${match[2]};\n${match[1]}goto ${good[1]};`;
    return undefined;
  }),
];

const ignored = (text) =>
  each(
    text,
    /^(\t+)(err|ret|r|rc) = (\w+\((?:[^;]*)\));\n\t+if \(\2\)\n\t+(?:return|goto) [^;]*;\n/gm,
    (match) => `${match[1]}${match[3]};\n`,
  );

const errorPointers = (text) => [
  ...each(text, /\bif \(IS_ERR\((\w+)\)\)/g, (match) => `if (!${match[1]})`),
  ...each(text, /^\t+if \(IS_ERR\((\w+)\)\)\n\t+(?:return|goto) [^;]*;\n/gm, () => ''),
];

const leaks = (text) => [
  ...earlyReturns(text),
  ...each(text, /^\t+kv?free\((\w+)\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
];

const leakedBy = (release) => (text) => [
  ...each(text, new RegExp(`^\\t+${release}\\([^;]*\\);\\n`, 'gm'), (_match, before) => (isBare(before) ? undefined : '')),
  ...earlyReturns(text).filter(() => text.includes(`${release}(`)),
];

const flips = (text) => [
  ...each(text, /\.in_notifier = (true|false)/g, (match) => `.in_notifier = ${match[1] === 'true' ? 'false' : 'true'}`),
  ...each(text, /\n\t+\.in_notifier = true,/g, () => ''),
];

const unsafe = (text) =>
  each(text, /\b(\w*for_each\w*)_safe\((\w+), (\w+), /g, (match) =>
    /range|notifier/.test(match[1]) ? `${match[1]}(${match[2]}, ` : undefined,
  );

/**
 * Generators by rule: `files` are looked through in order, `trees` are tried in order. `helped` names other files of the other tree that the mutated tree has, for
 * rules about code that was not moved yet.
 */
export const generators = {
  'lock-left-held': { trees: ['7.3'], files: wide, make: (text) => [...lessReleases(text), ...earlyReturns(text)] },
  'error-swallowed': { trees: ['7.3'], files: wide, make: swallowed },
  'result-ignored': { trees: ['7.3'], files: wide, make: ignored },
  'error-pointer-used': { trees: ['7.3'], files: wide, make: errorPointers },
  'memory-leak-on-error': { trees: ['7.3'], files: wide, make: leaks },
  'range-reference-leak': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...leakedBy('drm_gpusvm_range_put')(text),
      ...inserted('xe_svm_range', ['drm_gpusvm_range_get(&$->base);'])(text),
      ...inserted('drm_gpusvm_range', ['drm_gpusvm_range_get($);'])(text),
    ],
  },
  'pagemap-reference-leak': {
    trees: ['7.3'],
    files: [...near, ...xe],
    make: (text) => [...leakedBy('drm_pagemap_put')(text), ...inserted('drm_pagemap', ['drm_pagemap_get($);'])(text)],
  },
  'flags-plain-write': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...inserted('xe_svm_range', ['$->base.flags.unmapped = true;', '$->pages.flags.has_dma_mapping = false;'])(text),
      ...inserted('drm_gpusvm_range', ['$->flags.partial_unmap = true;'])(text),
      ...inserted('drm_gpusvm_pages', ['$->flags.has_devmem_pages = false;'])(text),
    ],
  },
  'flags-plain-read': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => [
      ...inserted('xe_svm_range', [
        'if ($->base.flags.unmapped)\n\t\tcpu_relax();',
        'if ($->pages.flags.has_dma_mapping)\n\t\tcpu_relax();',
      ])(text),
      ...inserted('drm_gpusvm_range', ['if ($->flags.migrate_devmem)\n\t\tcpu_relax();'])(text),
      ...inserted('drm_gpusvm_pages', ['if ($->flags.has_dma_mapping)\n\t\tcpu_relax();'])(text),
    ],
  },
  'notifier-lock-missing': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...each(text, /^\t+(?:xe_svm_notifier|drm_gpusvm_notifier)_(?:un)?lock\([^;]*\);\n/gm, (_match, before) =>
        isBare(before) ? undefined : '',
      ),
      ...inserted('xe_svm_range', ['WARN_ON(!drm_gpusvm_pages_valid($->base.gpusvm, &$->pages));'])(text),
      ...inserted('drm_gpusvm_range', ['WARN_ON(!drm_gpusvm_pages_valid($->gpusvm, &to_xe_range($)->pages));'])(text),
    ],
  },
  'notifier-context-mismatch': { trees: ['7.3', '7.2'], files: near, make: flips },
  'notifier-leaves-mapped': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) =>
      each(text, /^\t+drm_gpusvm_(?:range_)?unmap_pages\([^;]*\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
  },
  'unmap-event-not-marked': {
    trees: ['7.3', '7.2'],
    files: near,
    make: (text) => each(text, /^\t+drm_gpusvm_range_set_unmapped\([^;]*\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
  },
  'unsafe-range-iteration': { trees: ['7.3', '7.2'], files: near, make: unsafe },
  'range-removed-while-mapped': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...each(text, /^\t+drm_gpusvm_unmap_pages\([^;]*\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
      // Only where nobody is handed what was read from the range.
      ...(/^(?:static )?(?:noinline )?void\b/.test(text)
        ? inserted('xe_svm_range', ['drm_gpusvm_range_remove($->base.gpusvm, &$->base);'])(text)
        : []),
    ],
  },
  'pages-not-freed': {
    trees: ['7.3'],
    files: near,
    make: (text) => each(text, /^\t+drm_gpusvm_free_pages\([^;]*\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
  },
  'pages-not-initialised': {
    trees: ['7.3'],
    files: near,
    make: (text) => each(text, /^\t+drm_gpusvm_init_pages\([^;]*\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
  },
  'container-freed-through-base': {
    trees: ['7.3'],
    files: near,
    make: (text) => [
      ...each(text, /\bkfree\(to_xe_range\((\w+)\)\)/g, (match) => `kfree(${match[1]})`),
      ...inserted('drm_gpusvm_range', ['kfree($);'])(text),
    ],
  },
  'pages-freed-after-container': {
    trees: ['7.3'],
    files: near,
    make: (text) =>
      each(
        text,
        /^(\t+drm_gpusvm_free_pages\([^;]*\);\n)((?:\t[^\n]*\n)*?)(\t+kfree\([^;]*\);\n)/gm,
        (match) => match[2] + match[3] + match[1],
      ),
  },
  'device-through-gpusvm': {
    trees: ['7.3'],
    files: svm,
    make: (text) => (/\bstruct drm_gpusvm \*gpusvm\b/.test(text) ? each(text, /\b(?:svm_pages|pages)->drm\b/g, () => 'gpusvm->drm') : []),
  },
};

/** Rules about code from before the split: the older driver's sources over the newer tree, each finding a place of its own. */
export const unmoved = {
  rules: [
    'pages-through-range',
    'flag-on-wrong-owner',
    'removed-range-helper',
    'outdated-api-call',
    'device-through-gpusvm',
    'pages-initialised-by-hand',
  ],
  tree: '7.3',
  from: '7.2',
  files: ['xe_svm.c', 'xe_pt.c', 'xe_vm.c', 'xe_userptr.c'].map((name) => `${DRIVER}/xe/${name}`).concat(`${DRIVER}/drm_gpusvm.c`),
};
