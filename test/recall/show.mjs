/** Prints the diff of each plant, to be read by a person: `node test/recall/show.mjs [part of an id]…`. Exit 1 when an edit does not apply. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyPlant, loadPlants, readTree } from './apply.mjs';

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const quiet = process.argv.includes('--quiet');
const folder = mkdtempSync(join(tmpdir(), 'recall-'));
let failed = 0;
let count = 0;
for (const plant of await loadPlants()) {
  if (wanted.length > 0 && !wanted.some((part) => plant.key.includes(part))) continue;
  count++;
  try {
    const changed = applyPlant(plant);
    if (quiet) continue;
    console.log(`=== ${plant.key} [${plant.rule}] in ${plant.fn}: ${plant.about}`);
    for (const [file, text] of changed) {
      writeFileSync(join(folder, 'a'), readTree(plant.tree, file));
      writeFileSync(join(folder, 'b'), text);
      const diff = spawnSync('diff', ['-U2', '--show-function-line=^[a-z_].*(', 'a', 'b'], { cwd: folder, encoding: 'utf8' }).stdout;
      const lines = diff.split('\n').slice(2);
      console.log(lines.length > 80 ? `${file}: ${lines.length} lines of diff` : lines.join('\n'));
    }
  } catch (error) {
    failed++;
    console.log(`!!! ${plant.key}: ${error.message}`);
  }
}
rmSync(folder, { recursive: true });
console.log(`${count - failed} apply, ${failed} do not`);
process.exitCode = failed > 0 ? 1 : 0;
