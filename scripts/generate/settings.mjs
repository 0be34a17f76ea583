// The settings table of server/src/features/settings.ts makes the manifest's section and docs/settings.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export async function generate({ root, load }) {
  const { settingsManifest, settingsPage } = await load('server/src/features/settings.ts');
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const contributes = { ...manifest.contributes, configuration: settingsManifest() };
  return [
    { path: 'package.json', text: `${JSON.stringify({ ...manifest, contributes }, undefined, 2)}\n` },
    { path: 'docs/settings.md', text: settingsPage() },
  ];
}
