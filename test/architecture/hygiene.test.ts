import { homedir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { filesBelow, root } from './sources.js';

const isText = (path: string): boolean => !/\.(png|vsix|wasm|ico)$/.test(path);

describe('hygiene', () => {
  test('no_file_names_this_machine_ok', () => {
    const paths = [root, homedir()].filter((path) => path.split('/').length > 1 && path.length > 4).map((path) => `${path}/`);
    const files = filesBelow('.', isText);
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => paths.some((path) => file.text.includes(path))).map((file) => file.path)).toEqual([]);
  });

  test('lock_file_names_no_host_ok', () => {
    const locks = filesBelow('.', (path) => path.endsWith('package-lock.json'));
    expect(locks.length).toBeGreaterThan(0);
    expect(locks.filter((file) => /"resolved": "\w+:/.test(file.text)).map((file) => file.path)).toEqual([]);
  });

  test('lock_file_is_complete_for_every_platform_ok', () => {
    // A registry that lacks a platform's package makes npm leave it out of the lock file, and `npm ci` then refuses that file.
    const [lock] = filesBelow('.', (path) => path === 'package-lock.json');
    const packages = (JSON.parse(lock?.text ?? '{}') as { packages: Record<string, { optionalDependencies?: Record<string, string> }> })
      .packages;
    const present = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
    const wanted = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((name) => !present.has(name))).toEqual([]);
  });

  test('tools_are_pinned_exactly_ok', () => {
    const manifests = filesBelow('.', (path) => path.endsWith('package.json') && !path.includes('fixtures/'));
    const loose = manifests.flatMap((file) => {
      const { dependencies, devDependencies } = JSON.parse(file.text) as Record<string, Record<string, string> | undefined>;
      return Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) =>
        /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) ? [] : [`${file.path}: ${name} ${version}`],
      );
    });
    expect(loose).toEqual([]);
  });
});
