/** From messages to the newest full version of the series among them. */
import { parseDiff } from './diff.js';
import { parseSubject } from './subject.js';
import { excerpt, splitLines } from './text.js';
import type { FileDiff, Message, Patch, ReviewProblem, Series, SeriesReading, SubjectTags } from './types.js';

interface Candidate {
  readonly message: Message;
  readonly tags: SubjectTags;
  readonly lines: readonly string[];
  readonly files: readonly FileDiff[];
  /** Problems of the diff, told only when the patch is chosen. */
  readonly problems: readonly { readonly patchLine: number; readonly message: string }[];
  readonly order: number;
  readonly time: number;
}

function candidate(message: Message, order: number): Candidate {
  const lines = splitLines(message.text);
  const { files, problems } = parseDiff(lines);
  const time = Date.parse(message.date.slice(0, 100).replace(/\s+/g, ' '));
  return { message, tags: parseSubject(message.subject), lines, files, problems, order, time: Number.isNaN(time) ? 0 : time };
}

/** One posting of a series: patches by number. */
interface Posting {
  readonly version: number;
  readonly total: number;
  readonly byIndex: Map<number, Candidate>;
  readonly cover: Candidate | undefined;
  readonly time: number;
}

const isFull = (posting: Posting): boolean => posting.byIndex.size === posting.total;

/** The message that a thread of this candidate hangs on: what it answers to, else itself. */
const rootOf = (item: Candidate): string => item.message.references[0] ?? item.message.inReplyTo;

