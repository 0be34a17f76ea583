/** Colours of terminal output: the few that carry meaning, nothing when colour is off. */
import type { Severity } from '../rules/finding.js';
import type { Io } from './io.js';

/** Paints text. Every function is the identity without colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  place(text: string): string;
  severity(severity: Severity, text: string): string;
  added(text: string): string;
  removed(text: string): string;
}

/** The style for a terminal, or the plain one. */
export function createStyle(hasColor: boolean): Style {
  const paint =
    (code: string) =>
    (text: string): string =>
      hasColor ? `\u001b[${code}m${text}\u001b[0m` : text;
  const bySeverity = { error: paint('1;31'), warning: paint('1;33'), information: paint('1;36') };
  return {
    bold: paint('1'),
    dim: paint('2'),
    place: paint('34'),
    severity: (severity, text) => bySeverity[severity](text),
    added: paint('32'),
    removed: paint('31'),
  };
}

/** When to colour. */
export type ColorChoice = 'auto' | 'always' | 'never';

/** Decides about colour: `auto` colours a terminal unless NO_COLOR is set or TERM is dumb; FORCE_COLOR overrules the terminal test. */
export function wantsColor(choice: ColorChoice, io: Io): boolean {
  if (choice !== 'auto') return choice === 'always';
  if ((io.env.NO_COLOR ?? '') !== '') return false;
  const forced = io.env.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0';
  return io.stdoutIsTerminal && io.env.TERM !== 'dumb';
}
