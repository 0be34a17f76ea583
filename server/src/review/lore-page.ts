/** A thread page of lore.kernel.org (public-inbox) saved as plain text: messages with their bodies, in the page's order. */
import type { Message } from './types.js';

const FROM = /^From: (.{1,300}) @ (\d{4}-\d\d-\d\d\s{1,4}\d{1,2}:\d\d(?: [A-Z]{1,5})?)\s{1,4}\(permalink \/ raw\)/;

/** How far above its `From:` line a message's subject may stand: the list of siblings between them is short. */
const SUBJECT_REACH = 400;

const isFrom = (line: string): boolean => line.startsWith('From: ') && FROM.test(line.slice(0, 500));

/** True when the text is such a page: a `From: name @ date (permalink / raw)` line among its first lines. */
export function looksLikeLorePage(lines: readonly string[]): boolean {
  return lines.slice(0, 1000).some(isFrom);
}

/** Index of the line that holds the message's subject (`* subject`), above its From line and below the message before. */
function subjectLine(lines: readonly string[], from: number, floor: number): number {
  for (let at = from - 1; at >= Math.max(floor, from - SUBJECT_REACH); at--) {
    const line = lines[at] ?? '';
    if (line.startsWith('* ')) return at;
    if (line.startsWith('[') || line.startsWith('Re: [')) return at;
  }
  return from;
}

/** The messages of a page. The text of each starts at its subject line; what stands below its last line is cut off. */
export function splitLorePage(lines: readonly string[], source: string): readonly Message[] {
  const starts: number[] = [];
  lines.forEach((line, at) => {
    if (isFrom(line)) starts.push(at);
  });
  let floor = 0;
  const subjects = starts.map((from) => {
    const at = subjectLine(lines, from, floor);
    floor = from + 1;
    return at;
  });
  return starts.map((from, i): Message => {
    const first = subjects[i] ?? from;
    const limit = subjects[i + 1] ?? lines.length;
    let end = limit;
    for (let at = from + 1; at < limit; at++) {
      const line = lines[at] ?? '';
      if (line.startsWith('^ permalink raw') || line.startsWith('end of thread, ')) {
        end = at;
        break;
      }
    }
    let body = from + 1;
    while (body < end && lines[body]?.trim() !== '') body += 1;
    body = Math.min(body + 1, end);
    const head = FROM.exec((lines[from] ?? '').slice(0, 500));
    // git writes the author into the body where he is not the sender; pages always show it there.
    const author = /^From: (.{1,300})$/.exec(lines[body] ?? '')?.[1];
    return {
      source,
      sourceLine: first + 1,
      subject: first === from ? '' : (lines[first] ?? '').replace(/^\* /, '').trim(),
      from: author ?? head?.[1] ?? '',
      date: head?.[2] ?? '',
      messageId: '',
      inReplyTo: '',
      references: [],
      text: lines.slice(first, end).join('\n'),
      bodyLine: body - first + 1,
      commit: '',
    };
  });
}
