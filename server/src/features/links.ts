/** Links in comments: documentation of the tree, commits, mails, and the rules that a suppression names. */

import type { ProgramFile } from '../program/types.js';
import { ruleMeta } from '../rules/catalogue.js';
import type { Span } from '../syntax/ast.js';

/** A link: a file of the tree, a rule's page, or an address. */
export type Link = Span &
  (
    | { readonly kind: 'file'; readonly path: string; readonly title: string }
    | { readonly kind: 'rule'; readonly rule: string; readonly title: string }
    | { readonly kind: 'address'; readonly url: string; readonly title: string }
  );

interface Pattern {
  readonly pattern: RegExp;
  readonly make: (match: RegExpExecArray) => { readonly link: LinkTarget; readonly from: number; readonly length: number } | undefined;
}
type LinkTarget =
  | { readonly kind: 'file'; readonly path: string; readonly title: string }
  | { readonly kind: 'rule'; readonly rule: string; readonly title: string }
  | { readonly kind: 'address'; readonly url: string; readonly title: string };

const patterns: readonly Pattern[] = [
  {
    pattern: /\bDocumentation\/[\w./-]+\.(?:rst|txt|yaml)\b/g,
    make: (match) => ({ link: { kind: 'file', path: match[0], title: 'Open the document' }, from: 0, length: match[0].length }),
  },
  {
    pattern: /\bcommit\s+([0-9a-f]{12,40})\b/gi,
    make: (match) => {
      const id = match[1] ?? '';
      return {
        link: { kind: 'address', url: `https://git.kernel.org/torvalds/c/${id}`, title: 'Open the commit' },
        from: match[0].length - id.length,
        length: id.length,
      };
    },
  },
  {
    pattern: /<([\w.+-]{6,}@[\w.-]+\.\w+)>/g,
    make: (match) => {
      const id = match[1] ?? '';
      // A name before `@` without a digit is somebody's address, not a message.
      if (!/\d{4}/.test(id.split('@')[0] ?? '')) return undefined;
      return {
        link: { kind: 'address', url: `https://lore.kernel.org/r/${encodeURIComponent(id)}`, title: 'Open the mail' },
        from: 1,
        length: id.length,
      };
    },
  },
];

/** The links in a file's comments. `hasFile` says whether the tree has a file (path relative to it). */
export function linksIn(file: ProgramFile, hasFile: (path: string) => boolean): readonly Link[] {
  return file.outline.comments.flatMap((comment) => {
    const text = file.text.slice(comment.start, comment.end);
    const found = patterns.flatMap(({ pattern, make }) =>
      [...text.matchAll(pattern)].flatMap((match): Link[] => {
        const made = make(match);
        if (made === undefined || (made.link.kind === 'file' && !hasFile(made.link.path))) return [];
        const start = comment.start + match.index + made.from;
        return [{ ...made.link, start, end: start + made.length }];
      }),
    );
    return [...found, ...ruleLinks(text, comment.start)];
  });
}

/** Every rule named by a suppression comment. */
function ruleLinks(text: string, base: number): readonly Link[] {
  return [...text.matchAll(/\bgpusvm-ignore[\w-]*\(([^)\n]*)\)/g)].flatMap((match) => {
    const listStart = match.index + match[0].indexOf('(') + 1;
    return [...(match[1] ?? '').matchAll(/[\w-]+/g)].flatMap((name): Link[] => {
      if (ruleMeta(name[0]) === undefined) return [];
      const start = base + listStart + name.index;
      return [{ kind: 'rule', rule: name[0], title: 'Open the page of the rule', start, end: start + name[0].length }];
    });
  });
}
