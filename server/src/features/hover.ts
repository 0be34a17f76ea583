/** What a hover says: the finding first, then the state at the cursor, the contract in words, the tree's own comment, and links. */
import type { Contracts } from '../contracts/index.js';
import type { Contract, Need } from '../contracts/schema.js';
import { functionWords, memberWords, typeWords } from '../contracts/words.js';
import type { ApiFacts, Program, ProgramFile } from '../program/types.js';
import { ruleMeta } from '../rules/catalogue.js';
import type { Finding } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';
import type { Analysis, StateAt } from './analysis.js';
import { docMarkdown, findDoc } from './kernel-doc-text.js';
import { functionRole, structParts } from './roles.js';
import { commentAt, wordAt } from './text.js';

/** Makes the address of a page: of a rule (`rule`), or of an anchor in the lifecycle page. Undefined where the editor has no pages. */
export interface PageLinks {
  rule(id: string): string | undefined;
  lifecycle(anchor: string): string | undefined;
}

/** What a hover needs. */
export interface HoverRequest {
  readonly analysis: Analysis;
  readonly contracts: Contracts;
  readonly path: string;
  /** UTF-16 offset into the file. */
  readonly offset: number;
  /** Findings of the file, as shown. */
  readonly findings: readonly Finding[];
  readonly links: PageLinks;
  readonly withState: boolean;
  readonly withDoc: boolean;
  /** True where the editor's own hover shows message and path of a finding: then its rule in one line is enough. */
  readonly isFindingShown: boolean;
}

/** A hover: Markdown for a range of the file. */
export interface HoverText extends Span {
  readonly markdown: string;
}

/** The hover at an offset; undefined where we have nothing to say that the editor's C server does not say. */
export function hoverAt(request: HoverRequest): HoverText | undefined {
  const { analysis, path, offset } = request;
  const file = analysis.program.file(path);
  if (file === undefined) return undefined;
  const findings = request.findings.filter((finding) => finding.start <= offset && offset <= finding.end);
  const word = commentAt(file, offset) === undefined ? wordAt(file.text, offset) : undefined;
  const topic = word === undefined ? undefined : topicOf(request, file, word.word, word.start);
  const parts = findings.map((finding) => findingPart(finding, request));
  const wantsState = request.withState && word !== undefined && (topic?.isCall === true || findings.length > 0 || topic === undefined);
  const state = wantsState ? statePart(analysis.stateAt(path, offset), word.word, topic !== undefined || findings.length > 0) : undefined;
  if (state !== undefined) parts.push(state);
  if (topic !== undefined) parts.push(...topic.parts);
  if (parts.length === 0) return undefined;
  const span = word ?? findings[0];
  return span === undefined ? undefined : { markdown: parts.join('\n\n---\n\n'), start: span.start, end: span.end };
}

function findingPart(finding: Finding, { links, isFindingShown }: HoverRequest): string {
  const page = links.rule(finding.rule);
  const steps = finding.trace.map((step, index) => `${index + 1}. ${prose(step.message)}`);
  const meta = ruleMeta(finding.rule);
  const title = page === undefined ? `**${finding.rule}**` : `**[${finding.rule}](${page})**`;
  const first = `${title} — ${prose(meta?.summary ?? '')}`;
  if (isFindingShown) return first;
  return [first, prose(finding.message), ...(steps.length > 0 ? [steps.join('\n')] : [])].join('\n\n');
}

/** Objects and locks most that a hover lists. */
const mostRows = 8;

/** The state, narrowed to what the word names; everything at a call or a finding. */
function statePart(state: StateAt | undefined, word: string, isAll: boolean): string | undefined {
  if (state === undefined) return undefined;
  const objects = state.objects.filter((object) => isAll || namesIt(object.name, word));
  // A lock's mode is worth a line wherever a state is shown, but a lock alone is only where it is asked for.
  const locks = state.locks.filter((lock) => isAll || objects.length > 0 || namesIt(lock.name, word));
  if (objects.length + locks.length === 0) return undefined;
  const rows = [
    ...objects.map((object) => `- \`${object.name}\`: ${object.state}`),
    ...locks.map((lock) => `- \`${lock.name}\`: ${lock.mode}`),
  ];
  const rest = rows.length > mostRows ? [`- … ${rows.length - mostRows} more`] : [];
  return ['Before this statement:', [...rows.slice(0, mostRows), ...rest].join('\n')].join('\n\n');
}

