/** Makes mails, mboxes, threads and trees for the tests of review mode. All text is ours. */
import { createTwoFilesPatch } from 'diff';
import type { PatchInput } from '../../server/src/review/index.js';

/** Files of a tree by path. */
export type Files = Readonly<Record<string, string>>;

/** The diff between two states of a tree, as git writes it. */
export function gitDiff(before: Files, after: Files): string {
  const out: string[] = [];
  for (const path of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const [old, fresh] = [before[path], after[path]];
    if (old === fresh) continue;
    const body = createTwoFilesPatch(`a/${path}`, `b/${path}`, old ?? '', fresh ?? '', undefined, undefined, { context: 3 });
    const lines = body.split('\n').slice(1);
    if (old === undefined) lines[0] = '--- /dev/null';
    if (fresh === undefined) lines[1] = '+++ /dev/null';
    const mode = old === undefined ? ['new file mode 100644'] : fresh === undefined ? ['deleted file mode 100644'] : [];
    out.push(`diff --git a/${path} b/${path}`, ...mode, 'index 1111111..2222222', ...lines.slice(0, -1));
  }
  return `${out.join('\n')}\n`;
}

/** A patch to put into a mail. */
export interface Post {
  readonly subject: string;
  readonly diff?: string;
  readonly body?: string;
  readonly id?: string;
  readonly inReplyTo?: string;
  readonly date?: string;
  readonly from?: string;
  readonly headers?: readonly string[];
}

/** A mail as `git format-patch` writes it. */
export function mail(post: Post): string {
  const head = [
    `From: ${post.from ?? 'A Developer <dev@example.org>'}`,
    `Date: ${post.date ?? 'Mon, 3 Mar 2025 10:00:00 +0100'}`,
    `Subject: ${post.subject}`,
    ...(post.id === undefined ? [] : [`Message-ID: <${post.id}>`]),
    ...(post.inReplyTo === undefined ? [] : [`In-Reply-To: <${post.inReplyTo}>`, `References: <${post.inReplyTo}>`]),
    ...(post.headers ?? []),
  ];
  return `${head.join('\n')}\n\n${body(post)}`;
}

function body(post: Post): string {
  const text = post.body ?? 'Words about it.\n\nSigned-off-by: A Developer <dev@example.org>\n';
  return post.diff === undefined ? text : `${text}---\n f.c | 2 +-\n\n${post.diff}-- \n2.43.0\n\n`;
}

/** An mbox (mboxrd) of mails. */
export function mbox(mails: readonly string[]): string {
  return mails
    .map((text) => `From mboxrd@z Thu Jan  1 00:00:00 1970\n${text.replace(/^(>*From )/gm, '>$1').replace(/^>From: /, 'From: ')}\n`)
    .join('');
}

/** A thread page as public-inbox shows it, saved as text. */
export function lorePage(posts: readonly Post[]): string {
  const out = ['All of lists.example.org', ' help / color / mirror / Atom feed'];
  for (const post of posts) {
    out.push(
      `* ${post.subject}`,
      '@ 2025-03-03 10:00 A Developer',
      '  2025-03-03 10:00 ` [PATCH 2/2] something else A Developer',
      '  0 siblings, 2 replies; 9+ messages in thread',
      'From: A Developer @ 2025-03-03 10:00 UTC (permalink / raw)',
      '  To: list; +Cc: people,',
      '\tmore people',
      '',
      'From: A Developer <dev@example.org>',
      '',
      ...body(post).trimEnd().split('\n'),
      '',
      '^ permalink raw reply related\t[flat|nested] 9+ messages in thread',
      '',
    );
  }
  out.push('end of thread, other threads:[~2025-03-03 10:00 UTC | newest]');
  return out.join('\n');
}

/** An input for readSeries. */
export function input(content: string | Uint8Array, name = 'input'): PatchInput {
  return { name, content };
}

/** A C file with numbered functions, long enough for hunks to be apart. */
export function source(functions: number, line: (fn: number, at: number) => string = (fn, at) => `\tstep(${fn}, ${at});`): string {
  const out: string[] = ['/* A driver of our own. */', '#include "own.h"', ''];
  for (let fn = 0; fn < functions; fn++) {
    out.push(`static int work_${fn}(struct thing *thing)`, '{');
    for (let at = 0; at < 12; at++) out.push(line(fn, at));
    out.push('\treturn 0;', '}', '');
  }
  return out.join('\n');
}

/** A generator of numbers that gives the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
