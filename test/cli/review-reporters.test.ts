import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { LocatedFinding } from '../../server/src/cli/located.js';
import { asQuestion, columns } from '../../server/src/cli/reporters/mail.js';
import { reportReview } from '../../server/src/cli/reporters/review.js';
import { mailBody } from '../../server/src/cli/reporters/review-mail.js';
import type { ReviewContext, ReviewedPatch, ReviewResult } from '../../server/src/cli/reviewed.js';
import type { Patch } from '../../server/src/review/types.js';
import { facts } from './fake.js';
import { hint, racy, removed } from './sample.js';

const body = Array.from({ length: 30 }, (_, index) => ({
  kind: index % 3 === 0 ? ('added' as const) : ('context' as const),
  text: `\tline ${index + 1};`,
}));
const head = [
  'From: A Developer <dev@example.org>',
  'Subject: [PATCH v2 1/2] drm/one: teach it',
  '',
  'Words.',
  '---',
  'diff --git a/drivers/gpu/drm/one/a.c b/drivers/gpu/drm/one/a.c',
  '--- a/drivers/gpu/drm/one/a.c',
  '+++ b/drivers/gpu/drm/one/a.c',
  '@@ -1,20 +1,30 @@ static int f(void)',
];
const patchText = [...head, ...body.map((line) => `${line.kind === 'added' ? '+' : ' '}${line.text}`), '-- ', '2.0'];

function patch(index: number, from = 'A Developer <dev@example.org>'): Patch {
  const subject = `[PATCH v2 ${index}/2] drm/one: teach it`;
  return {
    index,
    label: `${index}/2`,
    title: 'drm/one: teach it',
    tags: { title: 'drm/one: teach it', isReply: false, isPatch: true, isResend: false, version: 2, index, total: 2 },
    message: {
      source: 'x',
      sourceLine: 1,
      subject,
      from,
      date: 'Mon, 3 Mar 2025 10:00:00 +0100',
      messageId: `p${index}@example.org`,
      inReplyTo: '',
      references: ['cover@example.org'],
      text: patchText.join('\n'),
      bodyLine: 4,
      commit: '',
    },
    lines: patchText,
    files: [
      {
        patchLine: 6,
        change: 'modified',
        oldPath: 'drivers/gpu/drm/one/a.c',
        newPath: 'drivers/gpu/drm/one/a.c',
        rawOldPath: 'a/drivers/gpu/drm/one/a.c',
        rawNewPath: 'b/drivers/gpu/drm/one/a.c',
        oldMode: '',
        newMode: '',
        isBinary: false,
        refusal: undefined,
        oldBlob: '',
        newBlob: '',
        hunks: [
          {
            patchLine: 9,
            oldStart: 1,
            oldCount: 20,
            newStart: 1,
            newCount: 30,
            section: 'static int f(void)',
            damage: undefined,
            lines: body.map((line, at) => ({ ...line, patchLine: 10 + at, endsWithoutNewline: false })),
          },
        ],
      },
    ],
  };
}

const at = (finding: LocatedFinding, patchLine: number): LocatedFinding => ({ ...finding, patchLine });
const before = { ...removed, fingerprint: 'before' };
const first: ReviewedPatch = {
  patch: patch(1),
  introduced: [at(removed, 28), at(racy, 37), { ...hint, file: 'drivers/gpu/drm/one/b.c' }],
  fixed: [{ ...racy, fingerprint: 'old' }],
  preExisting: [before, { ...removed, fingerprint: 'far' }],
  touched: new Set([before]),
  problems: [],
  indirect: new Map(),
  goneLater: new Map([[racy.fingerprint, '2/2']]),
};
const second: ReviewedPatch = {
  patch: patch(2, 'Zo\u00eb \u00d8 <zoe@example.org>\r\nBcc: all@example.org'),
  introduced: [],
  fixed: [racy],
  preExisting: [],
  touched: new Set(),
  problems: [{ where: 'drivers/gpu/drm/one/c.c', message: 'hunk 2 does not apply', patch: 2, patchLine: 12 }],
  indirect: new Map(),
  goneLater: new Map(),
};
const result: ReviewResult = {
  tool: { name: 'gpusvm-review', version: '0.1.0' },
  tree: '/k/linux',
  facts,
  series: { title: 'x', version: 2, total: 2, patches: [first.patch, second.patch], cover: undefined, baseCommit: undefined },
  patches: [first, second],
  atEnd: [
    { finding: removed, introducedBy: '1/2' },
    { finding: { ...removed, fingerprint: 'before' }, introducedBy: undefined },
  ],
  problems: [],
  limits: [],
  stats: { files: 2, functions: 3, lines: 40, parseMs: 1.25, analyseMs: 2, peakRssMb: 50 },
};
const context: ReviewContext = {
  sourceLine: (_finding, file, line) => `\t${file.slice(-3)} line ${line}`,
  display: (file) => file,
  hasColor: false,
  isQuiet: false,
};

