import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { reportB4 } from '../../server/src/cli/reporters/b4.js';
import { reportGcc } from '../../server/src/cli/reporters/gcc.js';
import { reportGithub } from '../../server/src/cli/reporters/github.js';
import { reportGitlab } from '../../server/src/cli/reporters/gitlab.js';
import { reportJson } from '../../server/src/cli/reporters/json.js';
import { columns, reportMail } from '../../server/src/cli/reporters/mail.js';
import { reportSarif } from '../../server/src/cli/reporters/sarif.js';
import { reportText } from '../../server/src/cli/reporters/text.js';
import { catalogue } from '../../server/src/rules/catalogue.js';
import { context, hint, racy, removed, result } from './sample.js';

const schema = JSON.parse(readFileSync('server/src/cli/reporters/report.schema.json', 'utf8'));
const validate = new Ajv2020.Ajv2020({ allErrors: true, strict: true }).compile(schema);

describe('text', () => {
  test('shows place, line, marker below the expanded tabs, path and fixes', () => {
    const [block] = reportText({ ...result, findings: [removed] }, context).split('\n\n');
    expect(block?.split('\n')).toEqual([
      'error[range-removed-while-mapped]: the device keeps reaching freed memory, because the range leaves the tree mapped: unmap first',
      ' --> linux/drivers/gpu/drm/one/a.c:5:10  in f()',
      '5 |         if (a)          remove(a, 1);',
      '  |                         ^~~~~~~~~~~~',
      '  = path:',
      '    1. 3:16 obtained here',
      '       struct x *a = get();',
      '    2. linux/include/drm/x.h:7:2 mapped, in get()',
      '  = fix (suggested): Unmap the pages first',
    ]);
  });

  test('sums up, and not when quiet', () => {
    const text = reportText(result, context);
    expect(text).toContain('1 error, 1 warning, 1 for information in 2 files, 3 functions\n');
    expect(text).toContain('1 finding known from the baseline\n1 of the baseline gone');
    expect(text).toContain('1 function not or not wholly analysed');
    expect(reportText({ ...result, findings: [] }, { ...context, isQuiet: true })).toBe('');
    expect(reportText(result, { ...context, isQuiet: true })).not.toContain('in 2 files');
  });

  test('a hostile line neither steers the terminal nor fills it', () => {
    const long = `${'x'.repeat(500_000)}\u001b[31mremove(a)${'y'.repeat(500_000)}`;
    const at = { ...removed, column: 500_006, endColumn: 500_015, trace: [] };
    const text = reportText({ ...result, findings: [at] }, { ...context, sourceLine: () => long });
    expect(text.length).toBeLessThan(2000);
    expect(text).not.toContain('\u001b');
    const [, , line = '', marker = ''] = text.split('\n');
    expect(line.slice(marker.indexOf('^'), marker.lastIndexOf('~') + 1)).toBe('remove(a)');
  });
});

test('gcc: a line per place, the rule in brackets', () => {
  expect(reportGcc({ ...result, findings: [removed, racy, hint] }, context).split('\n')).toEqual([
    'linux/drivers/gpu/drm/one/a.c:5:10: error: the device keeps reaching freed memory, because the range leaves the tree mapped: unmap first [range-removed-while-mapped]',
    'linux/drivers/gpu/drm/one/a.c:3:16: note: obtained here',
    'linux/include/drm/x.h:7:2: note: mapped, in get()',
    'linux/drivers/gpu/drm/one/a.c:3:2: warning: a reader sees half a word: 100% of the time [flags-plain-write]',
    'linux/drivers/gpu/drm/one/a.c:3:2: note: a reader sees half a word: 100% of the time [unmapped-not-checked]',
    '',
  ]);
});

describe('json', () => {
  test('meets its schema', () => {
    expect(validate(JSON.parse(reportJson(result))), JSON.stringify(validate.errors)).toBe(true);
  });

  test('the schema refuses what it should', () => {
    const broken = JSON.parse(reportJson(result));
    broken.findings[0].line = 0;
    expect(validate(broken)).toBe(false);
    expect(validate({ ...JSON.parse(reportJson(result)), version: 2 })).toBe(false);
    const { stats, ...rest } = JSON.parse(reportJson(result));
    expect(stats).toBeDefined();
    expect(validate(rest)).toBe(false);
  });
});

