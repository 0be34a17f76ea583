/**
 * The build ring: drivers of the embedded model on a tree of the split one do not build; the refactors move them, and they do, without a
 * warning. Prints how the move of a real driver differs from the one that was merged, hunk by hunk.
 *   node test/build/run.mjs [--keep FOLDER] [--series]   --series: only the older tree with the core of the series; works in FOLDER and leaves it; else in a folder of its own that goes away
 * Needs the trees of Linux 7.2 and 7.3 (all of it: `bash test/kernel/fetch-kernel.sh 7.3 --full`) and what builds a kernel.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { driver, makeBefore, movedFiles } from './before.mjs';
import { checkSyntax, commandOf, compile, configure, missing, treeOf } from './kernel.mjs';
import { compareChanges } from './table.mjs';
import { makeSeriesCore, missingOfThread } from './thread.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const objectsOf = (names) => names.map((name) => `${driver}/${name}.o`);
const built = objectsOf(['xe_svm', 'xe_userptr', 'xe_pt', 'xe_vm']);
let passed = 0;
let failed = 0;

function verdict(name, problems) {
  if (problems.length === 0) passed++;
  else failed++;
  console.log(`${problems.length === 0 ? 'ok' : 'FAILED'}  ${name}`);
  for (const problem of problems.slice(0, 20)) console.log(`        ${problem}`);
}

function finish() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

const cli = (args) => {
  const result = spawnSync(process.execPath, [join(root, 'dist/cli.js'), ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status: result.status, out: result.stdout, err: result.stderr };
};

const port = (tree, refactor, path) => cli(['fix', '--refactor', refactor, '--write', '--format', 'json', '--tree', tree, path]);

/** Findings of a check, by rule and function, so that the lines do not count. */
function findings(tree, files) {
  const { out, err } = cli(['check', '--format', 'json', '--tree', tree, ...files]);
  try {
    return JSON.parse(out).findings.map((one) => `${one.file}: ${one.rule} in ${one.function || '(file)'}`);
  } catch {
    return [`check failed: ${err}`];
  }
}

const lacking = missing();
if (lacking.length > 0) {
  console.log(`build: left out: this machine lacks ${lacking.join(', ')}`);
  // As .ci/run has it: the ring is skipped, and says so.
  process.exit(75);
}

const kept = process.argv.includes('--keep') ? resolve(process.argv[process.argv.indexOf('--keep') + 1] ?? 'build-ring') : undefined;
const work = kept ?? mkdtempSync(join(tmpdir(), 'gpusvm-build-'));
mkdirSync(work, { recursive: true });
process.on('exit', () => {
  if (kept === undefined) rmSync(work, { recursive: true, force: true });
});
spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--if-stale'], { cwd: root, stdio: 'inherit' });

