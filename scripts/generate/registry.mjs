// The folders of server/src/rules that hold a rule.ts make server/src/rules/registry.ts, in the catalogue's order.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export async function generate({ root, load }) {
  const { catalogue } = await load('server/src/rules/catalogue.ts');
  const rules = catalogue.flatMap(({ id }) => {
    const file = join(root, 'server/src/rules', id, 'rule.ts');
    if (!existsSync(file)) return [];
    const name = /^export const (\w+)\s*: Rule\b/m.exec(readFileSync(file, 'utf8'))?.[1];
    if (name === undefined) throw new Error(`server/src/rules/${id}/rule.ts exports no constant of type Rule`);
    return [{ id, name }];
  });
  const text = [
    '/** Every rule that has a check, in the order of the catalogue. Written by `npm run generate`. */',
    ...rules.map(({ id, name }) => `import { ${name} } from './${id}/rule.js';`),
    "import type { Rule } from './rule.js';",
    '',
    '/** Every rule, in the order of the catalogue. */',
    `export const allRules: readonly Rule[] = [${rules.map(({ name }) => name).join(', ')}];`,
    '',
  ];
  return rules.length === 0 ? [] : [{ path: 'server/src/rules/registry.ts', text: text.join('\n') }];
}
