// The catalogue of rules makes docs/rules.md, and the table between the marks of README.md when it has them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const groups = {
  ownership: 'Ownership: pages and ranges',
  notifier: 'Notifier callbacks',
  locks: 'Locks',
  flags: 'Flags words',
  errors: 'Errors and retries',
  references: 'References and lifetimes',
  dma: 'DMA mappings',
};
const begin = '<!-- rules: npm run generate -->';
const end = '<!-- /rules -->';

/** One table per group; `folder` leads from the page to the rules' folder. */
function tables(catalogue, folder) {
  return Object.entries(groups).flatMap(([group, title]) => {
    const rows = catalogue.filter((rule) => rule.group === group);
    if (rows.length === 0) return [];
    const lines = rows.map(
      ({ id, summary, severity, fix }) => `| [\`${id}\`](${folder}/${id}/README.md) | ${summary} | ${severity} | ${fix} |`,
    );
    return [`### ${title}`, '', '| rule | reports | severity | fix |', '|---|---|---|---|', ...lines, ''];
  });
}

export async function generate({ root, load }) {
  const { catalogue } = await load('server/src/rules/catalogue.ts');
  // A rule that is only described so far is not listed: nobody could see a finding of it.
  const written = catalogue.filter((rule) => existsSync(join(root, 'server/src/rules', rule.id, 'rule.ts')));
  const { serviceMessages } = await load('server/src/rules/service.ts');
  const service = serviceMessages.map(({ id, summary, severity }) => `| [\`${id}\`](${id}.md) | ${summary} | ${severity} |`);
  const page = [
    '# Rules',
    '',
    'Written by `npm run generate` from `server/src/rules/catalogue.ts`.',
    '',
    ...tables(written, '../server/src/rules'),
    '### Service messages',
    '',
    "About the tool's own inputs, not about code: no rules, and not in the catalogue.",
    '',
    '| id | reports | severity |',
    '|---|---|---|',
    ...service,
    '',
  ];
  const files = [{ path: 'docs/rules.md', text: page.join('\n') }];

  const readme = join(root, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from >= 0 && to > from) {
    const table = tables(written, 'server/src/rules').join('\n');
    files.push({ path: 'README.md', text: `${text.slice(0, from)}${begin}\n\n${table}\n${text.slice(to)}` });
  }
  return files;
}
