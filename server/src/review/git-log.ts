/** Output of `git log -p` and `git show`: commits with their diffs. (`git format-patch --stdout` is an mbox.) */
import { parseDiff } from './diff.js';
import type { Message } from './types.js';

const COMMIT = /^commit ([0-9a-f]{7,64})\b/;

/** True when the text begins like `git log` or `git show`. */
export function looksLikeGitLog(lines: readonly string[]): boolean {
  const first = lines.findIndex((line) => line.trim() !== '');
  return COMMIT.test((lines[first] ?? '').slice(0, 200)) && /^(Author|Merge|tree|parent|AuthorDate|Date):? /.test(lines[first + 1] ?? '');
}

/** A commit line is one only where a header follows: messages are indented, but a diff may hold such text. */
function isCommit(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  return line.startsWith('commit ') && COMMIT.test(line.slice(0, 200)) && /^(Author|Merge):/.test(lines[at + 1] ?? '');
}

/** Blob ids that a commit's diffs begin and end with, by file. */
function blobs(message: Message): ReadonlyMap<string, readonly [string, string]> {
  return new Map(parseDiff(message.text.split('\n')).files.map((file) => [file.newPath, [file.oldBlob, file.newBlob]]));
}

const isSame = (a: string, b: string): boolean => a !== '' && b !== '' && (a.startsWith(b) || b.startsWith(a));

/**
 * Puts commits into the order of application. `git log` prints the newest first, `--reverse` the oldest: where two commits
 * touch a file, the blob that one leaves and the other finds tells which came first.
 */
function inOrder(messages: readonly Message[]): readonly Message[] {
  const last = new Map<string, readonly [string, string]>();
  let forward = 0;
  let backward = 0;
  for (const message of messages) {
    for (const [path, [before, after]] of blobs(message)) {
      const known = last.get(path);
      if (known !== undefined && isSame(known[1], before)) forward += 1;
      if (known !== undefined && isSame(known[0], after)) backward += 1;
      last.set(path, [before, after]);
    }
  }
  return forward > backward ? messages : [...messages].reverse();
}

/** The commits of `git log -p` as messages, in the order of application. */
export function splitGitLog(lines: readonly string[], source: string): readonly Message[] {
  const starts: number[] = [];
  for (let at = 0; at < lines.length; at++) if (isCommit(lines, at)) starts.push(at);
  const messages = starts.map((start, i): Message => {
    const text = lines.slice(start, starts[i + 1] ?? lines.length);
    const blank = text.indexOf('');
    const header = (name: string): string =>
      text
        .slice(0, blank === -1 ? 20 : blank)
        .find((line) => line.startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim() ?? '';
    return {
      source,
      sourceLine: start + 1,
      subject:
        text
          .slice(blank + 1, blank + 5)
          .find((line) => line.startsWith('    '))
          ?.trim() ?? '',
      from: header('Author'),
      date: header('Date') || header('AuthorDate'),
      messageId: '',
      inReplyTo: '',
      references: [],
      text: text.join('\n'),
      bodyLine: blank + 2,
      commit: COMMIT.exec(text[0] ?? '')?.[1] ?? '',
    };
  });
  return inOrder(messages);
}
