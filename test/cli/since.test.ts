import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../server/src/cli/run.js';
import { type FakeRule, fakeIo, fakeServices, scratch, treeMark } from './fake.js';

const rules: readonly FakeRule[] = [{ rule: 'flags-plain-write', severity: 'warning', word: 'racy' }];

function repository(below = ''): { root: string; commit: (text: string) => void } {
  const top = scratch(
    Object.fromEntries(Object.entries({ ...treeMark, 'drivers/gpu/drm/x/a.c': 'start\n' }).map(([name, text]) => [below + name, text])),
  );
  const git = (...args: string[]): void => {
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], {
      cwd: top,
      stdio: 'ignore',
    });
  };
  git('init');
  const root = join(top, below);
  return {
    root,
    commit(text) {
      writeFileSync(join(root, 'drivers/gpu/drm/x/a.c'), text);
      git('add', '.');
      git('commit', '-m', 'x', '--allow-empty');
    },
  };
}

async function findings(root: string, since: string): Promise<readonly string[]> {
  const io = fakeIo(root);
  await run(['check', '--since', since, '--format', 'json'], io, fakeServices(rules));
  expect(io.stderr()).toBe('');
  return JSON.parse(io.stdout()).findings.map((finding: { fingerprint: string; line: number }) => `${finding.fingerprint}:${finding.line}`);
}

test.each(['', 'deep/er/'])('only what is new in the range (tree in %j of the repository)', async (below) => {
  const { root, commit } = repository(below);
  commit('racy\n');
  commit('more\nracy\nracy\n');
  commit('racy\nracy\nracy\n');
  writeFileSync(join(root, 'drivers/gpu/drm/x/a.c'), 'racy racy racy racy\n');
  expect(await findings(root, 'HEAD~2..HEAD~1')).toEqual(['racy-1:3']);
  expect(await findings(root, 'HEAD~1..HEAD')).toEqual(['racy-2:3']);
  expect(await findings(root, 'HEAD..')).toEqual(['racy-3:1']);
  expect(await findings(root, 'HEAD~2')).toEqual(['racy-1:1', 'racy-2:1', 'racy-3:1']);
});

test('a range that git does not know is wrong use', async () => {
  const { root, commit } = repository();
  commit('x\n');
  for (const [since, words] of [
    ['nope..HEAD', 'no commit nope'],
    ['--output=x..HEAD', 'no commit --output=x'],
  ] as const) {
    const io = fakeIo(root);
    expect(await run(['check', `--since=${since}`], io, fakeServices(rules))).toBe(2);
    expect(io.stderr()).toContain(words);
  }
});
