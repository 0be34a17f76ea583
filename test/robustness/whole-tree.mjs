/**
 * Every .c and .h of a kernel tree, parsed and checked: no crash, no file over its time, and the memory it took. By hand, an hour or so:
 *   node test/robustness/whole-tree.mjs --tree DIR [--under FOLDER] [--most SECONDS] [--part K/N] [--json FILE]
 * A file's time is CPU time, all it leads to included; a session is opened anew after some files, as an editor's would be. `--part 2/8` takes
 * every eighth folder. Last line: `N passed, N failed`, counting files.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine, openTree } from '../recall/engine.mjs';

const options = { tree: undefined, under: '', most: 2, part: 1, parts: 1, json: undefined, session: 300 };
for (let i = 2; i < process.argv.length; i++) {
  const name = process.argv[i];
  const value = process.argv[++i];
  if (name === '--tree') options.tree = value;
  else if (name === '--under') options.under = value;
  else if (name === '--most') options.most = Number(value);
  else if (name === '--json') options.json = value;
  else if (name === '--session') options.session = Number(value);
  else if (name === '--part') [options.part, options.parts] = value.split('/').map(Number);
  else throw new Error(`unknown argument ${name}`);
}
if (options.tree === undefined) throw new Error('--tree DIR is needed');

/** Folders with their sources, in path order. */
function* folders(folder) {
  const entries = readdirSync(join(options.tree, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  const path = (name) => (folder === '' ? name : `${folder}/${name}`);
  const files = entries.filter((entry) => entry.isFile() && /\.[ch]$/.test(entry.name)).map((entry) => path(entry.name));
  if (files.length > 0) yield files;
  for (const entry of entries) if (entry.isDirectory() && entry.name !== '.git') yield* folders(path(entry.name));
}

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const engine = await loadEngine();
const report = { files: 0, functions: 0, lines: 0, limits: 0, findings: 0, failed: [], slow: [], slowest: [], cpuMs: 0, peakRssMb: 0 };
let analysis;
let sinceOpen = 0;
let at = 0;
for (const files of folders(options.under)) {
  if (at++ % options.parts !== options.part - 1) continue;
  for (const file of files) {
    if (analysis === undefined || sinceOpen >= options.session) {
      // Nothing of the last session is held while the next one opens.
      analysis = undefined;
      analysis = await openTree(engine, options.tree);
      sinceOpen = 0;
    }
    sinceOpen++;
    const began = cpu();
    try {
      const { stats, limits, findings } = analysis.check([file]);
      report.functions += stats.functions;
      report.lines += stats.lines;
      report.limits += limits.length;
      report.findings += findings.length;
    } catch (error) {
      report.failed.push(`${file}: ${error instanceof Error ? error.stack : error}`);
      console.log(`FAILED ${report.failed.at(-1)}`);
      analysis = undefined;
    }
    const ms = Math.round(cpu() - began);
    report.files++;
    report.slowest.push([ms, file]);
    if (report.slowest.length > 500) report.slowest = report.slowest.sort((a, b) => b[0] - a[0]).slice(0, 40);
    if (ms > options.most * 1000) {
      report.slow.push(`${file}: ${ms} ms`);
      console.log(`SLOW ${file}: ${ms} ms`);
    }
    if (report.files % 1000 === 0)
      console.log(
        `${report.files} files, ${Math.round(cpu() / 1000)} s of CPU time, ${Math.round(process.memoryUsage().rss / 1e6)} MB: ${file}`,
      );
  }
}
report.slowest = report.slowest.sort((a, b) => b[0] - a[0]).slice(0, 40);
report.cpuMs = Math.round(cpu());
report.peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
console.log(JSON.stringify({ ...report, slowest: report.slowest.slice(0, 10) }, null, 2));
const failed = new Set([...report.failed, ...report.slow].map((line) => line.slice(0, line.indexOf(':')))).size;
console.log(`${report.files - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