describe('mail', () => {
  const text = mailBody(first, context);
  const lines = text.split('\n');

  test('the finding stands under its line, the rest is snipped', () => {
    const index = lines.indexOf('> + \tline 19;'.replace('+ ', '+'));
    expect(lines[index + 1]).toBe('');
    expect(lines[index + 2]).toContain('The device keeps reaching freed memory');
    expect(text).toContain('> @@ -1,20 +1,30 @@ static int f(void)\n[ ... ]\n');
    expect(text).not.toContain('> \t\tline 2;');
    expect(text).not.toContain('line 5;');
  });

  test('comments fit 80 columns, name path, severity with its reason, and the rule', () => {
    for (const line of lines) if (!line.startsWith('>')) expect(columns(line)).toBeLessThanOrEqual(80);
    expect(text).toContain('  - line 3: obtained here');
    expect(text).toMatch(/Severity: error \(.*\n?.*\[range-removed-while-mapped\]/);
  });

  test('what the patch causes elsewhere comes after, what was there before at the end', () => {
    const elsewhere = text.indexOf('Not in the lines of this patch, but caused by it:');
    const before = text.indexOf('There before this patch');
    expect(elsewhere).toBeGreaterThan(text.indexOf('line 19;'));
    expect(text).toContain('> drivers/gpu/drm/one/b.c:3\n> \tb.c line 3\n');
    expect(before).toBeGreaterThan(elsewhere);
    expect(text.indexOf('gone again with patch 2/2')).toBeGreaterThan(elsewhere);
  });

  test('an mbox with a reply per patch, and headers that cannot be added to', async () => {
    const mbox = await reportReview('mail', result, context);
    expect(mbox.match(/^From gpusvm-review /gm)).toHaveLength(2);
    expect(mbox).toContain(
      'Subject: Re: [PATCH v2 1/2] drm/one: teach it\nTo: A Developer <dev@example.org>\nIn-Reply-To: <p1@example.org>\nReferences: <cover@example.org>\n <p1@example.org>\n',
    );
    const headers = (mbox.split('\nFrom gpusvm-review ')[1] ?? '').split('\n\n')[0] ?? '';
    expect(headers).not.toMatch(/^Bcc:/m);
    expect(headers).toMatch(/^To: =\?UTF-8\?B\?/m);
    for (const line of headers.split('\n')) expect(line.length).toBeLessThanOrEqual(78);
    expect(await reportReview('mail', { ...result, patches: [{ ...first, introduced: [] }] }, { ...context, isQuiet: true })).toBe('');
  });

  test('a line that looks like a separator is quoted', async () => {
    const tricky = { ...first, introduced: [{ ...removed, message: 'From here on it is freed' }] };
    const mbox = await reportReview('mail', { ...result, patches: [tricky] }, context);
    expect(mbox).toContain('\n>From here on it is freed');
  });
});

test('json has the patches and meets the schema', async () => {
  const json = JSON.parse(await reportReview('json', result, context));
  const schema = JSON.parse(readFileSync('server/src/cli/reporters/report.schema.json', 'utf8'));
  const validate = new Ajv2020.Ajv2020({ allErrors: true, strict: true }).compile(schema);
  expect(validate(json), JSON.stringify(validate.errors)).toBe(true);
  expect(json.patches.map((one: { index: number; subject: string }) => [one.index, one.subject])).toEqual([
    [1, '[PATCH v2 1/2] drm/one: teach it'],
    [2, '[PATCH v2 2/2] drm/one: teach it'],
  ]);
  expect(json.patches[0].introduced[0].patchLine).toBe(28);
  expect(json.findings).toHaveLength(3);
  expect(json.atEnd).toHaveLength(2);
});

test('text has a section per patch and what is left', async () => {
  const text = await reportReview('text', result, context);
  expect(text).toContain('== [PATCH v2 1/2] drm/one: teach it');
  expect(text).toContain('introduced here: line 37 of the patch; gone again with patch 2/2');
  expect(text).toContain('not applied: drivers/gpu/drm/one/c.c: hunk 2 does not apply (line 12 of the patch)');
  expect(text).toContain('the series leaves 1 error; 1 finding from before is left in the files concerned');
});

test('sarif: new, unchanged and absent', async () => {
  const [run] = JSON.parse(await reportReview('sarif', result, context)).runs;
  expect(run.results.map((one: { baselineState: string }) => one.baselineState)).toEqual(['new', 'unchanged', 'absent', 'absent']);
});

test('b4: one result; nothing for a cover letter', async () => {
  const [check] = JSON.parse(await reportReview('b4', result, context));
  expect(check).toMatchObject({ status: 'fail', summary: 'introduces 1 error, 1 warning, 1 for information, fixes 2, 1 not applied' });
  expect(await reportReview('b4', { ...result, patches: [] }, context)).toBe('[]\n');
  const [quiet] = JSON.parse(await reportReview('b4', { ...result, patches: [second] }, context));
  expect(quiet.status).toBe('warn');
});

test('gcc, github and gitlab report what the series leaves', async () => {
  expect((await reportReview('gcc', result, context)).split('\n')[0]).toContain('a.c:5:10: error: ');
  expect((await reportReview('github', result, context)).trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(await reportReview('gitlab', result, context))).toHaveLength(1);
});

describe('findings that lie in no hunk', () => {
  test('a changed line of the path carries the comment, which names the place', () => {
    const text = mailBody({ ...first, introduced: [at(removed, 28)], indirect: new Map([[removed, 'cause']]) }, context);
    expect(text).not.toContain('This concerns');
    const caused = at(removed, 28);
    expect(mailBody({ ...first, introduced: [caused], indirect: new Map([[caused, 'cause']]) }, context)).toContain(
      'line 19;\n\nThis concerns f(), drivers/gpu/drm/one/a.c:5.\nThe device keeps',
    );
  });

  test('the nearest change does not: the finding comes apart with its own line', () => {
    const near = at(removed, 28);
    const text = mailBody({ ...first, introduced: [near], indirect: new Map([[near, 'near']]) }, context);
    expect(text).not.toContain('line 19;');
    expect(text).toContain('> drivers/gpu/drm/one/a.c:5, f()\n> \ta.c line 5\n\nThe device keeps');
  });
});

test('a remedy becomes a question', () => {
  expect(asQuestion('pages leak: nobody frees them; free the pages first')).toBe(
    'Pages leak: nobody frees them. Should this free the pages first?',
  );
  expect(asQuestion('pages leak')).toBe('Pages leak.');
});
