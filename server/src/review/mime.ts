/** From the bytes of one mail to a message: headers decoded, body as text. */
import PostalMime from 'postal-mime';
import { parseDiff } from './diff.js';
import { decodeBytes, isBlankAt, lineAt, nextLine, splitLines } from './text.js';
import type { Message } from './types.js';

/** Where the mail's bytes come from. */
export interface MailOrigin {
  readonly source: string;
  readonly sourceLine: number;
}

/** Headers beyond this are no mail of a person. */
const HEADER_LIMIT = 256 * 1024;

/** Offset of the body: behind the first empty line, or the end. */
function bodyOffset(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && !isBlankAt(bytes, at)) at = nextLine(bytes, at);
  return nextLine(bytes, at);
}

interface Headers {
  readonly subject: string;
  readonly from: string;
  readonly date: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly contentType: string;
  readonly transferEncoding: string;
}

const ids = (value: string): readonly string[] => [...value.matchAll(/<([^<>\s]{1,998})>/g)].map((match) => match[1] ?? '');

async function readHeaders(bytes: Uint8Array): Promise<Headers> {
  const email = await PostalMime.parse(bytes.slice(0, HEADER_LIMIT), { maxHeadersSize: 2 * HEADER_LIMIT });
  const value = (key: string): string => email.headers.find((header) => header.key === key)?.value ?? '';
  const sender = email.from?.address === undefined ? undefined : email.from;
  const messageId = value('message-id');
  return {
    subject: email.subject ?? '',
    from: sender === undefined ? value('from') : sender.name === '' ? sender.address : `${sender.name} <${sender.address}>`,
    date: value('date'),
    messageId: ids(messageId)[0] ?? messageId.trim(),
    inReplyTo: ids(value('in-reply-to'))[0] ?? '',
    references: ids(value('references')),
    contentType: value('content-type').toLowerCase(),
    transferEncoding: value('content-transfer-encoding').trim().toLowerCase(),
  };
}

/** True when the body stands in the mail as it is: no encoding, one part. */
function isPlain(headers: Headers): boolean {
  const encoding = headers.transferEncoding;
  return !/^(base64|quoted-printable|x-)/.test(encoding) && (headers.contentType === '' || headers.contentType.startsWith('text/'));
}

const charsetOf = (contentType: string): string => /charset="?([\w.:-]{1,40})/.exec(contentType)?.[1] ?? '';

async function decodedBody(bytes: Uint8Array): Promise<string> {
  const email = await PostalMime.parse(bytes.slice(), { maxHeadersSize: 4 * HEADER_LIMIT, maxNestingDepth: 32, maxRfc822NestingDepth: 2 });
  const parts = email.text === undefined ? [] : [email.text];
  for (const part of email.attachments) {
    const isText = part.mimeType.startsWith('text/') && part.mimeType !== 'text/html';
    if (!isText && !/\.(patch|diff|txt)$/i.test(part.filename ?? '')) continue;
    const content = part.content;
    if (typeof content === 'string') parts.push(content);
    else parts.push(decodeBytes(content instanceof Uint8Array ? content : new Uint8Array(content)));
  }
  return parts.join('\n');
}

const damage = (text: string): number => parseDiff(splitLines(text)).problems.length;

/** Reads one mail. Never throws: what cannot be decoded is taken as it stands. */
export async function readMail(bytes: Uint8Array, origin: MailOrigin): Promise<Message> {
  const bodyAt = bodyOffset(bytes);
  const head = bytes.subarray(0, bodyAt);
  const headText = decodeBytes(head)
    .replace(/\r\n/g, '\n')
    .replace(/(?<!\n)\n*$/, '\n\n');
  let headers: Headers;
  try {
    headers = await readHeaders(head);
  } catch {
    headers = { subject: '', from: '', date: '', messageId: '', inReplyTo: '', references: [], contentType: '', transferEncoding: '' };
  }
  const asItStands = (): string => splitLines(decodeBytes(bytes.subarray(bodyAt), charsetOf(headers.contentType))).join('\n');
  let body: string;
  let isVerbatim = isPlain(headers);
  const isFlowed = /format="?flowed/.test(headers.contentType);
  if (isVerbatim && !isFlowed) body = asItStands();
  else {
    try {
      body = (await decodedBody(bytes)).replace(/\r\n/g, '\n');
      // Some mailers say "flowed" and send lines that are not: the reading with whole hunks is the right one.
      if (isVerbatim && damage(body) > 0) {
        const plain = asItStands();
        if (damage(plain) < damage(body)) body = plain;
        else isVerbatim = false;
      } else isVerbatim = false;
    } catch {
      body = asItStands();
      isVerbatim = true;
    }
  }
  const bodyLine = headText.split('\n').length;
  return {
    source: origin.source,
    sourceLine: isVerbatim ? origin.sourceLine : undefined,
    subject: headers.subject,
    from: headers.from,
    date: headers.date,
    messageId: headers.messageId,
    inReplyTo: headers.inReplyTo,
    references: headers.references,
    text: headText + body,
    bodyLine,
    commit: '',
  };
}

/** True when the bytes begin like a mail: a header line, perhaps after an mbox separator. */
export function looksLikeMail(bytes: Uint8Array): boolean {
  return /^[A-Za-z][A-Za-z0-9-]{1,70}:[ \t]/.test(lineAt(bytes, 0, 200));
}
