/** Full kernel trees and their compiler: where they are, what is missing, and objects built from them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.GPUSVM_KERNELS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gpusvm-kernels');

/** Folder of a tree: `7.2`, or `7.3-full` with everything that a build needs. */
export const treeOf = (version) => join(cache, `linux-${version}`);

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

/** What the ring needs and this machine has not; empty when all is there. */
export function missing() {
  const trees = ['7.2', '7.3-full']
    .filter((version) => !existsSync(join(treeOf(version), '.complete')))
    .map((version) => `the tree of Linux ${version}`);
  const tools = ['gcc', 'make', 'flex', 'bison', 'bc', 'diff', 'perl'].filter((tool) => !has(tool));
  const headers = [
    ['libelf-dev', 'gelf.h'],
    ['libssl-dev', 'openssl/opensslv.h'],
  ]
    .filter(
      ([, header]) =>
        spawnSync('gcc', ['-E', '-x', 'c', '-'], { input: `#include <${header}>\n`, stdio: ['pipe', 'ignore', 'ignore'] }).status !== 0,
    )
    .map(([name]) => name);
  return [...trees, ...tools, ...(has('gcc') ? headers : [])];
}

const options = [
  '-e',
  'MODULES',
  '-m',
  'DRM',
  '-e',
  'MEMORY_HOTPLUG',
  '-e',
  'MEMORY_HOTREMOVE',
  '-e',
  'ZONE_DEVICE',
  '-e',
  'DEVICE_PRIVATE',
  '-e',
  'HMM_MIRROR',
];
const gpuOptions = [
  '-e',
  'PCI_P2PDMA',
  '-e',
  'TRANSPARENT_HUGEPAGE',
  '-m',
  'DRM_XE',
  '-e',
  'DRM_XE_GPUSVM',
  '-e',
  'DRM_XE_PAGEMAP',
  '-d',
  'WERROR',
  '-d',
  'DRM_WERROR',
];

function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
}

/** Configures a build of a tree with GPU SVM and its driver switched on. Throws when an option does not stay on. */
export function configure(tree, objects) {
  mkdirSync(objects, { recursive: true });
  run('make', ['-s', '-C', tree, `O=${objects}`, 'x86_64_defconfig']);
  run(join(tree, 'scripts/config'), ['--file', join(objects, '.config'), ...options, ...gpuOptions]);
  run('make', ['-s', '-C', tree, `O=${objects}`, 'olddefconfig']);
  const config = readFileSync(join(objects, '.config'), 'utf8');
  for (const name of ['DRM_GPUSVM', 'DRM_XE', 'DRM_XE_GPUSVM', 'DRM_XE_PAGEMAP']) {
    if (!new RegExp(`^CONFIG_${name}=[ym]`, 'm').test(config)) throw new Error(`CONFIG_${name} did not stay on`);
  }
  run('make', ['-s', '-C', tree, `O=${objects}`, '-j2', 'prepare']);
}

/** Builds objects, going on after errors. Returns the compiler's errors and warnings, one line each. */
export function compile(tree, objects, names) {
  const result = spawnSync('make', ['-k', '-C', tree, `O=${objects}`, '-j2', ...names], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const output = `${result.stdout}${result.stderr}`;
  const lines = output.split('\n');
  return {
    status: result.status,
    errors: lines.filter((line) => /: (fatal )?error: /.test(line)),
    warnings: lines.filter((line) => /: warning: /.test(line)),
    output,
  };
}

/** The command that compiled an object, without its input and output: for sources that no Makefile names. */
export function commandOf(objects, name) {
  const folder = name.slice(0, name.lastIndexOf('/'));
  const file = name.slice(name.lastIndexOf('/') + 1);
  const text = readFileSync(join(objects, folder, `.${file}.cmd`), 'utf8');
  const command = /^savedcmd_\S+ := (.*)$/m.exec(text)?.[1] ?? '';
  return command
    .replace(/ -c -o .*$/, '')
    .replace(/-Wp,-MMD,\S+/, '')
    .replace(/-DKBUILD_\w+=\S+/g, '');
}

/** Compiles sources for their messages alone, with another object's command. Missing prototypes are not looked at: the stand-ins have none. */
export function checkSyntax(objects, command, sources, flags = []) {
  const messages = [];
  for (const source of sources) {
    const line = `${command} -Wno-missing-prototypes -Wno-missing-declarations ${flags.join(' ')} -DKBUILD_BASENAME='"sample"' -DKBUILD_MODNAME='"sample"' -fsyntax-only '${source}'`;
    const result = spawnSync('sh', ['-c', line], { cwd: objects, encoding: 'utf8' });
    messages.push(...result.stderr.split('\n').filter((one) => /: (fatal )?(error|warning): /.test(one)));
    if (result.status !== 0 && messages.length === 0) messages.push(`${source}: ${result.stderr}`);
  }
  return messages;
}

/** True when a file is the same in two trees. */
export const isSame = (left, right) => {
  try {
    execFileSync('cmp', ['-s', left, right]);
    return true;
  } catch {
    return false;
  }
};