const namesIt = (name: string, word: string): boolean => name.split(/\W+/).includes(word);

interface Topic {
  readonly parts: readonly string[];
  readonly isCall: boolean;
}

/** What the word is: a function with a contract, a type, a member of a type, a callback of a table. */
function topicOf(request: HoverRequest, file: ProgramFile, word: string, start: number): Topic | undefined {
  const { analysis, contracts } = request;
  const { program, facts } = analysis;
  const contract = contracts.of(word);
  const own = Object.hasOwn(functionWords, word) ? functionWords[word] : undefined;
  if (own !== undefined) {
    const lines = [`**${word}** — ${own.does}`];
    if (own.before !== undefined) lines.push(`**Before:** ${own.before}`);
    if (own.splitOnly !== undefined && !facts.rangeHasPages) lines.push(`**Before:** ${own.splitOnly}`);
    if (own.caution !== undefined) lines.push(`**Mind:** ${own.caution}`);
    if (contract?.mustCheck === true) lines.push('**Result:** must be checked.');
    return { parts: withDocAndLinks(request, file, lines.join('\n\n'), word, own.anchor), isCall: true };
  }
  if (contract !== undefined && contract.harmless !== true && contract.words !== '') {
    return { parts: withDocAndLinks(request, file, contractWords(word, contract), word, contract.lifecycle), isCall: true };
  }
  return (
    typeTopic(request, file, word) ??
    memberTopic(request, file, word, start) ??
    callbackTopic(program, contracts, request.links, file, word)
  );
}

function contractWords(word: string, contract: Contract): string {
  const lines = [`**${word}** — ${contract.words}`];
  const needs = (contract.needs ?? []).map(needWords);
  if (needs.length > 0) lines.push(`**Before:** ${needs.join('; ')}.`);
  if (contract.mustCheck === true) lines.push('**Result:** must be checked.');
  return lines.join('\n\n');
}

function needWords(need: Need): string {
  const what = 'ref' in need ? refWords(need.ref) : '';
  switch (need.need) {
    case 'held':
      return `${what} held${need.mode === undefined ? '' : ` for ${need.mode}`}`;
    case 'free':
      return `${what} not held`;
    case 'driver-lock':
      return 'driver lock held';
    case 'initialised':
      return `${what} initialised`;
    case 'unmapped':
      return `pages of ${what} unmapped`;
    case 'all-unmapped':
      return 'pages of every range unmapped';
    case 'context':
      return `${refWords(need.flag)} set exactly where ${refWords(need.lock)} is held for write`;
    case 'alive':
      return `${what} still alive`;
  }
}

/** `0.notifier_lock` → `argument 1's notifier_lock`. */
function refWords(ref: string): string {
  const match = /^(\*?)(\d+|ret)(.*)$/.exec(ref);
  if (match === null) return `\`${ref}\``;
  const base = match[2] === 'ret' ? 'the result' : `argument ${Number(match[2]) + 1}`;
  const member = (match[3] ?? '').replace(/^\./, '');
  return member === '' ? base : `\`${member}\` of ${base}`;
}

function typeTopic(request: HoverRequest, file: ProgramFile, word: string): Topic | undefined {
  const words = Object.hasOwn(typeWords, word) ? typeWords[word] : undefined;
  if (words !== undefined) {
    const text = [`**struct ${word}** — ${words.what}`, `**Owns:** ${words.owns}`, `**Lives until:** ${words.livesUntil}`].join('\n\n');
    return { parts: withDocAndLinks(request, file, text, `struct ${word}`, words.anchor), isCall: false };
  }
  if (
    !/\bstruct\s+$/.test(
      file.text.slice(Math.max(0, lastNonWord(file.text, word, request.offset) - 8), lastNonWord(file.text, word, request.offset)),
    )
  )
    return undefined;
  const info = request.analysis.program.findStruct(`struct ${word}`, file);
  const parts = info === undefined ? [] : structParts(info);
  if (parts.length === 0) return undefined;
  const rows = parts.map((part) => `- \`${part.member}\` (struct ${part.type}${part.isArray ? ', one per device' : ''}): ${part.meaning}`);
  return {
    parts: [
      [`**struct ${word}** takes part in the GPU SVM lifecycle:`, rows.join('\n')].join('\n\n'),
      ...linkPart(request.links, 'range-and-pages'),
    ],
    isCall: false,
  };
}

