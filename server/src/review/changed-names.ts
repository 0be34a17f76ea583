/** Names whose meaning a series changes, and the files that use them. */
import { outline } from '../syntax/outline.js';
import type { Config, Outline } from '../syntax/source.js';

/** Both branches of conditional code count: the tree's configuration does not matter to who mentions a name. */
const anyConfig: Config = { isEnabled: () => undefined };

/** What a name stands for, as text: equal texts, equal meaning. */
type Meanings = ReadonlyMap<string, string>;

const tagOf = (name: string): string => name.slice(name.lastIndexOf(' ') + 1);

/** What other files can see of a file: everything of a header, functions and variables that are not static of a source. */
function meanings(text: string, isHeader: boolean): Meanings {
  const found = new Map<string, string>();
  const add = (name: string, meaning: string): void => {
    if (name !== '') found.set(name, `${found.get(name) ?? ''}\n${meaning}`);
  };
  const { items, macros }: Outline = outline(text, anyConfig);
  for (const item of items) {
    const isVisible = isHeader || (!item.isStatic && (item.kind === 'function' || item.kind === 'variable'));
    if (!isVisible || item.kind === 'broken') continue;
    const meaning = text.slice(item.start, item.end);
    add(tagOf(item.name), meaning);
    // Enumerators and the name of a typedef at its end are names, too.
    if (item.kind === 'enum') for (const match of meaning.matchAll(/^[ \t]*(\w+)[ \t]*(?:=[^,\n]*)?,?/gm)) add(match[1] ?? '', meaning);
  }
  if (isHeader) for (const macro of macros) add(macro.name, text.slice(macro.start, macro.end));
  return found;
}

/** Names of a file that mean something else, or nothing, or something at last, after a change. Undefined texts are absent files. */
export function changedNames(path: string, before: string | undefined, after: string | undefined): ReadonlySet<string> {
  const isHeader = path.endsWith('.h');
  const [old, fresh] = [meanings(before ?? '', isHeader), meanings(after ?? '', isHeader)];
  const names = new Set<string>();
  for (const [name, meaning] of old) if (fresh.get(name) !== meaning) names.add(name);
  for (const name of fresh.keys()) if (!old.has(name)) names.add(name);
  return names;
}

/** True when a text mentions one of the names. Words in comments count: a rare file too many costs less than reading it well. */
export function mentions(text: string, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (const match of text.matchAll(/[A-Za-z_]\w*/g)) if (names.has(match[0])) return true;
  return false;
}
