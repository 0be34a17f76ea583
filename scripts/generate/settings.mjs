// The manifest's section of settings and docs/settings.md, from the one table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export async function generate({ root, load }) {
  const { settingsManifest, settingsPage } = await load('server/src/features/settings.ts');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  manifest.contributes = { ...manifest.contributes, configuration: settingsManifest() };
  return [
    { path: 'package.json', text: `${JSON.stringify(manifest, undefined, 2)}\n` },
    { path: 'docs/settings.md', text: settingsPage() },
  ];
}
