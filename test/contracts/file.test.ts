/** gpusvm-contracts.json as text: what it may say, and what is said of it when it is wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readContractFile } from '../../server/src/contracts/file/read.js';
import { makeContracts } from '../../server/src/contracts/index.js';
import { contractCompletions } from '../../server/src/features/contract-file.js';

const base = makeContracts();
const read = (text: string): ReturnType<typeof readContractFile> => readContractFile(text, 'gpusvm-contracts.json', base.of);
const wrong = (text: string): readonly string[] =>
  read(text).problems.map(({ start, end, message }) => `${text.slice(start, end).slice(0, 20)} | ${message}`);
const file = (entries: string): string => `{"version":1,${entries}}`;

describe('what is wrong is told in one line, at its place', () => {
  test.each([
    ['{"version":1,}', '} | a comma before }'],
    ['{"version":1 /* one */}', '/* | JSON has no comments: put the words into "words" or "source"'],
    ['{"version":1', ' | expected , or }'],
    ['[]', '[] | must be an object { … }'],
    ['{}', '{ | has no "version"'],
    ['{"version":2}', '2 | version: must be 1'],
    [file('"function":[]'), '"function" | "function" is no property here; did you mean "functions"?'],
    [file('"functions":[{"name":"a b","words":""}]'), '"a b" | functions[0].name: "a b" is not the name of a function or macro'],
    [
      file('"functions":[{"name":"ab","words":"","needs":[{"need":"hold","ref":"0"}]}]'),
      '"hold" | functions[0].needs[0]: "need" must be one of held, free, driver-lock, initialised, unmapped, all-unmapped, alive, context',
    ],
    [
      file('"functions":[{"name":"ab","words":"","ops":[{"op":"unlock","ref":"x.lock"}]}]'),
      '"x.lock" | functions[0].ops[0].ref: "x.lock" is not a reference: `0`, `0.lock`, `0.svms->lock`, `*0` or `ret`',
    ],
    [
      file('"functions":[{"name":"ab","words":"","ok":[]}]'),
      '{"name":"ab","words" | functions: ab has "ok" or "fail", and no "result" that tells them apart',
    ],
    [
      file('"wrappers":[{"name":"ab","of":"take_it","arguments":[]}]'),
      '"take_it" | wrappers: take_it is no function that the tool knows; describe ab in "functions"',
    ],
    [
      file('"wrappers":[{"name":"ab","of":"mutex_lock","arguments":[]}]'),
      '[] | wrappers: mutex_lock uses argument 0, and "arguments" has 0',
    ],
    [file('"orders":[["mmap_lock","struct a.b"]]'), '"struct a.b" | struct a.b is not declared in "locks"'],
    [
      file('"include":["../gpusvm-contracts.json"]'),
      '"../gpusvm-contracts | include[0]: "../gpusvm-contracts.json" is not a path inside the tree that ends in gpusvm-contracts.json',
    ],
    [
      file('"include":["/etc/gpusvm-contracts.json"]'),
      '"/etc/gpusvm-contrac | include[0]: "/etc/gpusvm-contracts.json" is not a path inside the tree that ends in gpusvm-contracts.json',
    ],
    [file('"harmless":["a*"]'), '"a*" | harmless[0]: "a*" is not a name of three letters or more, perhaps with `*` at its end'],
  ])('%s_bad', (text, expected) => {
    expect(wrong(text)).toEqual([expected]);
  });

  test('entries_that_are_right_count_beside_those_that_are_not_ok', () => {
    const { tables, problems } = read(file('"functions":[{"name":"good","words":"w"},{"name":"bad"},{"name":"good","words":"again"}]'));
    expect(tables.functions?.map((one) => one.words)).toEqual(['w']);
    expect(problems.map((one) => one.message)).toEqual(['functions[1]: has no "words"', 'functions: good is described twice']);
  });

  test('hostile_texts_neither_throw_nor_hang_ok', () => {
    for (const text of [
      '['.repeat(5000),
      `{"version":1,"functions":${'['.repeat(5000)}`,
      '"\\u',
      '{"a":"\u0000"}',
      '\ufeff{"version":1}',
      '{"version":1e999}',
    ])
      expect(read(text).problems.length).toBeLessThan(3);
    expect(read('\ufeff{"version":1}').problems).toEqual([]);
  });
});

describe('wrappers', () => {
  test('references_are_put_into_the_arguments_ok', () => {
    const { tables } = read(
      file(
        '"wrappers":[{"name":"a_lock","of":"mutex_lock","arguments":["0.vm->lock"]},{"name":"a_mmap","of":"mmap_read_lock","arguments":["*0.mm"]}]',
      ),
    );
    expect(tables.functions?.map((one) => one.ops)).toEqual([
      [{ op: 'lock', ref: '0.vm->lock', mode: 'write' }],
      [{ op: 'lock', ref: '0.mm->mmap_lock', mode: 'read' }],
    ]);
  });
});

test('the_examples_in_the_docs_are_right_ok', () => {
  const folder = join(import.meta.dirname, '../../docs/contracts');
  for (const name of readdirSync(folder)) expect(read(readFileSync(join(folder, name), 'utf8')).problems).toEqual([]);
});

describe('completion', () => {
  const at = (text: string): readonly string[] => contractCompletions(text.replace('|', ''), text.indexOf('|')).map((one) => one.label);

  test('properties_that_are_not_there_yet_ok', () => {
    expect(at('{"version": 1, "|')).toContain('functions');
    expect(at('{"version": 1, "|')).not.toContain('version');
    expect(at('{"version":1,"locks":[{"|"}]}')).toEqual(['struct', 'member', 'role', 'words', 'source']);
  });

  test('values_ok', () => {
    expect(at('{"locks":[{"role":"|"}]}')).toEqual(['notifier', 'driver']);
    expect(at('{"iterators":[{"safe": |}]}')).toEqual(['true', 'false']);
    expect(at('{"wrappers":[{"of":"mutex_un|"}]}')).toEqual(['mutex_unlock']);
  });

  test('what_an_operation_has_depends_on_which_it_is_ok', () => {
    expect(at('{"functions":[{"ops":[{"|"}]}]}')).toEqual(['op']);
    expect(at('{"functions":[{"ops":[{"op":"lock","|"}]}]}')).toEqual(['ref', 'mode']);
    expect(at('{"functions":[{"ops":[{"|", "op":"release"}]}]}')).toEqual(['ref', 'family']);
    expect(at('{"functions":[{"needs":[{"need":"|"}]}]}')).toContain('held');
  });

  test('nothing_outside_or_in_free_text_ok', () => {
    expect(at('|{}')).toEqual([]);
    expect(at('{"functions":[{"words":"ta|"}]}')).toEqual([]);
  });
});
