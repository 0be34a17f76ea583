/** Names of values: what they hang from. */

import type { State } from './state.js';
import type { Term } from './term.js';

/** The last name in a term, for locks given by pointer. */
export function rootName(term: Term): string {
  if (term.kind === 'load' || term.kind === 'addr') {
    const { loc } = term;
    const last = loc.path.findLast((part) => part !== '[]');
    if (last !== undefined) return last;
    return loc.root.kind === 'pointee' ? rootName(loc.root.term) : loc.root.name;
  }
  if (term.kind === 'up') return rootName(term.of);
  return term.key;
}

/** Key of the outermost owner of a term: `&p->base` and `container_of(p)` lead back to `p`. */
export function rootKey(term: Term): string {
  if (term.kind === 'addr' && term.loc.root.kind === 'pointee') return rootKey(term.loc.root.term);
  if (term.kind === 'up') return rootKey(term.of);
  return term.key;
}

/** Key of the held object that a pointer leads into; undefined without one. */
export function ownerOf(s: State, value: Term): string | undefined {
  const direct = `held:${value.key}`;
  if (s.object(direct) !== undefined) return direct;
  const root = `held:${rootKey(value)}`;
  return s.object(root) !== undefined ? root : undefined;
}
