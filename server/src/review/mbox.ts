/** Splits an mbox into messages, by bytes. */
import { isBlankAt, lineAt, nextLine, startsWith } from './text.js';

/** Bytes of one message, and where it starts. */
export interface MboxMessage {
  /** Headers and body, without the separator line. */
  readonly bytes: Uint8Array;
  /** Line of the mbox where the bytes start, from 1. */
  readonly line: number;
}

/** A separator: `From`, an address or a commit, a date with a time and a year (RFC 4155; git writes a fixed date). */
const SEPARATOR = /^From \S+ .{0,40}\d{1,2}:\d\d.{0,40}\d{4}/;
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,70}:/;

/** True when a separator line stands at the offset: a header, or the end of a cut file, must follow. */
export function isSeparator(bytes: Uint8Array, at: number): boolean {
  if (!startsWith(bytes, at, 'From ') || !SEPARATOR.test(lineAt(bytes, at, 300))) return false;
  const next = nextLine(bytes, at);
  return next >= bytes.length || HEADER.test(lineAt(bytes, next, 100));
}

/** The messages of an mbox, in its order. Text in front of the first separator is skipped. A cut last message is given as far as it goes. */
export function splitMbox(bytes: Uint8Array): readonly MboxMessage[] {
  const found: { readonly start: number; readonly line: number; readonly separator: number }[] = [];
  let line = 1;
  let isBlankBefore = true;
  for (let at = 0; at < bytes.length; line++) {
    const next = nextLine(bytes, at);
    // A separator without an empty line before it is accepted too: concatenated patch files may lack it.
    if (bytes[at] === 0x46 && isSeparator(bytes, at) && (isBlankBefore || next < bytes.length)) {
      found.push({ start: next, line: line + 1, separator: at });
    }
    isBlankBefore = isBlankAt(bytes, at);
    at = next;
  }
  return found.map((message, i) => ({
    bytes: bytes.subarray(message.start, found[i + 1]?.separator ?? bytes.length),
    line: message.line,
  }));
}

/** Takes the quoting of mboxrd (and mboxo) off: one `>` of each `>From ` line. */
export function unquoteFrom(text: string): string {
  return text.includes('>From ') ? text.replace(/^>(>*From )/gm, '$1') : text;
}
