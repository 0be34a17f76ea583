/** Mechanical changes of a real function's text, each giving variants of it: nothing is chosen by name of file or function. */

/** All variants that a pattern allows: each match replaced alone. `make` gives the new text of a match, or undefined. */
export function each(text, pattern, make) {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const next = make(match, text.slice(0, match.index));
    return next === undefined || next === match[0] ? [] : [text.slice(0, match.index) + next + text.slice(match.index + match[0].length)];
  });
}

/** True when the text ends in the head of an `if` or loop without a brace: a single statement follows. */
export const isBare = (before) => /\)\s*$/.test(before) || /\belse\s*$/.test(before);

/** Variants without a statement that a pattern finds, where it does not stand alone below an `if`. */
export const without = (pattern) => (text) => each(text, pattern, (_match, before) => (isBare(before) ? undefined : ''));

const DECLARATION =
  /^\t+(?:(?:const|static|volatile|struct|union|enum|unsigned|signed|long|int|bool|char|void|u\d+|s\d+|size_t|ktime_t|gfp_t|dma_addr_t|pgoff_t|phys_addr_t|pgprot_t|vm_fault_t|irqreturn_t|spinlock_t)\b|LIST_HEAD|DEFINE_|CLASS\(|guard\()/;

/** Offsets of line starts in the function's body at which a statement can be put, first to last, with the indentation there. */
function boundaries(text) {
  const found = [];
  const open = text.indexOf('{\n');
  if (open < 0) return found;
  let at = open + 2;
  let isAfterStatement = false;
  const lines = text.slice(at).split('\n');
  for (const [index, line] of lines.entries()) {
    const isPlain =
      /^\t+(?:[a-z_*(]|\}$)/i.test(line) &&
      !/^\t+(?:else|case|default|while)\b/.test(line) &&
      !DECLARATION.test(line) &&
      !/^\t+\}/.test(line);
    const above = lines.slice(0, index).findLast((one) => one.trim() !== '' && !/^\s*(?:\/\*|\*)/.test(one)) ?? '';
    const isOpen = /[;{}]\s*(?:\/\*.*\*\/)?$/.test(above.trimEnd()) || above === '' || (isAfterStatement && above.endsWith(':'));
    const isLoose = /^\s*(?:\/\*|\*)/.test(lines[index - 1] ?? '') || /\\$/.test(line);
    if (isPlain && isOpen && !isLoose && !isBare(above)) {
      const indent = /^\t+/.exec(line)[0];
      // A single statement below a head without a brace stands one deeper.
      const head = lines.slice(0, index).findLast((one) => one.trim() !== '' && (/^\t*/.exec(one)[0].length ?? 0) < indent.length) ?? '';
      if (/\{$/.test(head.trimEnd()) || indent === '\t') found.push({ at, indent });
      isAfterStatement = true;
    }
    at += line.length + 1;
  }
  return found;
}

/** Pointers of a struct type in a function, by name, with the offset from which each may be used: parameters, and locals once they are set. */
function pointers(text, tag) {
  const open = text.indexOf('{');
  const found = [];
  const star = new RegExp(`\\bstruct\\s+${tag}\\s*\\*\\s*(\\w+)`, 'g');
  for (const match of text.slice(0, open).matchAll(star)) found.push({ name: match[1], from: open });
  for (const match of text.slice(open).matchAll(new RegExp(`^\\t(?:const )?struct\\s+${tag}\\s+\\*(\\w+)(\\s*=\\s*(?!NULL))?`, 'gm'))) {
    const set = match[2] === undefined ? new RegExp(`^\\t${match[1]} = [^;]*;\\n`, 'm').exec(text.slice(open))?.index : match.index;
    if (set !== undefined) found.push({ name: match[1], from: open + set + 1 });
  }
  return found;
}

/** Statements put at places of a function where a pointer of a struct type is at hand; `$` stands for the pointer, lines are indented as the place is. */
export const inserted =
  (tag, statements, { places = 4, test = () => true } = {}) =>
  (text) =>
    pointers(text, tag).flatMap(({ name, from }) => {
      const all = boundaries(text).filter(({ at }) => at > from && test(text.slice(0, at), name));
      // Spread over the function: first, last and what lies between.
      const step = Math.max(1, Math.floor(all.length / places));
      const chosen = all.filter((_one, index) => index % step === 0).slice(0, places);
      return chosen.flatMap(({ at, indent }, index) => {
        const statement = statements[index % statements.length].replaceAll('$', name);
        const lines = statement.split('\n').map((line) => (line === '' ? '\n' : `${indent}${line}\n`));
        return [text.slice(0, at) + lines.join('') + text.slice(at)];
      });
    });

/** One release of several taken out: another path shows how it is done. */
export function lessReleases(text) {
  const calls = [...text.matchAll(/^\t+(\w*unlock\w*|up_read|up_write)\(([^;]*)\);\n/gm)];
  return calls.flatMap((call) => {
    const twins = calls.filter((other) => other[0].trim() === call[0].trim()).length;
    const before = text.slice(0, call.index);
    return twins < 2 || isBare(before) ? [] : [before + text.slice(call.index + call[0].length)];
  });
}

/** A jump to a label turned into a return of what it carries. */
export const earlyReturns = (text) =>
  each(text, /^(\t\t+)goto (\w+);$/gm, (match) => {
    const value = /^\t+return (err|ret|r|rc);$/m.exec(text)?.[1];
    return value === undefined ? undefined : `${match[1]}return ${value};`;
  });

/** Errors that are known and reported as success. */
export const swallowed = (text) => [
  ...each(text, /^(\t\t+)return (?:err|ret|r|rc);$/gm, (match, before) => (isBare(before) ? undefined : `${match[1]}return 0;`)),
  ...each(text, /^(\t\t+)(err|ret|r) = (-E\w+);\n\t+goto (\w+);$/gm, (match) => {
    const good = [...text.matchAll(/^(\w+):\n(?:\t[^\n]*\n)*?\treturn 0;/gm)].find((label) => label[1] !== match[4]);
    return good === undefined ? undefined : match[0].replace(/goto \w+/, `goto ${good[1]}`);
  }),
  ...each(text, /^(\t\t+)return (-E\w+);$/gm, (match, before) => {
    const value = /^\tint (?:\w+, )*(err|ret|r)\b/m.exec(text)?.[1];
    const good = [...text.matchAll(/^(\w+):\n(?:\t[^\n]*\n)*?\treturn 0;/gm)][0];
    if (value === undefined || good === undefined || good.index < match.index) return undefined;
    if (!isBare(before)) return `${match[1]}${value} = ${match[2]};\n${match[1]}goto ${good[1]};`;
    return undefined;
  }),
];

const moved = (call, from, to) =>
  call.replace(/\n(\t*)( *)/g, (_all, tabs, spaces) => {
    const column = Math.max(0, tabs.length * 8 + spaces.length + to - from);
    return `\n${'\t'.repeat(Math.floor(column / 8))}${' '.repeat(column % 8)}`;
  });

/** Results that are not looked at any more. */
export const ignored = (text) =>
  each(
    text,
    /^(\t+)(err|ret|r|rc) = (\w+\((?:[^;]*)\));\n\t+if \(\2\)\n\t+(?:return|goto) [^;]*;\n/gm,
    (match) => `${match[1]}${moved(match[3], match[2].length + 3, 0)};\n`,
  );

/** Error pointers tested against NULL, or not at all. */
export const errorPointers = (text) => [
  ...each(text, /\bif \(IS_ERR\((\w+)\)\)/g, (match) => `if (!${match[1]})`),
  ...each(text, /^\t+if \(IS_ERR\((\w+)\)\)\n\t+(?:return|goto) [^;]*;\n/gm, () => ''),
];

/** Memory that a path does not give back. */
export const leaks = (text) => [
  ...earlyReturns(text),
  ...each(text, /^\t+kv?free\((\w+)\);\n/gm, (_match, before) => (isBare(before) ? undefined : '')),
];

/** What a release gives back, not given back. */
export const leakedBy = (release) => (text) => [
  ...without(new RegExp(`^\\t+${release}\\([^;]*\\);\\n`, 'gm'))(text),
  ...earlyReturns(text).filter(() => text.includes(`${release}(`)),
];

/** Checks of mappings taken out, in the forms that the drivers write them. */
export const unchecked = (text) => [
  ...each(text, /^\t+if \((?:unlikely\()?dma_mapping_error\([^;{}]*\)\)\n\t+(?:return|goto|break|continue)[^;]*;\n\n?/gm, () => ''),
  ...each(text, /^\t+if \((?:unlikely\()?dma_mapping_error\([^;{}]*\)\)? \{\n(?:\t+[^\n}]*\n)*?\t+\}\n\n?/gm, () => ''),
  ...each(text, /^\t+\w+ = dma_mapping_error\([^;{}]*\);\n\t+if \(\w+\)(?: \{\n(?:\t+[^\n}]*\n)*?\t+\}\n|\n[^\n]*\n)/gm, () => ''),
  ...each(
    text,
    /^(\t+)\w+ = (dma_map_sgtable\([^;{}]*\));\n\t+if \((?:\w+ < 0|\w+)\)(?: \{\n(?:\t+[^\n}]*\n)*?\t+\}\n|\n[^\n]*\n)/gm,
    (match) => `${match[1]}${match[2]};\n`,
  ),
];

/** The notifier's flag said otherwise. */
export const flips = (text) => [
  ...each(text, /\.in_notifier = (true|false)/g, (match) => `.in_notifier = ${match[1] === 'true' ? 'false' : 'true'}`),
  ...each(text, /\n\t+\.in_notifier = true,/g, () => ''),
];

/** Walks that allow removal, written as walks that do not. */
export const unsafe = (text) =>
  each(text, /\b(\w*for_each\w*)_safe\((\w+), (\w+), /g, (match) =>
    /range|notifier/.test(match[1]) ? `${match[1]}(${match[2]}, ` : undefined,
  );
