/** `facts`: the API facts found in the tree. */

import type { ApiFacts } from '../../program/types.js';
import type { Invocation } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit.js';
import { resolveTree } from '../inputs.js';
import type { Io } from '../io.js';
import { JSON_VERSION } from '../reporters/json.js';
import type { Services } from '../services.js';
import { openSession } from '../session.js';
import { TOOL_NAME, toolVersion } from '../version.js';

/** What each fact says, in words; `yes` and `no` for the switches. */
const WORDS: Readonly<Record<keyof ApiFacts, string>> = {
  rangeHasPages: 'ranges embed their pages',
  rangeHasFlags: 'ranges have their own flags word',
  migrateDevmemOnRange: 'the migration flag is on the range',
  partialUnmapOnRange: 'the partial-unmap flag is on the range',
  pagesHasDrm: 'pages know their device',
  gpusvmHasDrm: 'the address space knows a device',
  initTakesDrm: 'initialising the address space takes a device',
  hasInitPages: 'pages are initialised by a function of their own',
  pagesValidExported: 'validity of pages can be asked for directly',
  hasRangePageHelpers: 'range helpers for pages exist',
  setUnmappedParams: 'parameters of the call that marks a range unmapped',
  removeUnmapsPages: 'removing a range unmaps its pages',
  source: 'read from',
};

/** Facts as aligned lines: value, field, words. */
export function factsText(facts: ApiFacts): string {
  const fields: readonly (keyof ApiFacts)[] = Object.keys(WORDS).filter((key): key is keyof ApiFacts => key in facts);
  const width = Math.max(...fields.map((field) => field.length));
  const lines = fields.map((field) => {
    const value = facts[field];
    const shown = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
    return `${field.padEnd(width)}  ${shown.padEnd(4)} ${WORDS[field]}`;
  });
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Runs `facts`. */
export async function runFacts(args: Extract<Invocation, { command: 'facts' }>, io: Io, services: Services): Promise<ExitCode> {
  const root = resolveTree({ tree: args.tree, cwd: io.cwd, services });
  const { analysis } = await openSession({ root, hasTree: true, targets: [], problems: [] }, services);
  const { facts } = analysis;
  if (args.format === 'json') {
    const report = { version: JSON_VERSION, tool: { name: TOOL_NAME, version: toolVersion() }, tree: root, facts };
    io.out(`${JSON.stringify(report, null, 2)}\n`);
  } else io.out(factsText(facts));
  return EXIT.clean;
}
