/** An analysis that finds words, over a real program without a parser: enough for what the protocol layer does with findings. */
import { makeContracts } from '../../server/src/contracts/index.js';
import type { Analysis, Report } from '../../server/src/features/analysis.js';
import type { Services } from '../../server/src/lsp/services.js';
import { createProgram } from '../../server/src/program/program.js';
import type { FileHost } from '../../server/src/program/types.js';
import type { Finding } from '../../server/src/rules/finding.js';
import type { ItemParser } from '../../server/src/syntax/source.js';

const parser: ItemParser = {
  parseFunction: () => undefined,
  parsePrototype: () => undefined,
  parseStruct: () => undefined,
  parseVariable: () => undefined,
  parseEnum: () => [],
  parseTypedef: () => undefined,
  parseMacroBody: () => undefined,
  stats: { parses: 0, parseMs: 0, characters: 0 },
};

/** The word that the fake reports as an error, with a safe fix that turns it into GOOD. */
export const BAD = 'BAD';
/** The word that it reports as a warning, with no fix. */
export const ODD = 'ODD';
/** An error whose fixes do not hold: one changes nothing, one makes ODD of it; the third does. */
export const STUCK = 'STUCK';
/** The word that makes a check throw. */
export const CRASH = 'CRASH';

/** What the fake did, to be counted by tests. */
export interface Counters {
  checks: number;
  setTexts: number;
  sessions: number;
}

/** A fake world: files by absolute path; folders that hold `include/drm/drm_gpusvm.h` are trees. */
export function fakeWorld(files: Record<string, string>): { readonly services: Services; readonly counters: Counters } {
  const counters: Counters = { checks: 0, setTexts: 0, sessions: 0 };
  const hostAt = (root: string): FileHost => ({
    read: (path) => files[`${root === '/' ? '' : root}/${path}`],
    list: (folder) => {
      const base = `${root === '/' ? '' : root}/${folder === '' ? '' : `${folder}/`}`;
      const names = Object.keys(files).flatMap((path) => {
        if (!path.startsWith(base)) return [];
        const [first = '', ...rest] = path.slice(base.length).split('/');
        return [rest.length > 0 ? `${first}/` : first];
      });
      return [...new Set(names)];
    },
  });
  const services: Services = {
    createHost: hostAt,
    findTree(path) {
      for (let folder = path; folder !== ''; folder = folder.slice(0, folder.lastIndexOf('/'))) {
        if (files[`${folder}/include/drm/drm_gpusvm.h`] !== undefined) return folder;
      }
      return undefined;
    },
    readWasm: () => ({ runtime: new Uint8Array(), grammar: new Uint8Array() }),
    rulePage: (id) => `/pages/${id}.md`,
    lifecyclePage: () => '/pages/lifecycle.md',
    version: '1.2.3',
    async createAnalysis({ host, hasTree }) {
      counters.sessions++;
      const program = createProgram({ host, parser, hasTree, config: { isEnabled: () => undefined } });
      const check = (paths: readonly string[]): Report => {
        counters.checks++;
        const findings = paths.flatMap((path) => wordFindings(path, program.file(path)?.text ?? ''));
        return { findings, limits: [], stats: { files: 1, functions: 1, lines: 1, parseMs: 0, analyseMs: 0 } };
      };
      const analysis: Analysis = {
        facts: program.facts,
        program,
        check,
        setText(path, text) {
          counters.setTexts++;
          program.setText(path, text);
        },
        stateAt: (_path, offset) => ({
          objects: [{ name: 'range->pages', state: offset % 2 === 0 ? 'mapped' : 'maybe mapped' }],
          locks: [{ name: 'svm->lock', mode: 'read' }],
        }),
        contractsOf: () => makeContracts(),
        relevantFiles: () =>
          Object.keys(files).flatMap((path) => (path.endsWith('.c') && path.startsWith('/tree/') ? [path.slice(6)] : [])),
      };
      return analysis;
    },
  };
  return { services, counters };
}

function wordFindings(file: string, text: string): readonly Finding[] {
  if (text.includes(CRASH)) throw new Error('the engine broke');
  return [...text.matchAll(/BAD|ODD|STUCK/g)].map((match, index): Finding => {
    const isBad = match[0] === BAD;
    const place = { file, start: match.index, end: match.index + match[0].length };
    return {
      ...place,
      rule: isBad ? 'range-removed-while-mapped' : match[0] === STUCK ? 'pages-not-freed' : 'result-ignored',
      severity: isBad ? 'error' : 'warning',
      function: 'f',
      message: `${match[0]} is found here`,
      trace: isBad
        ? [
            { file, start: 0, end: 1, message: 'mapped here' },
            { ...place, message: 'removed here' },
          ]
        : [],
      fixes: isBad
        ? [
            { title: 'Make it good', safety: 'safe', edits: [{ ...place, newText: 'GOOD' }] },
            { title: 'Drop it (the caller may need it)', safety: 'suggested', edits: [{ ...place, newText: '' }] },
          ]
        : match[0] === STUCK
          ? [
              { title: 'Write it again', safety: 'safe', edits: [{ ...place, newText: STUCK }] },
              { title: 'Make it odd', safety: 'safe', edits: [{ ...place, newText: ODD }] },
              { title: 'Free it', safety: 'safe', edits: [{ ...place, newText: 'FREE' }] },
            ]
          : [],
      fingerprint: `${match[0]}-${index}`,
    };
  });
}
