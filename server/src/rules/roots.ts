/** Keys of what pointers lead back to. */
import type { Term } from '../flow/term.js';

/** Key of the outermost owner of a term: `&p->base` and `container_of(p)` lead back to `p`. */
export function rootKey(term: Term): string {
  return rootTerm(term).key;
}

/** The outermost owner of a term. */
export function rootTerm(term: Term): Term {
  if (term.kind === 'addr' && term.loc.root.kind === 'pointee') return rootTerm(term.loc.root.term);
  if (term.kind === 'up') return rootTerm(term.of);
  return term;
}
