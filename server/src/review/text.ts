/** Bytes and lines. Everything here is linear in its input. */

const LF = 10;
const CR = 13;

/** Decodes bytes: as UTF-8 when they are valid UTF-8 whatever the label says (mail labels lie), else by the label, else as windows-1252. Never throws. */
export function decodeBytes(bytes: Uint8Array, label = ''): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decodeLabelled(bytes, label);
  }
}

function decodeLabelled(bytes: Uint8Array, label: string): string {
  const usable = label === '' || /^(utf-?8|us-ascii|ascii)$/i.test(label) ? 'windows-1252' : label;
  try {
    return new TextDecoder(usable).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Bytes of an input; text becomes UTF-8. A byte order mark is dropped; UTF-16 with a mark (as some editors save) becomes UTF-8. */
export function toBytes(content: string | Uint8Array): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content.startsWith('\ufeff') ? content.slice(1) : content);
  const [first, second, third] = content;
  if (first === 0xef && second === 0xbb && third === 0xbf) return content.subarray(3);
  if (first === 0xff && second === 0xfe) return new TextEncoder().encode(new TextDecoder('utf-16le').decode(content));
  if (first === 0xfe && second === 0xff) return new TextEncoder().encode(new TextDecoder('utf-16be').decode(content));
  return content;
}

/** Offset behind the line end that follows `from`; the length when there is none. */
export function nextLine(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(LF, from);
  return at === -1 ? bytes.length : at + 1;
}

/** True when the bytes at an offset are these ASCII characters. */
export function startsWith(bytes: Uint8Array, at: number, ascii: string): boolean {
  if (at + ascii.length > bytes.length) return false;
  for (let i = 0; i < ascii.length; i++) if (bytes[at + i] !== ascii.charCodeAt(i)) return false;
  return true;
}

/** The line at an offset as text without its end, at most `limit` bytes of it. */
export function lineAt(bytes: Uint8Array, from: number, limit: number): string {
  const end = Math.min(nextLine(bytes, from), from + limit);
  let text = '';
  for (let i = from; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte !== LF && byte !== CR) text += String.fromCharCode(byte);
  }
  return text;
}

/** True for a line that holds nothing but its end. */
export function isBlankAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF) || at >= bytes.length;
}

/**
 * Lines of a text without `\n`. When every line ends in `\r\n` (mail on the wire) the `\r` go too; a text with some
 * such lines keeps them, for they belong to the files.
 */
export function splitLines(text: string): readonly string[] {
  const lines = text.split('\n');
  const ended = lines.length - 1;
  if (ended === 0) return lines;
  for (let i = 0; i < ended; i++) if (!lines[i]?.endsWith('\r')) return lines;
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** A text shortened for a message, its control characters shown as `?`. */
export function excerpt(text: string, limit = 60): string {
  const flat = text
    .slice(0, limit * 4)
    .trim()
    .replace(/[\s\u0085]+/g, ' ')
    .replace(/\p{C}/gu, '?');
  return flat.length > limit ? `${flat.slice(0, limit - 3)}...` : flat;
}
