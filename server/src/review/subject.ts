/** Tags of a subject: `[PATCH v5 3/5] drm/gpusvm: title`. */
import type { SubjectTags } from './types.js';

/** Subjects are cut here; real ones are far shorter, and the patterns below then have a bound. */
const SUBJECT_LIMIT = 1000;

const REPLY = /^\s*(re|aw|sv|vs|antw|fwd?|wg)\s*(\[\d+\])?:\s*/i;

/** Reads the tags of a subject, in any of the orders in use (`[RFC PATCH v2 1/4]`, `[PATCH i-g-t 2/3]`, `[list] [PATCH]`). */
export function parseSubject(raw: string): SubjectTags {
  let rest = raw.slice(0, SUBJECT_LIMIT).replace(/\s+/g, ' ').trim();
  let isReply = false;
  let isPatch = false;
  let isResend = false;
  let version = 1;
  let index: number | undefined;
  let total: number | undefined;
  for (;;) {
    const reply = REPLY.exec(rest);
    if (reply !== null) {
      isReply = true;
      rest = rest.slice(reply[0].length);
      continue;
    }
    if (!rest.startsWith('[')) break;
    const close = rest.indexOf(']');
    if (close === -1) break;
    for (const word of rest.slice(1, close).split(/[\s,]+/)) {
      const place = /^(\d{1,4})\/(\d{1,4})$/.exec(word);
      const number = /^(?:patch)?v(\d{1,3})$/i.exec(word);
      if (place !== null) {
        index = Number(place[1]);
        total = Number(place[2]);
      } else if (number !== null) version = Number(number[1]);
      else if (/^(patch|rfc)/i.test(word)) isPatch = true;
      else if (/^resend$/i.test(word)) isResend = true;
    }
    rest = rest.slice(close + 1).trimStart();
  }
  return { title: rest, isReply, isPatch: isPatch || index !== undefined, isResend, version, index, total };
}