function lastNonWord(text: string, word: string, offset: number): number {
  return wordAt(text, offset)?.start ?? offset - word.length;
}

function memberTopic(request: HoverRequest, file: ProgramFile, word: string, start: number): Topic | undefined {
  const entry = Object.hasOwn(memberWords, word) ? memberWords[word] : undefined;
  if (
    entry === undefined ||
    !/(?:\.|->)\s*$|[:{,;]\s*$|\bu(?:8|16|32)\s+$|\*\s*$|int\s+$/.test(file.text.slice(Math.max(0, start - 12), start))
  )
    return undefined;
  const owners = entry.owners.filter(
    (tag) => request.analysis.program.findStruct(`struct ${tag}`, file)?.member(word) !== undefined || hasInner(request, file, tag, word),
  );
  // A driver's own member of the same name is no business of ours.
  const shown = owners.length > 0 ? owners : request.analysis.facts.source === 'built-in' ? entry.owners : [];
  if (shown.length === 0) return undefined;
  const text = [
    `**${word}** of ${shown.map((tag) => `\`struct ${tag}\``).join(', ')} — ${entry.words.text}`,
    ...generationNote(request.analysis.facts, word),
  ].join('\n\n');
  return { parts: [text, ...linkPart(request.links, entry.words.anchor)], isCall: false };
}

function hasInner(request: HoverRequest, file: ProgramFile, tag: string, word: string): boolean {
  const info = request.analysis.program.findStruct(`struct ${tag}`, file);
  return info?.ast.members.some((member) => member.inner?.some((inner) => inner.name === word) === true) === true;
}

function generationNote(facts: ApiFacts, word: string): readonly string[] {
  if (word === 'migrate_devmem') return [`In this tree it belongs to the ${facts.migrateDevmemOnRange ? 'range' : 'pages'}.`];
  if (word === 'partial_unmap') return [`In this tree it belongs to the ${facts.partialUnmapOnRange ? 'range' : 'pages'}.`];
  return [];
}

/** A function of the driver that stands in a callback table: when it runs, and what it must do. */
function callbackTopic(program: Program, contracts: Contracts, links: PageLinks, file: ProgramFile, word: string): Topic | undefined {
  const fn = program.findFunction(word, file);
  if (fn === undefined) return undefined;
  const role = functionRole(program, contracts, fn);
  if (role === undefined || role.callbacks.length === 0) return undefined;
  const rows = role.callbacks.map((entry) => `**${word}** is \`${entry.structTag}.${entry.member}\`. ${entry.words}`);
  return { parts: [rows.join('\n\n'), ...linkPart(links, role.anchor)], isCall: false };
}

function withDocAndLinks(
  request: HoverRequest,
  file: ProgramFile,
  text: string,
  name: string,
  anchor: string | undefined,
): readonly string[] {
  const doc = request.withDoc ? findDoc(request.analysis.program, name, file) : undefined;
  const comment = doc === undefined ? [] : [`*${doc.file.path}*\n\n${docMarkdown(doc.file.text.slice(doc.span.start, doc.span.end))}`];
  return [text, ...comment, ...(anchor === undefined ? [] : linkPart(request.links, anchor))];
}

function linkPart(links: PageLinks, anchor: string): readonly string[] {
  const target = links.lifecycle(anchor);
  return target === undefined ? [] : [`[Lifecycle: ${anchor.replaceAll('-', ' ')}](${target})`];
}

/** Prose as Markdown: what would open a tag or emphasis is escaped, code in backticks is left alone. */
function prose(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replace(/[<*]/g, (char) => `\\${char}`) : part))
    .join('`');
}
