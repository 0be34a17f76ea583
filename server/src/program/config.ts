/** Reads a kernel's `.config`. */
import type { Config } from '../syntax/source.js';

/** Without a `.config`: nothing is known, so that the enabled branch counts. */
export const unknownConfig: Config = { isEnabled: () => undefined };

/** A file with fewer symbols is a fragment: what it does not name is not known. A whole `.config` names thousands, and leaves out what is off by its dependencies. */
const wholeConfig = 400;

/** Config from the text of a `.config`; undefined text gives `unknownConfig`. Lines that are neither a value nor `is not set` are passed over. */
export const readConfig = (text: string | undefined): Config => {
  if (text === undefined) return unknownConfig;
  const values = new Map<string, boolean>();
  for (const line of text.split('\n')) {
    const set = /^(CONFIG_\w+)=(.*?)\s*$/.exec(line);
    if (set?.[1] !== undefined) {
      values.set(set[1], set[2] !== 'n' && set[2] !== '');
      continue;
    }
    const unset = /^#\s*(CONFIG_\w+) is not set/.exec(line);
    if (unset?.[1] !== undefined) values.set(unset[1], false);
  }
  const isWhole = values.size >= wholeConfig;
  return {
    isEnabled: (symbol) => {
      const name = symbol.startsWith('CONFIG_') ? symbol : `CONFIG_${symbol}`;
      return values.get(name) ?? (isWhole ? false : undefined);
    },
  };
};
