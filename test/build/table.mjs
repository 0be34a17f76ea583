/** Compares two changes of one text hunk by hunk: what the refactor did, and what was merged. */
import { structuredPatch } from 'diff';

/** Hunks of a change: the lines taken out and put in, and where in the old text. */
function hunksOf(before, after) {
  const { hunks } = structuredPatch('a', 'b', before, after, undefined, undefined, { context: 0 });
  return hunks.map((hunk) => ({
    start: hunk.oldStart,
    end: hunk.oldStart + Math.max(hunk.oldLines, 0),
    out: hunk.lines.filter((line) => line.startsWith('-')).map((line) => line.slice(1)),
    in: hunk.lines.filter((line) => line.startsWith('+')).map((line) => line.slice(1)),
  }));
}

const squeeze = (text) => text.replace(/\s+/g, '');

/** What two texts may differ in and still say the same, with the words for it, in the order tried. */
const whiteSpace = { reason: 'white space', apply: (text) => text };
const steps = [
  whiteSpace,
  { reason: 'words of a comment', apply: (text) => text.replace(/\/\*[\s\S]*?\*\//g, '/**/') },
  { reason: 'parentheses that change nothing', apply: (text) => text.replace(/&\(([^()]*(?:\([^()]*\)[^()]*)*)\)(?=[,);])/g, '&$1') },
  { reason: 'a comma at the end of an initialiser', apply: (text) => text.replace(/,\s*\}/g, '}').replace(/\s+\}/g, '}') },
];

/** Names of locals that a text declares, in order. */
function localsOf(text) {
  const declared = /\bstruct\s+\w+\s+(\**\w+(?:\s*,\s*\**\w+)*)\s*[;=]/g;
  return [...text.matchAll(declared)].flatMap((match) => match[1].split(',').map((name) => name.replace(/[\s*]/g, '')));
}

/** A text with these names as numbers. */
const numbered = (text, names) =>
  names.reduce((out, name, index) => out.replace(new RegExp(`(?<!->|\\.)\\b${name}\\b`, 'g'), `#${index}`), text);

/** Why two pieces of text say the same: reasons, or undefined when they do not. The names are the locals that each side declares. */
function sameness(ours, theirs, names) {
  const all = [
    ...steps,
    { reason: 'the name of a local', ours: (text) => numbered(text, names.ours), theirs: (text) => numbered(text, names.theirs) },
  ];
  const isSame = (taken) => {
    const [a, b] = taken.reduce(([x, y], step) => [(step.ours ?? step.apply)(x), (step.theirs ?? step.apply)(y)], [ours, theirs]);
    return (taken.includes(whiteSpace) ? squeeze(a) : a) === (taken.includes(whiteSpace) ? squeeze(b) : b);
  };
  if (!isSame(all)) return undefined;
  // A step is a reason when they differ without it.
  return all.filter((step) => !isSame(all.filter((other) => other !== step))).map((step) => step.reason);
}

/** One row per merged hunk, and one per hunk that only the refactor has. */
export function compareChanges(file, before, ours, merged) {
  const mine = hunksOf(before, ours).map((hunk) => ({ ...hunk, used: false }));
  const functionOf = (line) => {
    const lines = before.split('\n');
    for (let at = Math.min(line, lines.length) - 1; at >= 0; at--) {
      const name =
        /^(?:[a-z][\w\s*]*?\b)?(\w+)\(/.exec(lines[at] ?? '') ??
        /^(?:static .*)?(struct \w+) \{/.exec(lines[at] ?? '') ??
        /^#define (\w+)/.exec(lines[at] ?? '');
      if (name) return name[1];
    }
    return '';
  };
  const near = (a, b) => Math.max(a.start, b.start) - Math.min(a.end, b.end);
  const theirHunks = hunksOf(before, merged);
  const locals = (list, name) =>
    localsOf(
      list
        .filter((one) => functionOf(one.start) === name)
        .flatMap((one) => one.in)
        .join('\n'),
    );
  const rows = theirHunks.map((hunk) => {
    const text = hunk.in.join('\n');
    const name = functionOf(hunk.start);
    const names = { ours: locals(mine, name), theirs: locals(theirHunks, name) };
    const found = mine
      .filter((one) => !one.used && near(one, hunk) <= 12)
      .map((one) => ({
        one,
        reasons: squeeze(one.out.join('')) === squeeze(hunk.out.join('')) ? sameness(one.in.join('\n'), text, names) : undefined,
        distance: near(one, hunk),
      }))
      .filter(({ reasons }) => reasons !== undefined)
      .sort((a, b) => a.reasons.length - b.reasons.length || a.distance - b.distance)[0];
    if (found !== undefined) {
      found.one.used = true;
      const moved = found.one.start !== hunk.start && hunk.out.length === 0 ? ['stands some lines apart'] : [];
      const reasons = [...found.reasons, ...moved];
      return {
        file,
        line: hunk.start,
        function: functionOf(hunk.start),
        verdict: reasons.length === 0 ? 'same' : 'equivalent',
        reason: reasons.join(', '),
        hunk,
      };
    }
    return { file, line: hunk.start, function: functionOf(hunk.start), verdict: 'missing', reason: '', hunk };
  });
  // What is left on both sides of one function may be one thing in other pieces; an empty line is nobody's.
  const isBlank = (hunk) => squeeze(hunk.in.join('') + hunk.out.join('')) === '';
  for (const row of rows)
    if (row.verdict === 'missing' && isBlank(row.hunk)) Object.assign(row, { verdict: 'equivalent', reason: 'an empty line' });
  const missed = new Map();
  for (const row of rows) if (row.verdict === 'missing') missed.set(row.function, [...(missed.get(row.function) ?? []), row]);
  for (const [name, group] of missed) {
    const rest = mine.filter((one) => !one.used && functionOf(one.start) === name);
    const words = (list) =>
      numbered(
        steps.reduce((text, { apply }) => apply(text), list.flatMap((hunk) => hunk.in).join('\n')),
        localsOf(list.flatMap((hunk) => hunk.in).join('\n')),
      )
        .split('\n')
        .map(squeeze)
        .join('')
        .split('')
        .sort()
        .join('');
    const gone = (list) =>
      list
        .flatMap((hunk) => hunk.out)
        .map(squeeze)
        .sort()
        .join('\n');
    const theirs = group.map((row) => row.hunk);
    if (rest.length === 0 || words(rest) !== words(theirs) || gone(rest) !== gone(theirs)) continue;
    for (const one of rest) one.used = true;
    for (const row of group)
      Object.assign(row, { verdict: 'equivalent', reason: 'the same statements in another order, or with other names of locals' });
  }
  const extra = mine
    .filter((one) => !one.used)
    .map((one) => ({
      file,
      line: one.start,
      function: functionOf(one.start),
      verdict: isBlank(one) ? 'equivalent' : 'extra',
      reason: isBlank(one) ? 'an empty line' : '',
      hunk: one,
    }));
  return [...rows, ...extra].sort((a, b) => a.line - b.line);
}
