import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, test } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar } from 'vscode-textmate';

/** The least of a C grammar that the injections need: comments, strings, and everything else plain. */
const host = {
  scopeName: 'source.c',
  patterns: [
    { name: 'comment.block.c', begin: '/\\*', end: '\\*/' },
    { name: 'comment.line.double-slash.c', begin: '//', end: '(?=\\n)' },
    { name: 'string.quoted.double.c', begin: '"', end: '"' },
    { name: 'source.plain.c', match: '[A-Za-z_]\\w*' },
  ],
  repository: {},
};

const injections = ['gpusvm.injection', 'gpusvm.comment.injection'];
const fileOf = (scope: string): string =>
  scope === 'gpusvm.injection' ? 'gpusvm.injection.tmLanguage.json' : 'gpusvm-comment.injection.tmLanguage.json';
let grammar: IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) => {
      if (scope === 'source.c') return textmate.parseRawGrammar(JSON.stringify(host), 'c.json');
      const name = fileOf(scope);
      return textmate.parseRawGrammar(readFileSync(new URL(`../../syntaxes/${name}`, import.meta.url), 'utf8'), name);
    },
    getInjections: (scope) => (scope === 'source.c' ? injections : undefined),
  });
  const loaded = await registry.loadGrammar('source.c');
  if (loaded === null) throw new Error('no grammar');
  grammar = loaded;
});

/** Innermost scope of the first occurrence of a word in a text of several lines. */
function scopeOf(text: string, word: string): string {
  let stack = textmate.INITIAL;
  for (const line of text.split('\n')) {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    const at = line.indexOf(word);
    const token = at < 0 ? undefined : tokens.find((candidate) => candidate.startIndex <= at && at < candidate.endIndex);
    if (token !== undefined) return token.scopes.at(-1) ?? '';
  }
  return 'not found';
}

describe('code', () => {
  test.each([
    ['struct drm_gpusvm_range *range;', 'drm_gpusvm_range', 'entity.name.type.gpusvm.c'],
    ['struct drm_gpusvm svm;', 'drm_gpusvm', 'entity.name.type.gpusvm.c'],
    ['drm_gpusvm_range_remove(gpusvm, range);', 'drm_gpusvm_range_remove', 'entity.name.function.lifecycle.gpusvm.c'],
    ['drm_gpusvm_notifier_lock(gpusvm);', 'drm_gpusvm_notifier_lock', 'entity.name.function.lock.gpusvm.c'],
    ['lockdep_assert_held_write(&gpusvm->notifier_lock);', 'lockdep_assert_held_write', 'entity.name.function.lock.gpusvm.c'],
    ['toy_svm_notifier_unlock(vm);', 'toy_svm_notifier_unlock', 'entity.name.function.lock.gpusvm.c'],
    ['drm_gpusvm_for_each_range_safe(a, b, n, s, e) {', 'drm_gpusvm_for_each_range_safe', 'keyword.control.loop.gpusvm.c'],
    ['range->flags.unmapped = 1;', 'unmapped', 'variable.other.member.flags.gpusvm.c'],
    ['if (event == MMU_NOTIFY_UNMAP)', 'MMU_NOTIFY_UNMAP', 'constant.other.event.gpusvm.c'],
  ])('coloured_ok %s', (text, word, scope) => {
    expect(scopeOf(text, word)).toBe(scope);
  });

  test.each([
    ['unmapped = 1;', 'unmapped', 'source.plain.c'],
    ['/* drm_gpusvm_range_remove(x) */', 'drm_gpusvm_range_remove', 'comment.block.c'],
    ['"drm_gpusvm_range_remove("', 'drm_gpusvm_range_remove', 'string.quoted.double.c'],
    ['my_drm_gpusvm_range_remove(x);', 'my_drm_gpusvm_range_remove', 'source.plain.c'],
  ])('left_alone_ok %s', (text, word, scope) => {
    expect(scopeOf(text, word)).toBe(scope);
  });
});

describe('comments', () => {
  test.each([
    ['/* gpusvm-ignore(error-swallowed): the caller retries */', 'gpusvm-ignore', 'keyword.other.suppression.gpusvm.c'],
    ['/* gpusvm-ignore(error-swallowed): the caller retries */', 'error-swallowed', 'constant.other.rule.gpusvm.c'],
    ['/* gpusvm-ignore(error-swallowed): the caller retries */', 'the caller', 'string.unquoted.reason.gpusvm.c'],
    ['// gpusvm-ignore(error-swallowed): why', 'error-swallowed', 'constant.other.rule.gpusvm.c'],
    ['/**\n * @range: the range\n */', 'range', 'variable.parameter.kernel-doc.c'],
    ['/**\n * Return: 0 on success\n */', 'Return', 'keyword.other.section.kernel-doc.c'],
    ['/**\n * Takes %NULL and @range\n */', '%NULL', 'constant.other.kernel-doc.c'],
    ['/**\n * See &struct drm_gpusvm\n */', '&struct', 'entity.name.type.kernel-doc.c'],
  ])('coloured_ok %s', (text, word, scope) => {
    expect(scopeOf(text, word)).toBe(scope);
  });

  test('code_outside_comments_has_no_kernel_doc_ok', () => {
    expect(scopeOf('x = a &b;', 'b')).toBe('source.plain.c');
  });
});
