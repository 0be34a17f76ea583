/** Paths in patches: unquoting, stripping, and refusing those that lead outside the tree. */

/** Takes the C quoting of git off (`"a/\303\244.c"`); undefined when the quotes do not close. */
export function unquotePath(text: string): string | undefined {
  if (!text.startsWith('"')) return text;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const named: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, '"': 34, '\\': 92 };
  for (let i = 1; i < text.length; i++) {
    const char = text[i] ?? '';
    if (char === '"') return new TextDecoder().decode(new Uint8Array(bytes));
    if (char !== '\\') {
      for (const byte of encoder.encode(char)) bytes.push(byte);
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(text.slice(i + 1, i + 4));
    if (octal !== null) {
      bytes.push(Number.parseInt(octal[0], 8));
      i += 3;
    } else {
      i += 1;
      const byte = named[text[i] ?? ''];
      if (byte === undefined) return undefined;
      bytes.push(byte);
    }
  }
  return undefined;
}

/** Length of a quoted path at the start of the text, quotes included; 0 when there is none. */
export function quotedLength(text: string): number {
  if (!text.startsWith('"')) return 0;
  for (let i = 1; i < text.length; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '"') return i + 1;
  }
  return 0;
}

/** The path without its first component (`patch -p1`); the path itself when it has one component only. */
export function stripFirst(path: string): string {
  const slash = path.indexOf('/');
  return slash === -1 ? path : path.slice(slash + 1).replace(/^\/+/, '');
}

const PATH_LIMIT = 4096;

/** Why a path of a patch must not be used; undefined when it stays inside the tree. `raw` is the path before stripping. */
export function refuse(raw: string, stripped: string): string | undefined {
  if (raw.startsWith('/') || stripped.startsWith('/')) return 'the path is absolute';
  if (/^[A-Za-z]:[\\/]/.test(raw) || stripped.includes('\\')) return 'the path is not one of a kernel tree';
  if (raw.length > PATH_LIMIT) return 'the path is too long';
  if (/\p{Cc}/u.test(stripped)) return 'the path holds control characters';
  const parts = [...raw.split('/'), ...stripped.split('/')];
  if (parts.includes('..')) return 'the path leads outside the tree';
  if (parts.some((part) => /^\.git$/i.test(part))) return 'the path leads into the repository of git';
  if (stripped === '' || stripped.endsWith('/')) return 'the path names no file';
  return undefined;
}
