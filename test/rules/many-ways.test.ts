/** Functions whose ways multiply step by step are analysed to their ends, and what is wrong there is found. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAnalysis } from '../../server/src/features/session.js';

const modules = join(import.meta.dirname, '../../node_modules');
const wasm = {
  runtime: readFileSync(join(modules, 'web-tree-sitter/web-tree-sitter.wasm')),
  grammar: readFileSync(join(modules, 'tree-sitter-c/tree-sitter-c.wasm')),
};

it('sixty_steps_of_two_ways_each_bad', async () => {
  const steps = Array.from({ length: 60 }, (_, i) => `\tpos += tin_add(buf, pos, "value ${i}", t->value[${i}]);`).join('\n');
  const text = `#include <linux/slab.h>
struct tin { u64 value[60]; };

static int tin_add(char *start, char *pos, const char *name, u64 value)
{
	int length = snprintf(pos, 64, "%s: %llu", name, value);

	if (pos + length > start + 4096)
		return 0;
	return length;
}

int tin_show(struct tin *t, char *out)
{
	char *buf = kzalloc(4096, GFP_KERNEL);
	char *pos = buf;
	int err;

	if (!buf)
		return -ENOMEM;
${steps}
	err = tin_print(out);
	if (err)
		return err;
	kfree(buf);
	return 0;
}
`;
  const host = { read: (path: string) => (path === 'lone.c' ? text : undefined), list: () => [] };
  const analysis = await createAnalysis({ host, hasTree: false, wasm });
  const report = analysis.check(['lone.c']);
  expect(report.limits).toEqual([]);
  expect(report.findings.map((finding) => `${finding.function} ${finding.rule}`)).toEqual(['tin_show memory-leak-on-error']);
});
