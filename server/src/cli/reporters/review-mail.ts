/** The review as replies to the patches: an mbox of plain-text mails, each quoting its patch with the comments under the lines they are about. */
import type { Hunk } from '../../review/types.js';
import type { LocatedFinding } from '../located.js';
import { type ReviewContext, type ReviewedPatch, type ReviewResult, subjectOf } from '../reviewed.js';
import { mailComment, quote } from './mail.js';
import { contextFor } from './review-text.js';
import { oneLine, printable, wrap } from './words.js';

const WIDTH = 76;
/** Lines of the patch quoted before a commented line, and after the last comment of a hunk. */
const BEFORE = 8;
const AFTER = 3;
const SNIP = '[ ... ]';

interface HunkAt {
  readonly header: readonly string[];
  readonly hunk: Hunk;
  readonly first: number;
  readonly last: number;
}

function hunksOf(reviewed: ReviewedPatch): readonly HunkAt[] {
  return reviewed.patch.files.flatMap((file) => {
    const names = file.newPath === '' ? file.oldPath : file.newPath;
    return file.hunks.map((hunk) => ({
      header: [`diff --git a/${file.oldPath === '' ? names : file.oldPath} b/${names}`],
      hunk,
      first: hunk.patchLine,
      last: hunk.lines.at(-1)?.patchLine ?? hunk.patchLine,
    }));
  });
}

/** One hunk with its comments. */
function quotedHunk(at: HunkAt, findings: readonly LocatedFinding[], reviewed: ReviewedPatch, context: ReviewContext): readonly string[] {
  const { lines } = reviewed.patch;
  const out: string[] = [quote(lines[at.first - 1] ?? '')];
  let next = at.first + 1;
  for (const finding of [...findings].sort((a, b) => (a.patchLine ?? 0) - (b.patchLine ?? 0))) {
    const target = Math.min(finding.patchLine ?? at.last, at.last);
    const from = Math.max(next, target - BEFORE);
    if (from > next) out.push(SNIP);
    for (let line = from; line <= target; line++) out.push(quote(lines[line - 1] ?? ''));
    const elsewhere = reviewed.indirect.has(finding)
      ? [`This concerns ${finding.function === '' ? '' : `${finding.function}(), `}${context.display(finding.file)}:${finding.line}.`]
      : [];
    out.push('', ...elsewhere, ...mailComment(finding, contextFor(finding, context)), '');
    next = Math.max(next, target + 1);
  }
  const until = Math.min(at.last, next - 1 + AFTER);
  for (let line = next; line <= until; line++) out.push(quote(lines[line - 1] ?? ''));
  return out;
}

function brief(finding: LocatedFinding, context: ReviewContext): readonly string[] {
  const name = finding.severity === 'information' ? 'info' : finding.severity;
  const where = finding.function === '' ? '' : `, ${finding.function}()`;
  const text = wrap(
    `${context.display(finding.file)}:${finding.line}${where}: ${printable(oneLine(finding.message))} [${finding.rule}, ${name}]`,
    WIDTH - 2,
  );
  return text.map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}

