import { describe, expect, test } from 'vitest';
import { readSeries } from '../../server/src/review/index.js';
import { gitDiff, input, lorePage, mail, mbox, source } from './posts.js';

const path = 'drivers/gpu/drm/own/own.c';
const base = source(4);
const one = base.replace('step(0, 5)', 'step(0, 50)');
const two = one.replace('step(2, 5)', 'step(2, 50) /* d\u00e9j\u00e0 vu */');
const diffs = [gitDiff({ [path]: base }, { [path]: one }), gitDiff({ [path]: one }, { [path]: two })];
const [first = '', second = ''] = diffs;

const cover = mail({
  subject: '[PATCH v5 0/2] drm/own: the whole',
  id: 'c@x',
  body: 'Why.\n\nbase-commit: 0123456789abcdef0123456789abcdef01234567\n',
});
const series = [
  mail({ subject: '[PATCH v5 1/2] drm/own: first', id: 'p1@x', inReplyTo: 'c@x', diff: first }),
  mail({ subject: '[PATCH v5 2/2] drm/own: second', id: 'p2@x', inReplyTo: 'c@x', diff: second }),
];
const reply = mail({
  subject: 'Re: [PATCH v5 1/2] drm/own: first',
  id: 'r@x',
  inReplyTo: 'p1@x',
  body: `On Monday somebody wrote:\n${first.replace(/^/gm, '> ')}\nPerhaps like this:\n\n${second}`,
});

async function titles(...contents: (string | Uint8Array)[]): Promise<readonly string[]> {
  const { series: found } = await readSeries(contents.map((content, at) => input(content, `in${at}`)));
  return found.patches.map((patch) => `${patch.label} ${patch.title}`);
}

/** Lines of the hunks of diffs. */
const hunkLinesOf = (text: string): readonly string[] => text.split('\n').filter((line) => /^[ +-](?!-- |\+\+ )/.test(line));

async function hunkLines(content: string | Uint8Array): Promise<readonly string[]> {
  const { series: found, problems } = await readSeries([input(content)]);
  expect(problems).toEqual([]);
  const marks = { context: ' ', added: '+', removed: '-' } as const;
  return found.patches.flatMap((patch) =>
    patch.files.flatMap((file) => file.hunks.flatMap((hunk) => hunk.lines.map((line) => `${marks[line.kind]}${line.text}`))),
  );
}

const expected = ['1/2 drm/own: first', '2/2 drm/own: second'];

describe('which messages make the series', () => {
  test('a_thread_out_of_order_with_replies_and_cover_ok', async () => {
    const { series: found, problems } = await readSeries([input(mbox([reply, series[1] ?? '', cover, series[0] ?? '']))]);
    expect(found.patches.map((patch) => `${patch.label} ${patch.title}`)).toEqual(expected);
    expect(found.title).toBe('drm/own: the whole');
    expect(found.version).toBe(5);
    expect(found.baseCommit).toBe('0123456789abcdef0123456789abcdef01234567');
    expect(problems).toEqual([]);
  });

  test('patch_files_in_any_order_ok', async () => {
    expect(await titles(series[1] ?? '', series[0] ?? '')).toEqual(expected);
  });

  test('the_newest_full_version_is_taken_ok', async () => {
    const old = series.map((text) => text.replace('PATCH v5', 'PATCH v4').replace('drm/own: ', 'drm/own: old '));
    const partial = mail({ subject: '[PATCH v6 2/2] drm/own: rerolled', diff: second });
    const { series: found, problems } = await readSeries([input(mbox([...old, ...series, partial, ...old]))]);
    expect(found.patches.map((patch) => `${patch.label} ${patch.title}`)).toEqual(expected);
    expect(problems.map((problem) => problem.message)).toEqual(['only 1 of 2 patches are here: the newest full version, v5, is reviewed']);
  });

  test('a_missing_patch_is_told_bad', async () => {
    const { series: found, problems } = await readSeries([input(series[1] ?? '')]);
    expect(found.patches.map((patch) => patch.label)).toEqual(['2/2']);
    expect(problems.map((problem) => problem.message)).toEqual(['of 2 patches number 1 missing; the others are reviewed']);
  });

  test('a_resend_does_not_double_the_series_ok', async () => {
    const again = series.map((text) => text.replace('[PATCH v5', '[RESEND PATCH v5').replaceAll('@x>', '@y>'));
    expect(await titles(mbox([...series, ...again]))).toEqual(expected);
  });

  test('a_resend_without_ids_does_not_mix_ok', async () => {
    const posts = [1, 2].flatMap((index) => [
      { subject: `[PATCH ${index}/2] drm/own: sent`, diff: index === 1 ? first : second },
      { subject: `[RESEND PATCH ${index}/2] drm/own: sent again`, diff: index === 1 ? first : second },
    ]);
    const { series: found } = await readSeries([input(lorePage(posts))]);
    expect(new Set(found.patches.map((patch) => patch.title)).size).toBe(1);
    expect(found.patches.map((patch) => patch.tags.index)).toEqual([1, 2]);
  });

  test('a_reply_with_another_diff_is_no_patch_ok', async () => {
    const single = mail({ subject: '[PATCH] drm/own: first', diff: first });
    const answer = mail({
      subject: 'Re: [PATCH] drm/own: first',
      body: `How about this?\n\n${second}`,
      date: 'Tue, 4 Mar 2025 10:00:00 +0100',
    });
    const { series: found } = await readSeries([input(mbox([single, answer]))]);
    expect(found.patches.map((patch) => patch.message.subject)).toEqual(['[PATCH] drm/own: first']);
  });

  test('two_single_patches_are_taken_in_the_order_given_ok', async () => {
    const singles = [mail({ subject: '[PATCH] drm/own: b', diff: first }), mail({ subject: '[PATCH] drm/own: a', diff: second })];
    expect(await titles(...singles)).toEqual(['1/2 drm/own: b', '2/2 drm/own: a']);
  });

  test('a_single_patch_in_two_versions_is_one_ok', async () => {
    const v1 = mail({ subject: '[PATCH] drm/own: b', diff: first });
    const v2 = mail({ subject: '[PATCH v2] drm/own: b', diff: second });
    const { series: found } = await readSeries([input(mbox([v2, v1]))]);
    expect(found.patches.map((patch) => patch.tags.version)).toEqual([2]);
  });

  test('odd_tags_ok', async () => {
    const odd = [
      mail({ subject: '[List] [RFC PATCH drm-next v3 02/2] drm/own: second', diff: second }),
      mail({ subject: '[RFC,v3,1/2] drm/own: first', diff: first }),
    ];
    expect(await titles(mbox(odd))).toEqual(expected);
  });
});