/** What the kernel's own style check says of a diff; the place of a file and a missing message are no style. */
function styleOf(scratch, diff, ignored = []) {
  const script = join(scratch, 'scripts/checkpatch.pl');
  const result = spawnSync(
    'perl',
    [
      script,
      '--strict',
      '--no-signoff',
      '--no-tree',
      '--terse',
      '--ignore',
      ['FILE_PATH_CHANGES', 'COMMIT_MESSAGE', ...ignored].join(','),
      '-',
    ],
    { input: diff, encoding: 'utf8' },
  );
  if (result.error !== undefined || /^Can't open perl script/m.test(result.stderr)) return [String(result.error ?? result.stderr)];
  return result.stdout.split('\n').filter((line) => /(?:ERROR|WARNING|CHECK): /.test(line));
}

/** A real driver: moved, built, checked, compared with what was merged. */
function realDriver(scratch, objects) {
  const newer = treeOf('7.3-full');
  const count = makeBefore({ older: treeOf('7.2'), newer, scratch });
  console.log(`${count} hunks of ${movedFiles.length} files taken back`);
  const beforeTexts = new Map(movedFiles.map((file) => [file, readFileSync(join(scratch, file), 'utf8')]));
  // The driver as it is in its tree comes first: what does not build there is no fault of ours.
  const refuse = (why) => {
    console.log(`build: left out: the unchanged tree does not build cleanly on this machine: ${why.slice(0, 400)}`);
    process.exit(75);
  };
  for (const file of movedFiles) writeFileSync(join(scratch, file), readFileSync(join(newer, file)));
  try {
    configure(scratch, objects);
  } catch (error) {
    refuse(String(error));
  }
  const unchanged = compile(scratch, objects, built);
  if (unchanged.status !== 0 || unchanged.warnings.length > 0)
    refuse([...unchanged.errors, ...unchanged.warnings, unchanged.output].join('; '));
  for (const [file, text] of beforeTexts) writeFileSync(join(scratch, file), text);
  const first = compile(scratch, objects, built);
  verdict('before the move the driver does not build', first.errors.length > 0 && first.status !== 0 ? [] : ['it does']);
  for (const line of first.errors.slice(0, 5)) console.log(`        ${line.replace(`${scratch}/`, '')}`);

  const result = port(scratch, 'driver-owned-pages', driver);
  verdict('the refactor writes its edits', result.status === 0 || result.status === 1 ? [] : [result.err]);
  if (result.status === 0 || result.status === 1) for (const note of JSON.parse(result.out).notes) console.log(`        note: ${note}`);
  if (result.status === 0 || result.status === 1)
    verdict('checkpatch --strict says nothing of the edits', styleOf(scratch, JSON.parse(result.out).diff));
  const second = compile(scratch, objects, built);
  verdict('after the move it builds without a warning', second.status === 0 ? second.warnings : second.errors);

  // What stands in the merged driver is no work of the refactor.
  const known = new Set(findings(newer, movedFiles));
  verdict(
    'check finds nothing in it that the merged driver has not',
    findings(scratch, movedFiles).filter((one) => !known.has(one)),
  );

  const again = port(scratch, 'driver-owned-pages', driver);
  verdict('a second run changes nothing', JSON.parse(again.out).diff === '' ? [] : [JSON.parse(again.out).diff]);

  const rows = movedFiles.flatMap((file) =>
    compareChanges(
      file.slice(driver.length + 1),
      beforeTexts.get(file),
      readFileSync(join(scratch, file), 'utf8'),
      readFileSync(join(newer, file), 'utf8'),
    ),
  );
  console.log('\nours against merged, hunk by hunk (lines of the text before):');
  for (const row of rows)
    console.log(
      `  ${row.verdict.padEnd(10)} ${`${row.file}:${row.line}`.padEnd(18)} ${row.function}${row.reason === '' ? '' : `: ${row.reason}`}`,
    );
  const tally = (name) => rows.filter((row) => row.verdict === name).length;
  console.log(`  ${tally('same')} same, ${tally('equivalent')} equivalent, ${tally('missing')} missing, ${tally('extra')} extra\n`);
  verdict(
    'no hunk of the merged move is missing, none is extra',
    rows
      .filter((row) => row.verdict === 'missing' || row.verdict === 'extra')
      .map((row) => `${row.verdict} ${row.file}:${row.line}: ${[...row.hunk.out, ...row.hunk.in].join(' / ')}`),
  );
  const command = commandOf(objects, `${driver}/xe_userptr.o`);
  return command;
}

/** The same driver in its older tree, whose core has become what the series made it; nothing was merged like that, so nothing is compared. */
async function olderDriver() {
  const lacks = missingOfThread();
  if (lacks.length > 0) {
    console.log(`left out: the older tree with the core of the series: this machine lacks ${lacks.join(' and ')}`);
    return;
  }
  const [tree, made] = [join(work, 'linux-series'), join(work, 'objects-series')];
  if (existsSync(made)) rmSync(made, { recursive: true });
  const changed = await makeSeriesCore(tree);
  console.log(`core of the series: ${changed.join(', ')}`);
  configure(tree, made);
  const files = ['xe_svm', 'xe_userptr', 'xe_pt', 'xe_vm'].map((name) => `${driver}/${name}.c`);
  verdict('series: the core builds', compile(tree, made, ['drivers/gpu/drm/drm_gpusvm.o']).errors);
  const first = compile(tree, made, built);
  verdict('series: before the move the driver does not build', first.errors.length > 0 && first.status !== 0 ? [] : ['it does']);
  const known = new Set(findings(treeOf('7.2'), files));
  const result = port(tree, 'driver-owned-pages', driver);
  const isWritten = result.status === 0 || result.status === 1;
  verdict('series: the refactor writes its edits', isWritten ? [] : [result.err]);
  if (isWritten) verdict('series: checkpatch --strict says nothing of the edits', styleOf(tree, JSON.parse(result.out).diff));
  const second = compile(tree, made, built);
  verdict('series: after the move it builds without a warning', second.status === 0 ? second.warnings : second.errors);
  verdict(
    'series: check finds nothing in it that the older driver has not',
    findings(tree, files).filter((one) => !known.has(one)),
  );
  verdict('series: a second run changes nothing', JSON.parse(port(tree, 'driver-owned-pages', driver).out).diff === '' ? [] : ['it does']);
}

/** A driver of our own: moved and compiled against the real headers. */
function ownDriver({ name, from, scratch, objects, command, refactors, flags }) {
  const tree = join(work, name);
  const folder = `drivers/gpu/drm/${name}`;
  rmSync(tree, { recursive: true, force: true });
  cpSync(from, join(tree, folder), { recursive: true });
  symlinkSync(join(scratch, 'include'), join(tree, 'include'));
  symlinkSync(join(scratch, 'drivers/gpu/drm/drm_gpusvm.c'), join(tree, 'drivers/gpu/drm/drm_gpusvm.c'));
  const sources = readdirSync(join(tree, folder))
    .filter((file) => file.endsWith('.c'))
    .map((file) => join(tree, folder, file));
  const syntax = () => checkSyntax(objects, command, sources, [`-I${join(tree, folder)}`, ...flags]);
  const files = sources.map((file) => file.slice(tree.length + 1));
  verdict(`${name}: before the move it does not build`, syntax().length === 0 ? ['it does'] : []);
  let known = new Set(findings(tree, files));
  for (const refactor of refactors) {
    const result = port(tree, refactor, folder);
    const problems = result.status === 0 || result.status === 1 ? [] : [result.err];
    const isEmpty = problems.length === 0 && JSON.parse(result.out).diff === '';
    if (isEmpty && refactor !== 'scoped-notifier-lock') problems.push('it changed nothing');
    verdict(`${name}: ${refactor} writes its edits`, problems);
    // Loops in loops: what stood at the edge is pushed over it.
    const ignored = refactor === 'pages-per-device' ? ['LONG_LINE'] : [];
    if (problems.length === 0)
      verdict(`${name}: checkpatch --strict says nothing of them`, styleOf(scratch, JSON.parse(result.out).diff, ignored));
    verdict(`${name}: after ${refactor} it builds without a warning`, syntax());
    const now = findings(tree, files);
    verdict(
      `${name}: after ${refactor} check finds nothing that was not there before (${now.length} left)`,
      now.filter((one) => !known.has(one)),
    );
    known = new Set(now);
  }
}

const scratch = join(work, 'linux');
const objects = join(work, 'objects');
if (existsSync(objects)) rmSync(objects, { recursive: true });
if (process.argv.includes('--series')) {
  await olderDriver();
  finish();
}
const command = realDriver(scratch, objects);
ownDriver({
  name: 'sample',
  from: join(root, 'test/fixtures/kernel-embedded/drivers/gpu/drm/sample'),
  scratch,
  objects,
  command,
  refactors: ['driver-owned-pages', 'pages-per-device', 'scoped-notifier-lock'],
  flags: ['-DCONFIG_DRM_SAMPLE_SVM=1'],
});
ownDriver({
  name: 'ember',
  from: join(root, 'test/refactors/ember'),
  scratch,
  objects,
  command,
  refactors: ['driver-owned-pages', 'pages-per-device', 'scoped-notifier-lock'],
  flags: [],
});
await olderDriver();
finish();