describe('sarif', () => {
  const log = JSON.parse(reportSarif(result, catalogue));
  const [run] = log.runs;

  test('names version, rules and root', () => {
    expect(log.version).toBe('2.1.0');
    expect(run.tool.driver.rules.map((rule: { id: string }) => rule.id)).toEqual(catalogue.map((rule) => rule.id));
    expect(run.originalUriBaseIds.SRCROOT.uri).toBe('file:///k/linux/');
    expect(run.columnKind).toBe('utf16CodeUnits');
  });

  test('a result has its rule, place, flow, fix, fingerprint and baseline state', () => {
    const [first, second, , known] = run.results;
    expect(run.tool.driver.rules[first.ruleIndex].id).toBe(first.ruleId);
    expect(first.level).toBe('error');
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'drivers/gpu/drm/one/a.c', uriBaseId: 'SRCROOT' },
      region: { startLine: 5, startColumn: 10, endLine: 5, endColumn: 22 },
    });
    expect(first.codeFlows[0].threadFlows[0].locations).toHaveLength(3);
    expect(first.fixes[0].artifactChanges[0].replacements[0].insertedContent.text).toBe('unmap(a);\n\t');
    expect(first.partialFingerprints).toEqual({ 'gpusvmReview/v1': '0123456789abcdef' });
    expect([first.baselineState, second.baselineState, known.baselineState]).toEqual(['new', 'new', 'unchanged']);
    expect(second.codeFlows).toBeUndefined();
    expect(run.results[2].level).toBe('note');
  });

  test('paths are URIs', () => {
    const odd = { ...removed, file: 'drivers/a b/ü#.c', trace: [], fixes: [] };
    const [at] = JSON.parse(reportSarif({ ...result, findings: [odd], tree: '' }, catalogue)).runs[0].results;
    expect(at.locations[0].physicalLocation.artifactLocation.uri).toBe('drivers/a%20b/%C3%BC%23.c');
  });
});

test('github: properties and message escaped, no columns over several lines', () => {
  const lines = reportGithub(result, { ...context, display: (file) => `a,b:${file}` }).split('\n');
  expect(lines[0]).toMatch(
    /^::error file=a%2Cb%3Adrivers\/gpu\/drm\/one\/a\.c,line=5,endLine=5,col=10,endColumn=22,title=range-removed-while-mapped::/,
  );
  expect(lines[0]).toContain('unmap first%0Aa,b:drivers/gpu/drm/one/a.c:3: obtained here');
  expect(lines[1]).toMatch(/^::warning .*line=3,endLine=4,title=flags-plain-write::a reader sees half a word: 100%25 of the time$/);
  expect(lines[2]).toMatch(/^::notice /);
  expect(lines).toHaveLength(4);
});

test('gitlab: required members, unique fingerprints', () => {
  const entries = JSON.parse(reportGitlab({ ...result, findings: [removed, removed, hint] }, context));
  expect(entries.map((entry: { fingerprint: string }) => entry.fingerprint)).toEqual(['0123456789abcdef', '0123456789abcdef-2', 'aa']);
  expect(entries[0]).toMatchObject({
    description: removed.message,
    check_name: 'range-removed-while-mapped',
    severity: 'critical',
    location: { path: 'linux/drivers/gpu/drm/one/a.c', lines: { begin: 5, end: 5 } },
  });
  expect(entries[2].severity).toBe('info');
});

test('b4: an array of tool, status, summary and details', () => {
  const [check, ...rest] = JSON.parse(reportB4(result, context));
  expect(rest).toEqual([]);
  expect(Object.keys(check)).toEqual(['tool', 'status', 'summary', 'details']);
  expect(check).toMatchObject({ tool: 'gpusvm-review', status: 'fail', summary: '1 error, 1 warning, 1 for information' });
  expect(check.details).toContain('a.c:5: error: the device');
  expect(JSON.parse(reportB4({ ...result, findings: [racy] }, context))[0].status).toBe('warn');
  expect(JSON.parse(reportB4({ ...result, findings: [hint] }, context))[0].status).toBe('pass');
  expect(JSON.parse(reportB4({ ...result, findings: [] }, context))).toEqual([
    { tool: 'gpusvm-review', status: 'pass', summary: 'no findings in 2 files' },
  ]);
});

test('mail: quoted code, comments within 80 columns', () => {
  const text = reportMail(result, context);
  expect(text).toContain('> \tif (a)\t\tremove(a, 1);\n\nThe device keeps reaching');
  for (const line of text.split('\n')) if (!line.startsWith('>')) expect(columns(line)).toBeLessThanOrEqual(80);
  expect(text).toContain('  - line 3: obtained here\n');
  expect(text).toContain('[ ... ]');
});