/** Groups numbered patches into postings; a second one with the same version and length (a resend, another series) is one of its own. */
function postings(numbered: readonly Candidate[], covers: readonly Candidate[]): readonly Posting[] {
  const groups = new Map<string, Candidate[]>();
  for (const item of numbered) {
    const key = `${item.tags.version}/${item.tags.total ?? 0}/${item.tags.isResend ? 'resend' : ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()].flatMap((group) => splitGroup(group).map((members) => toPosting(members, covers)));
}

/** Splits a group whose numbers repeat: by thread where the mails say so, else in the order in which they came. */
function splitGroup(group: readonly Candidate[]): readonly (readonly Candidate[])[] {
  const indexes = new Set(group.map((item) => item.tags.index));
  if (indexes.size === group.length) return [group];
  const byRoot = new Map<string, Candidate[]>();
  const parts: { indexes: Set<number>; members: Candidate[] }[] = [];
  for (const item of group) {
    const root = rootOf(item) === '' ? item.message.messageId : rootOf(item);
    const members = byRoot.get(root);
    if (members === undefined) byRoot.set(root, [item]);
    else members.push(item);
  }
  for (const members of byRoot.values()) {
    for (const item of members) {
      const index = item.tags.index ?? 0;
      const open = parts.findLast((part) => !part.indexes.has(index));
      if (open === undefined) parts.push({ indexes: new Set([index]), members: [item] });
      else {
        open.indexes.add(index);
        open.members.push(item);
      }
    }
  }
  return parts.map((part) => part.members);
}

function toPosting(members: readonly Candidate[], covers: readonly Candidate[]): Posting {
  const byIndex = new Map<number, Candidate>();
  for (const item of members) byIndex.set(item.tags.index ?? 0, item);
  const { version = 1, total = members.length } = members[0]?.tags ?? {};
  const roots = new Set(members.map(rootOf));
  const matching = covers.filter((cover) => cover.tags.version === version && cover.tags.total === total);
  const cover = matching.find((item) => roots.has(item.message.messageId)) ?? matching.at(-1);
  return { version, total: total ?? members.length, byIndex, cover, time: Math.max(0, ...members.map((item) => item.time)) };
}

/** Newest first: full before partial, then version, then how much is there, then date. */
function compare(a: Posting, b: Posting): number {
  if (isFull(a) !== isFull(b)) return isFull(a) ? -1 : 1;
  return b.version - a.version || b.byIndex.size - a.byIndex.size || b.time - a.time;
}

const BASE = /^base-commit: ([0-9a-f]{7,64})\s*$/;

function baseCommit(messages: readonly Candidate[]): string | undefined {
  for (const item of messages) {
    for (let at = item.lines.length - 1; at >= 0; at--) {
      const line = item.lines[at] ?? '';
      const found = line.startsWith('base-commit: ') ? BASE.exec(line.slice(0, 200)) : null;
      if (found?.[1] !== undefined) return found[1];
    }
  }
  return undefined;
}

const TELL_LIMIT = 20;

function build(chosen: readonly Candidate[], cover: Candidate | undefined, total: number, more: readonly ReviewProblem[]): SeriesReading {
  const problems: ReviewProblem[] = [...more];
  const patches = chosen.map((item, at): Patch => {
    const index = at + 1;
    const number = item.tags.index ?? index;
    const label = total > 1 ? `${number}/${total}` : excerpt(item.tags.title === '' ? item.message.source : item.tags.title, 40);
    item.problems.slice(0, TELL_LIMIT).forEach((problem) => {
      problems.push({ where: label, message: `line ${problem.patchLine}: ${problem.message}`, patch: index, patchLine: problem.patchLine });
    });
    if (item.problems.length > TELL_LIMIT) {
      problems.push({ where: label, message: `${item.problems.length - TELL_LIMIT} more faults in its diffs`, patch: index });
    }
    return { index, label, title: item.tags.title, tags: item.tags, message: item.message, lines: item.lines, files: item.files };
  });
  const first = chosen[0];
  const series: Series = {
    title: cover?.tags.title ?? first?.tags.title ?? '',
    version: first?.tags.version ?? 1,
    total,
    patches,
    cover: cover?.message,
    baseCommit: baseCommit(cover === undefined ? chosen : [cover, ...chosen]),
  };
  return { series, problems };
}

/**
 * Picks the series out of messages: replies (by subject) and cover letters are left out; of several versions the newest full
 * one is taken; patches without numbers (`[PATCH]`, commits, bare diffs) are taken in the order given when none are numbered.
 */
export function selectSeries(messages: readonly Message[]): SeriesReading {
  const all = messages.map(candidate);
  const originals = all.filter((item) => !item.tags.isReply);
  const covers = originals.filter((item) => item.tags.index === 0);
  const withDiff = originals.filter((item) => item.files.length > 0 && item.tags.index !== 0);
  const numbered = withDiff.filter((item) => item.tags.index !== undefined && (item.tags.total ?? 0) > 0);
  if (numbered.length === 0) {
    // A reply that carries a patch counts only when there is nothing else.
    const single = withDiff.length > 0 ? withDiff : all.filter((item) => item.files.length > 0);
    const newest = newestOfTitle(single);
    return build(newest, undefined, newest.length, []);
  }
  const sorted = [...postings(numbered, covers)].sort(compare);
  const best = sorted[0];
  if (best === undefined) return build([], undefined, 0, []);
  const problems: ReviewProblem[] = [];
  const numbers = [...best.byIndex.keys()].sort((a, b) => a - b);
  const missing: number[] = [];
  for (let number = 1; number <= Math.min(best.total, 9999); number++) if (!best.byIndex.has(number)) missing.push(number);
  const name = `v${best.version}`;
  if (missing.length > 0) {
    const list = missing.slice(0, 10).join(', ');
    problems.push({
      where: name,
      message: `of ${best.total} patches ${missing.length === 1 ? 'number' : 'numbers'} ${list}${missing.length > 10 ? ' ...' : ''} missing; the others are reviewed`,
    });
  }
  for (const other of sorted.slice(1, 6)) {
    if (other.version > best.version) {
      problems.push({
        where: `v${other.version}`,
        message: `only ${other.byIndex.size} of ${other.total} patches are here: the newest full version, ${name}, is reviewed`,
      });
    } else if (isFull(other) && other.version === best.version && other.total !== best.total) {
      problems.push({
        where: name,
        message: `another series of ${other.total} patches is here too and is not reviewed: give it by itself`,
      });
    }
  }
  const chosen = numbers.flatMap((number) => best.byIndex.get(number) ?? []);
  return build(chosen, best.cover, best.total, problems);
}

/** Of patches with one title and different versions (v1, v2 of a single patch) the newest, at the place of the first. */
function newestOfTitle(items: readonly Candidate[]): readonly Candidate[] {
  const kept = new Map<string, Candidate>();
  for (const item of items) {
    const key = item.tags.isPatch ? item.tags.title : `${item.order}`;
    const known = kept.get(key);
    const isNewer =
      known === undefined ||
      item.tags.version > known.tags.version ||
      (item.tags.version === known.tags.version && item.time >= known.time);
    if (isNewer) kept.set(key, item);
  }
  return [...kept.values()];
}