describe('forms of input', () => {
  test('lore_page_ok', async () => {
    const posts = [
      { subject: '[PATCH v5 1/2] drm/own: first', diff: first },
      { subject: 'Re: [PATCH v5 1/2] drm/own: first', body: `wrote:\n${first.replace(/^/gm, '> ')}` },
      { subject: '[PATCH v5 0/2] drm/own: the whole', body: 'Why.\n' },
      { subject: '[PATCH v5 2/2] drm/own: second', diff: second },
    ];
    const page = lorePage([posts[3], posts[1], posts[0], posts[2]].flatMap((post) => post ?? []));
    expect(await titles(page)).toEqual(expected);
    expect(await hunkLines(page)).toEqual(hunkLinesOf(first + second));
    const { series: found } = await readSeries([input(page)]);
    expect(found.patches[0]?.message.from).toBe('A Developer <dev@example.org>');
    expect(found.patches[0]?.message.text).not.toContain('permalink raw reply');
  });

  test('lore_page_lines_count_in_the_page_ok', async () => {
    const page = lorePage([{ subject: '[PATCH 1/1] drm/own: first', diff: first }]);
    const { series: found } = await readSeries([input(page)]);
    const patch = found.patches[0];
    const line = patch?.files[0]?.hunks[0]?.lines.find((one_) => one_.kind === 'added')?.patchLine ?? 0;
    expect(page.split('\n')[(patch?.message.sourceLine ?? 0) + line - 2]).toBe('+\tstep(0, 50);');
  });

  test('git_log_newest_first_and_reversed_ok', async () => {
    const commit = (sha: string, title: string, diff: string, from: string, to: string): string =>
      `commit ${sha.repeat(40)}\nAuthor: A Developer <dev@example.org>\nDate:   Mon Mar 3 10:00:00 2025 +0100\n\n    ${title}\n    \n    Words.\n\n${diff.replace('1111111..2222222', `${from}..${to}`)}\n`;
    const log = [commit('a', 'drm/own: first', first, 'aaaaaaa', 'bbbbbbb'), commit('b', 'drm/own: second', second, 'bbbbbbb', 'ccccccc')];
    expect(await titles([...log].reverse().join(''))).toEqual(expected);
    expect(await titles(log.join(''))).toEqual(expected);
  });

  test('bare_diff_ok', async () => {
    expect(await hunkLines(first)).toEqual(hunkLinesOf(first));
  });

  test('windows_line_ends_ok', async () => {
    expect(await hunkLines(mbox(series).replace(/\n/g, '\r\n'))).toEqual(hunkLinesOf(first + second));
  });

  test('byte_order_mark_and_utf16_ok', async () => {
    expect(await hunkLines(`\ufeff${series[0]?.replace('v5 1/2', '')}`)).toEqual(hunkLinesOf(first));
    const text = `\ufeff${series[0]?.replace('v5 1/2', '')}`;
    const utf16 = new Uint8Array(text.length * 2);
    for (let at = 0; at < text.length; at++) utf16.set([text.charCodeAt(at) & 255, text.charCodeAt(at) >> 8], at * 2);
    expect(await hunkLines(utf16)).toEqual(hunkLinesOf(first));
  });

  test('latin1_body_ok', async () => {
    const text = mail({ subject: '[PATCH] drm/own: second', diff: second, headers: ['Content-Type: text/plain; charset=iso-8859-1'] });
    expect(await hunkLines(Uint8Array.from(text, (char) => char.charCodeAt(0)))).toEqual(hunkLinesOf(second));
  });

  test('mislabelled_utf8_body_ok', async () => {
    const text = mail({ subject: '[PATCH] drm/own: second', diff: second, headers: ['Content-Type: text/plain; charset=us-ascii'] });
    expect(await hunkLines(new TextEncoder().encode(text))).toEqual(hunkLinesOf(second));
  });

  const encoded = (encoding: string, encode: (text: string) => string): string => {
    const text = mail({
      subject: '=?utf-8?q?=5BPATCH=5D_drm/own=3A_second?=',
      diff: second,
      headers: ['MIME-Version: 1.0', 'Content-Type: text/plain; charset="utf-8"', `Content-Transfer-Encoding: ${encoding}`],
    });
    const [head = ''] = text.split('\n\n');
    return `${head}\n\n${encode(text.slice(head.length + 2))}`;
  };
  const quotedPrintable = (text: string): string =>
    [...new TextEncoder().encode(text)]
      .map((byte) =>
        byte === 10
          ? '\n'
          : byte === 61 || byte > 126 || byte === 9
            ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
            : String.fromCharCode(byte),
      )
      .join('')
      .replace(/(.{60})(?=.)/g, '$1=\n')
      .replace(/=([0-9A-F]?)=\n([0-9A-F]{1,2})/g, '=\n=$1$2');
  const base64 = (text: string): string =>
    Buffer.from(text, 'utf8')
      .toString('base64')
      .replace(/(.{76})/g, '$1\n');

  test('quoted_printable_ok', async () => {
    const text = encoded('quoted-printable', quotedPrintable);
    expect(text).toContain('=\n');
    expect(await hunkLines(text)).toEqual(hunkLinesOf(second));
    expect(await titles(text)).toEqual(['drm/own: second drm/own: second']);
  });

  test('base64_ok', async () => {
    expect(await hunkLines(encoded('base64', base64))).toEqual(hunkLinesOf(second));
  });

  test('decoded_patches_have_no_line_in_the_source_ok', async () => {
    const { series: found } = await readSeries([input(encoded('base64', base64))]);
    expect(found.patches[0]?.message.sourceLine).toBeUndefined();
  });

  test('attached_patch_ok', async () => {
    const text = [
      'From: A Developer <dev@example.org>',
      'Subject: [PATCH] drm/own: second',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary="cut"',
      '',
      '--cut',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'See below.',
      '--cut',
      'Content-Type: text/x-patch; name="0001.patch"',
      'Content-Disposition: attachment; filename="0001.patch"',
      'Content-Transfer-Encoding: base64',
      '',
      base64(second),
      '--cut--',
      '',
    ].join('\n');
    expect(await hunkLines(text)).toEqual(hunkLinesOf(second));
  });

  test('flowed_text_ok', async () => {
    const flowed = second.replace(/^ $/gm, '').replace(/^( |From |>)/gm, ' $1');
    const text = mail({
      subject: '[PATCH] drm/own: second',
      diff: flowed,
      headers: ['MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8; format=flowed'],
    });
    expect(await hunkLines(text)).toEqual(hunkLinesOf(second));
  });

  test('text_that_only_says_it_is_flowed_ok', async () => {
    const diff = second.replace('step(2, 50)', 'step(2, 50) ');
    const text = mail({ subject: '[PATCH] drm/own: second', diff, headers: ['Content-Type: text/plain; charset=utf-8; format=flowed'] });
    expect(await hunkLines(text)).toEqual(hunkLinesOf(diff));
  });

  test('from_lines_in_bodies_do_not_split_ok', async () => {
    const text = mail({
      subject: '[PATCH] drm/own: first',
      diff: first,
      body: 'From here on\nFrom there 10:00 it was 2025\n\nFrom the top.\n',
    });
    expect(await titles(mbox([text, mail({ subject: 'Re: noise', body: 'no\n' })]))).toEqual(['drm/own: first drm/own: first']);
    const { series: found } = await readSeries([input(mbox([text]))]);
    expect(found.patches[0]?.message.text).toContain('\nFrom here on\n');
    const unquoted = mbox([text]).replace('>From here on', 'From somebody Mon Mar  3 10:00:00 2025');
    expect(await titles(unquoted)).toEqual(['drm/own: first drm/own: first']);
  });
});

describe('nothing to read', () => {
  test.each([
    ['', 'empty'],
    ['Just words.\n', 'no patch found'],
    [mbox([mail({ subject: 'Hello', body: 'No diff here.\n' })]), 'no patch found'],
    ['<!DOCTYPE html><html><body>thread</body></html>', 'an HTML page: save the thread as text, or take its mbox'],
    ['\0\0\0\0\0\0', 'no patch found'],
  ])('input_%#_bad', async (content, message) => {
    const { series: found, problems } = await readSeries([input(content, 'x')]);
    expect(found.patches).toEqual([]);
    expect(problems).toEqual([{ where: 'x', message }]);
  });
});
