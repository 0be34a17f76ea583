/**
 * Regular expressions meet text that somebody wrote to hurt: a patch from a mailing list, a header of a strange tree. Every one in the sources is
 * run over long texts of one repeated piece. Twice the text may take twice the time, not four times.
 */
import { createContext, Script } from 'node:vm';
import { expect, test } from 'vitest';
import { filesBelow } from './sources.js';

/** Expressions that only ever meet short texts, and why they are short. */
const bounded: readonly (readonly [file: string, source: string, why: string])[] = [
  ['server/src/features/guide.ts', '', "our own rules' pages"],
  ['server/src/features/contract-file.ts', '[\\w.-]*$', 'the word before the cursor, asked for by a key press'],
  ['server/src/flow/declared.ts', '', 'one sentence of a comment'],
  ['server/src/flow/run.ts', '^[\\s(]+|[\\s)]+$', 'one argument of a call'],
];

/** Where a literal may stand: after what begins an expression. */
const literal = /(?:[=(,:[!&|?{};]|\breturn|=>)\s*\/(?![*/])((?:[^\\/[\n`]|\\.|\[(?:[^\\\]\n]|\\.)*\])+)\/([dgimsuvy]*)(?=[.,;)\]}\s:])/g;

interface Found {
  readonly path: string;
  readonly source: string;
  readonly flags: string;
}

function expressions(): readonly Found[] {
  const files = filesBelow('.', (path) => /^(?:server|client)\/src\/.*\.ts$/.test(path));
  const seen = new Set<string>();
  return files.flatMap(({ path, text }) => {
    const code = text.replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, '');
    return [...code.matchAll(literal)].flatMap((match) => {
      const [, source = '', flags = ''] = match;
      if (seen.has(`/${source}/${flags}`)) return [];
      seen.add(`/${source}/${flags}`);
      try {
        new RegExp(source, flags);
      } catch {
        // A path or a division between two slashes.
        return [];
      }
      return [{ path, source, flags }];
    });
  });
}

const pieces = [
  ...[
    'a',
    'A',
    '_',
    '0',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '(',
    ')',
    '{',
    '[',
    ']',
    '*',
    '/',
    '-',
    '+',
    '=',
    '.',
    ',',
    ';',
    ':',
    '"',
    "'",
    '\\',
    '#',
    '<',
    '>',
    '@',
  ],
  ...[
    'a ',
    'a_',
    'a(',
    '(a',
    'a,',
    'a.',
    '->',
    'a->',
    '&a',
    '* ',
    '/*',
    '//',
    '\\\n',
    ' *',
    '@@ -',
    '--- ',
    'a=',
    'a=a,',
    'struct ',
    'if (',
    '<a',
    'a\n',
    ' \n',
    '0x',
    'uUlL',
  ],
];

const context = createContext({});
/** Runs an expression to its end, and ends it by force when that takes too long. */
const script = new Script(
  `{
    const r = new RegExp(source, flags);
    if (!r.global) r.test(text);
    else for (let found = r.exec(text); found !== null; found = r.exec(text)) if (found[0] === '') r.lastIndex++;
  }`,
);

/** CPU milliseconds of one run; the machine may be doing other things. */
function timeOf({ source, flags }: Found, text: string): number {
  Object.assign(context, { source, flags, text });
  const before = process.cpuUsage();
  try {
    script.runInContext(context, { timeout: 3000 });
  } catch {
    return 3000;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const size = 20_000;
const textOf = (piece: string, length: number, start: string): string => `${start}${piece.repeat(Math.ceil(length / piece.length))}\u0001`;

/** What of an expression grows faster than its text. */
function slowOn(found: Found): string | undefined {
  const words = [...new Set(found.source.match(/[A-Za-z_]{3,}/g) ?? [])].flatMap((word) => [word, `${word} `]);
  for (const piece of [...pieces, ...words]) {
    for (const start of /^[\s()\]]/.test(piece) ? ['', 'a'] : ['']) {
      if (timeOf(found, textOf(piece, size, start)) < 60) continue;
      // Once more, both, for a machine that stuttered.
      const [half, whole] = [timeOf(found, textOf(piece, size / 2, start)), timeOf(found, textOf(piece, size, start))];
      if (whole >= 3000 || (whole > 60 && whole > half * 2.8)) return JSON.stringify(piece);
    }
  }
  return undefined;
}

test('no_regular_expression_blows_up_on_hostile_text_ok', { timeout: 240_000 }, () => {
  const all = expressions();
  expect(all.length).toBeGreaterThan(200);
  const isBounded = (found: Found): boolean =>
    bounded.some(([path, source]) => path === found.path && (source === '' || source === found.source));
  const slow = all
    .filter((found) => !isBounded(found))
    .flatMap((found) => {
      const piece = slowOn(found);
      return piece === undefined ? [] : [`${found.path}: /${found.source}/${found.flags} on many ${piece}`];
    });
  expect(slow).toEqual([]);
});

test('an_expression_that_blows_up_is_noticed_bad', () => {
  expect(slowOn({ path: '', source: '\\s+$', flags: '' })).toBeDefined();
  expect(slowOn({ path: '', source: '^(a+)+$', flags: '' })).toBeDefined();
  expect(slowOn({ path: '', source: '(?<!\\s)\\s+$', flags: '' })).toBeUndefined();
});
