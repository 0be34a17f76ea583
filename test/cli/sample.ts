/** A small result for reporters, with everything that they can show. */
import type { CheckResult, LocatedFinding, ReportContext } from '../../server/src/cli/located.js';
import { facts } from './fake.js';

export const source = ['static int f(void)', '{', '\tstruct x *a = get();', '', '\tif (a)\t\tremove(a, 1);', '}'];

export const removed: LocatedFinding = {
  rule: 'range-removed-while-mapped',
  severity: 'error',
  file: 'drivers/gpu/drm/one/a.c',
  line: 5,
  column: 10,
  endLine: 5,
  endColumn: 22,
  function: 'f',
  message: 'the device keeps reaching freed memory, because the range leaves the tree mapped: unmap first',
  trace: [
    { file: 'drivers/gpu/drm/one/a.c', line: 3, column: 16, message: 'obtained here' },
    { file: 'include/drm/x.h', line: 7, column: 2, message: 'mapped, in get()' },
  ],
  fixes: [
    {
      title: 'Unmap the pages first',
      safety: 'suggested',
      edits: [{ file: 'drivers/gpu/drm/one/a.c', startLine: 5, startColumn: 10, endLine: 5, endColumn: 10, newText: 'unmap(a);\n\t' }],
    },
  ],
  fingerprint: '0123456789abcdef',
};

export const racy: LocatedFinding = {
  ...removed,
  rule: 'flags-plain-write',
  severity: 'warning',
  line: 3,
  column: 2,
  endLine: 4,
  endColumn: 1,
  message: 'a reader sees half a word: 100%\nof the time',
  trace: [],
  fixes: [],
  fingerprint: 'fedcba9876543210',
};

export const hint: LocatedFinding = { ...racy, rule: 'unmapped-not-checked', severity: 'information', function: '', fingerprint: 'aa' };

export const result: CheckResult = {
  tool: { name: 'gpusvm-review', version: '0.1.0' },
  tree: '/k/linux',
  facts,
  findings: [removed, racy, hint],
  known: [{ ...racy, fingerprint: 'bb' }],
  gone: ['cc'],
  hasBaseline: true,
  limits: [{ file: 'drivers/gpu/drm/one/a.c', line: 1, function: 'g', reason: 'did not parse' }],
  stats: { files: 2, functions: 3, lines: 40, parseMs: 1.25, analyseMs: 2, peakRssMb: 50 },
};

export const context: ReportContext = {
  sourceLine: (file, line) => (file.endsWith('a.c') ? (source[line - 1] ?? '') : ''),
  display: (file) => `linux/${file}`,
  hasColor: false,
  isQuiet: false,
};
