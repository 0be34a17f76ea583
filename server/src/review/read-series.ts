/** Entry of review mode's reading: inputs of any accepted form in, one series out. */
import { looksLikeGitLog, splitGitLog } from './git-log.js';
import { looksLikeLorePage, splitLorePage } from './lore-page.js';
import { isSeparator, splitMbox, unquoteFrom } from './mbox.js';
import { looksLikeMail, readMail } from './mime.js';
import { selectSeries } from './select.js';
import { decodeBytes, isBlankAt, nextLine, splitLines, toBytes } from './text.js';
import type { Message, PatchInput, ReviewProblem, SeriesReading } from './types.js';

/** Largest input that is read, in bytes. A thread of a thousand mails has some ten million. */
export const INPUT_LIMIT = 64 * 1024 * 1024;

/** Most messages that are read; more is not a thread. */
export const MESSAGE_LIMIT = 3_000;

/** Offset of the first line that is not empty. */
function skipBlank(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && isBlankAt(bytes, at)) at = nextLine(bytes, at);
  return at;
}

function plainDiff(text: string, source: string): Message {
  return {
    source,
    sourceLine: 1,
    subject: '',
    from: '',
    date: '',
    messageId: '',
    inReplyTo: '',
    references: [],
    text,
    bodyLine: 1,
    commit: '',
  };
}

async function readMbox(bytes: Uint8Array, source: string, problems: ReviewProblem[]): Promise<readonly Message[]> {
  const parts = splitMbox(bytes);
  if (parts.length > MESSAGE_LIMIT) {
    problems.push({ where: source, message: `${parts.length} messages: only the first ${MESSAGE_LIMIT} are read` });
  }
  const messages: Message[] = [];
  for (const part of parts.slice(0, MESSAGE_LIMIT)) {
    const message = await readMail(part.bytes, { source, sourceLine: part.line });
    messages.push({ ...message, text: unquoteFrom(message.text) });
  }
  return messages;
}

async function readInput(input: PatchInput, problems: ReviewProblem[]): Promise<readonly Message[]> {
  const whole = toBytes(input.content);
  if (whole.length === 0) {
    problems.push({ where: input.name, message: 'empty' });
    return [];
  }
  if (whole.length > INPUT_LIMIT) {
    problems.push({ where: input.name, message: `larger than ${INPUT_LIMIT / 1024 / 1024} MiB: not read` });
    return [];
  }
  const start = skipBlank(whole);
  const bytes = whole.subarray(start);
  if (isSeparator(bytes, 0)) return readMbox(bytes, input.name, problems);
  // The head decides, so that the whole of a large mail is not decoded twice.
  const head = splitLines(decodeBytes(bytes.subarray(0, 256 * 1024)));
  const isMail = looksLikeMail(bytes);
  if (looksLikeLorePage(head)) return splitLorePage(splitLines(decodeBytes(whole)), input.name);
  if (isMail) return [await readMail(bytes, { source: input.name, sourceLine: 1 })];
  if (looksLikeGitLog(head)) return splitGitLog(splitLines(decodeBytes(whole)), input.name);
  // Text in front of an mbox (a mail client's export), or a bare diff.
  if (splitMbox(bytes).length > 0) return readMbox(bytes, input.name, problems);
  return [plainDiff(splitLines(decodeBytes(whole)).join('\n'), input.name)];
}

/** What to say about an input that holds no patch. */
function nothingFound(inputs: readonly PatchInput[], messages: readonly Message[]): ReviewProblem {
  const where = inputs.length === 1 ? (inputs[0]?.name ?? '') : `${inputs.length} inputs`;
  const html = inputs.find((input) => /^\s*<(!doctype|html)/i.test(decodeBytes(toBytes(input.content).subarray(0, 500))));
  if (html !== undefined) return { where: html.name, message: 'an HTML page: save the thread as text, or take its mbox' };
  const many = messages.length > 1 ? ` in ${messages.length} messages` : '';
  return { where, message: `no patch found${many}` };
}

/**
 * Reads inputs (an mbox, maildir messages, patch files, a lore page as text, output of `git log -p`) as one series. Never throws;
 * what cannot be used is told in `problems`. Asynchronous because decoding MIME is.
 */
export async function readSeries(inputs: readonly PatchInput[]): Promise<SeriesReading> {
  const problems: ReviewProblem[] = [];
  const messages: Message[] = [];
  for (const input of inputs) {
    for (const message of await readInput(input, problems)) messages.push(message);
  }
  const { series, problems: more } = selectSeries(messages);
  problems.push(...more);
  if (series.patches.length === 0 && problems.length === 0) problems.push(nothingFound(inputs, messages));
  return { series, problems };
}
