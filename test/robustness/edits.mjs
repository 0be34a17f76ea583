/** Random edits as people and accidents make them; the same seed gives the same edits. */

/** A generator of numbers below a bound (xorshift, 32 bits). */
export function randomOf(seed) {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const isStatement = (line) => /^\t+\S.*;\s*$/.test(line ?? '');

function statementLine(lines, random) {
  for (let i = 0; i < 300; i++) {
    const at = random(lines.length);
    if (isStatement(lines[at])) return at;
  }
  return lines.length - 1;
}

const splice = (change) => (text, random) => {
  const lines = text.split('\n');
  change(lines, statementLine(lines, random), random);
  return lines.join('\n');
};

/** Edits that a compiler would take, mostly. */
export const tame = {
  comment: splice((lines, at) => lines.splice(at, 0, '\t/* a note */')),
  statement: splice((lines, at) => lines.splice(at, 0, '\tcond_resched();')),
  deleted: splice((lines, at) => lines.splice(at, 1)),
  copied: splice((lines, at, random) => lines.splice(at, 0, lines[statementLine(lines, random)])),
  swapped: splice((lines, at) => {
    [lines[at], lines[at + 1]] = [lines[at + 1] ?? '', lines[at] ?? ''];
  }),
  guarded: splice((lines, at) => lines.splice(at, 0, '\tif (unlikely(!current))\n\t\treturn;')),
  blank: splice((lines, at) => lines.splice(at, 0, '')),
};

/** Edits that leave half-written or broken text. */
export const wild = {
  halfTyped: splice((lines, at, random) => lines.splice(at, 1, lines[at].slice(0, 1 + random(lines[at].length)))),
  openBrace: splice((lines, at) => lines.splice(at, 0, '\tif (x) {')),
  closeBrace: splice((lines, at) => lines.splice(at, 0, '}')),
  quote: splice((lines, at) => lines.splice(at, 0, '\tpr_info("')),
  openComment: splice((lines, at) => lines.splice(at, 0, '\t/* ')),
  conflict: splice((lines, at) => lines.splice(at, 0, '<<<<<<< ours', '\tfoo();', '=======', '\tbar();', '>>>>>>> theirs')),
  directive: splice((lines, at, random) => lines.splice(at, 0, ['#if 0', '#else', '#endif', '#define A A', '#include "x.h"'][random(5)])),
  nul: splice((lines, at) => lines.splice(at, 0, '\tx\0y();\0')),
  encoding: splice((lines, at) => lines.splice(at, 0, '\t\ud800\u2028\ufffd\u0080;')),
  longLine: splice((lines, at) => lines.splice(at, 0, `\tx(${'a, '.repeat(350_000)}0);`)),
  deep: splice((lines, at) => lines.splice(at, 0, `\tx = ${'('.repeat(10_000)}1${')'.repeat(10_000)};`)),
  deepBlocks: splice((lines, at) => lines.splice(at, 0, `\t${'{'.repeat(2_000)}${'}'.repeat(2_000)}`)),
  truncated: (text, random) => text.slice(0, random(text.length)),
  emptied: () => '',
};