/** The body of the reply to one patch. */
export function mailBody(reviewed: ReviewedPatch, context: ReviewContext): string {
  const { patch, introduced, indirect, fixed, touched, problems, goneLater } = reviewed;
  const preExisting = reviewed.preExisting.filter((finding) => touched.has(finding));
  const out: string[] = [];
  const { message } = patch;
  const who = [message.date === '' ? '' : `On ${oneLine(message.date)}`, message.from === '' ? '' : oneLine(message.from)]
    .filter((part) => part !== '')
    .join(', ');
  const isQuoting = introduced.some((finding) => indirect.get(finding) !== 'near');
  if (isQuoting) out.push(...wrap(who === '' ? `About "${subjectOf(patch)}":` : `${who} wrote:`, WIDTH), '');

  const hunks = hunksOf(reviewed);
  const rest = new Set(introduced);
  let shown = '';
  let isCut = true;
  for (const at of hunks) {
    const here = introduced.filter(
      (finding) =>
        indirect.get(finding) !== 'near' &&
        finding.patchLine !== undefined &&
        finding.patchLine >= at.first &&
        finding.patchLine <= at.last,
    );
    if (here.length === 0) {
      isCut = true;
      continue;
    }
    for (const finding of here) rest.delete(finding);
    if (isCut && out.at(-1) !== SNIP) out.push(SNIP);
    if (at.header[0] !== shown) out.push(...at.header.map(quote));
    shown = at.header[0] ?? '';
    out.push(...quotedHunk(at, here, reviewed, context));
    isCut = false;
  }
  if (introduced.length > rest.size) out.push(SNIP, '');
  // Two cuts in a row are one.
  const quoted = out.filter((line, index) => line !== SNIP || out[index - 1] !== SNIP);
  out.length = 0;
  out.push(...quoted);

  for (const problem of problems) {
    const where = problem.patchLine === undefined ? '' : ` (line ${problem.patchLine} of the patch)`;
    out.push(
      ...wrap(
        `This did not apply here: ${printable(problem.where)}: ${printable(problem.message)}${where}. What follows leaves it out.`,
        WIDTH,
      ),
      '',
    );
  }
  if (rest.size > 0) {
    out.push(...wrap('Not in the lines of this patch, but caused by it:', WIDTH), '');
    for (const finding of rest) {
      out.push(
        quote(`${context.display(finding.file)}:${finding.line}${finding.function === '' ? '' : `, ${finding.function}()`}`),
        quote(context.sourceLine(finding, finding.file, finding.line)),
        '',
      );
      out.push(...mailComment(finding, contextFor(finding, context)), '');
    }
  }
  const later = introduced.filter((finding) => goneLater.has(finding.fingerprint));
  for (const finding of later) {
    out.push(
      ...wrap(
        `The ${finding.rule} in ${finding.function}() is gone again with patch ${goneLater.get(finding.fingerprint) ?? ''}; could that change move here, so that each patch stands by itself?`,
        WIDTH,
      ),
      '',
    );
  }
  if (introduced.length === 0 && problems.length === 0) out.push('No findings in this patch.', '');
  if (fixed.length > 0) out.push('Fixed by this patch:', '', ...fixed.flatMap((finding) => brief(finding, context)), '');
  if (preExisting.length > 0) {
    out.push(
      ...wrap('There before this patch, in functions that it changes or names:', WIDTH),
      '',
      ...preExisting.flatMap((finding) => brief(finding, context)),
      '',
    );
  }
  return `${out
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

/** Encoded words of RFC 2047, at most 75 characters each: cut by characters, not bytes, so that none is split. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let part = '';
  for (const character of text) {
    if (Buffer.byteLength(part + character) > 42) {
      words.push(part);
      part = '';
    }
    part += character;
  }
  words.push(part);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\n ');
}

/** A header's text on lines of at most 76 characters. Line ends of the input do not survive, so that it cannot add headers. */
function header(name: string, text: string): string {
  const plain = oneLine(text);
  return `${name}: ${/^[\x20-\x7e]*$/.test(plain) ? wrap(plain, WIDTH - name.length - 2).join('\n ') : encodedWords(plain)}`;
}

/** The author as a recipient; empty when there is no plain address. */
function recipient(from: string): readonly string[] {
  const found = /^([^<>]*)<([\x21-\x7e]+@[\x21-\x7e]+?)>/.exec(oneLine(from));
  const [name, address] = [found?.[1]?.trim().replace(/^"|"$/g, '') ?? '', found?.[2] ?? ''];
  if (address === '' || /[<>,;]/.test(address)) return [];
  if (name === '') return [`To: ${address}`];
  const isPlain = /^[A-Za-z0-9 .'_-]+$/.test(name);
  return [`To: ${isPlain ? name : /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '')}"` : encodedWords(name)} <${address}>`];
}

function messageId(id: string): string | undefined {
  // A header of the input must not be able to add headers to the output.
  return /^[\x21-\x7e]+$/.test(id) && !/[<>]/.test(id) ? `<${id}>` : undefined;
}

/** One reply as a mail of an mbox. */
function reply(reviewed: ReviewedPatch, context: ReviewContext): string {
  const { message } = reviewed.patch;
  const subject = subjectOf(reviewed.patch);
  const id = messageId(message.messageId);
  const references = [...message.references.map(messageId).filter((one) => one !== undefined), ...(id === undefined ? [] : [id])];
  const headers = [
    'From gpusvm-review Thu Jan  1 00:00:00 1970',
    header('Subject', /^re:/i.test(subject) ? subject : `Re: ${subject}`),
    ...recipient(message.from),
    ...(id === undefined ? [] : [`In-Reply-To: ${id}`]),
    ...(references.length === 0 ? [] : [`References: ${[...new Set(references)].join('\n ')}`]),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  // mboxrd: a line that could be taken for a separator gets one more `>`.
  const body = mailBody(reviewed, context).replace(/^(>*From )/gm, '>$1');
  return `${headers.join('\n')}\n\n${body}`;
}

/** Report of `review` as an mbox of replies, in order of patches. With `--quiet` patches without findings get none. */
export function reviewMail(result: ReviewResult, context: ReviewContext): string {
  const replies = result.patches.filter((patch) => !context.isQuiet || patch.introduced.length > 0 || patch.problems.length > 0);
  return replies.map((patch) => reply(patch, context)).join('\n');
}
