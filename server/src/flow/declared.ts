/**
 * Locks that a function's own declaration asks of its callers: `__must_hold(x)`, and the sentences of its kernel-doc comment that name a lock
 * which its parameters lead to. A sentence that can be read otherwise says nothing.
 */

import { lockTypes, mmTag } from '../contracts/locks.js';
import { flagsLock, gpusvmTag } from '../contracts/protected.js';
import type { LockMode, Need } from '../contracts/schema.js';
import type { FunctionDef, Program, StructInfo } from '../program/types.js';
import type { FunctionAst } from '../syntax/ast.js';
import { parseKernelDoc } from '../syntax/kernel-doc.js';

/** A lock that callers hold. */
export interface DeclaredLock {
  readonly need: Need & { readonly need: 'held' };
  /** Read from prose: it makes no claim about the function itself. */
  readonly isProse: boolean;
  /** The words that say so, as written. */
  readonly words: string;
}

const none: readonly DeclaredLock[] = [];

/** The locks that a definition, or a header's prototype of it, says its callers hold. */
export function declaredLocks(fn: FunctionDef, program: Program): readonly DeclaredLock[] {
  const { text } = fn.file;
  const { doc } = fn.item;
  const comment = doc === undefined ? '' : text.slice(doc.start, doc.end);
  const isTold = /\bh[oe]ld\b/i.test(comment);
  const isMarked = text.slice(fn.item.start, fn.item.bodyStart).includes('__must_hold');
  if (!isTold && !isMarked) return none;
  const ast = fn.ast();
  if (ast === undefined) return none;
  const types: Types = { fn, ast, program };
  const marked = ast.attributes.flatMap((attribute): DeclaredLock[] => {
    const found = /^__must_hold(?:_shared)?\s*\(\s*&?\s*(.+?)\s*\)$/.exec(attribute);
    const ref = found === null ? undefined : ofPath(found[1] ?? '', types);
    return ref === undefined ? [] : [{ need: { need: 'held', ref }, isProse: false, words: attribute }];
  });
  return isTold ? [...marked, ...toldIn(comment, types)] : marked;
}

interface Types {
  readonly fn: FunctionDef;
  readonly ast: FunctionAst;
  readonly program: Program;
}

/** Words that turn a sentence into a choice, a condition or its opposite. */
const unsure =
  /\b(?:not|never|without|unless|if|or|either|neither|nor|when|while|whenever|except|should|may|might|can|could|unlocked|some|any|each|every|all|optional(?:ly)?|previously|until|before|after|otherwise|only|depending)\b|n't\b/i;

const forms: readonly RegExp[] = [
  /\b(?:the\s+)?callers?\s+must\s+(?:already\s+)?(?:hold|be\s+holding)\s+(.+)$/i,
  /\bmust\s+be\s+called\s+with\s+(.+?)\s+(?:held|taken)\b/i,
  /^(?:context:\s*)?called\s+with\s+(.+?)\s+(?:held|taken)\b/i,
  /^(.+?)\s+must\s+be\s+held(?:\s+by\s+(?:the\s+)?callers?)?\s*$/i,
];

function toldIn(comment: string, types: Types): readonly DeclaredLock[] {
  const found = new Map<string, DeclaredLock>();
  for (const sentence of (parseKernelDoc(comment)?.callerMust ?? []).flatMap(clauses)) {
    if (unsure.test(sentence)) continue;
    for (const form of forms) {
      const locks = form.exec(sentence)?.[1];
      if (locks === undefined) continue;
      for (const words of locks.split(/\s*,\s*(?:and\s+)?|\s+and\s+/)) {
        const lock = lockOf(words, types);
        if (lock !== undefined && !found.has(lock.ref))
          found.set(lock.ref, {
            need: { need: 'held', ref: lock.ref, ...(lock.mode === undefined ? {} : { mode: lock.mode }) },
            isProse: true,
            words: sentence,
          });
      }
      break;
    }
  }
  return [...found.values()];
}

/** A sentence without its full stop; what follows a semicolon or a colon stands alone. */
const clauses = (sentence: string): readonly string[] =>
  sentence
    .split(/;|(?<=\w):\s|\.\s/)
    .map((one) => one.trim().replace(/[.!]+$/, ''))
    .filter((one) => one !== '');

/** The lock that a few words name. */
function lockOf(words: string, types: Types): { readonly ref: string; readonly mode: LockMode | undefined } | undefined {
  const mode = /\b(?:for write|in write mode|write[- ]lock(?:ed)?|exclusive(?:ly)?)\b/i.test(words) ? 'write' : undefined;
  const plain = words
    .replace(/\b(?:for|in) (?:read|write)(?: mode)?\b/gi, ' ')
    .replace(
      /(?<![.\->:&@\w])(?:the|a|an|both|its|lock|locks|mutex|semaphore|rwsem|spinlock|read|write|exclusive(?:ly)?|held|taken)\b(?![.\->:])/gi,
      ' ',
    )
    .replace(/[`"'%]/g, ' ')
    .replace(/'s\b/g, '')
    .trim()
    .replace(/\s+/g, ' ');
  const name = plain.replace(/^[&@]+/, '').replace(/^struct /, '');
  if (/^mmap$/i.test(name) && /\bmmap (?:read |write )?(?:lock|semaphore|sem)\b/i.test(words))
    return wrapped(ofType(mmTag, 'mmap_lock', types), mode);
  if (/^notifier$/i.test(name) && /\bnotifier lock\b/i.test(words)) return wrapped(ofType(gpusvmTag, flagsLock, types), mode);
  const member = /^(\w+)(?:::|\.)(\w+)$/.exec(name);
  const path = ofPath(name, types) ?? (member === null ? undefined : ofType(`struct ${member[1] ?? ''}`, member[2] ?? '', types));
  return wrapped(path, mode);
}

const wrapped = (
  ref: string | undefined,
  mode: LockMode | undefined,
): { readonly ref: string; readonly mode: LockMode | undefined } | undefined => (ref === undefined ? undefined : { ref, mode });

/** `a->b.c`, from a parameter or from the one parameter whose struct has the first name: a reference, when it ends in a lock. */
function ofPath(written: string, types: Types): string | undefined {
  if (!/^\w+(?:(?:->|\.)\w+)*$/.test(written)) return undefined;
  const [head = '', ...rest] = written.split(/(->|\.)/);
  const { params } = types.ast;
  const index = params.findIndex((param) => param.name === head);
  const own = params[index];
  if (own !== undefined) {
    if (own.type.pointers !== 1) return undefined;
    if (rest.length === 0) return lockTypes.has(own.type.base) ? `${index}` : undefined;
    return follow(`${index}`, own.type.base, rest, types);
  }
  const found = params.flatMap((param, at): string[] => {
    if (param.type.pointers !== 1) return [];
    const ref = follow(`${at}`, param.type.base, ['->', head, ...rest], types);
    return ref === undefined ? [] : [ref];
  });
  return found.length === 1 ? found[0] : undefined;
}

/** The lock member of the one parameter that points to this struct. */
function ofType(tag: string, member: string, types: Types): string | undefined {
  const found = types.ast.params.flatMap((param, at): string[] => {
    if (param.type.base !== tag || param.type.pointers !== 1) return [];
    const ref = follow(`${at}`, tag, ['->', member], types);
    return ref === undefined ? [] : [ref];
  });
  return found.length === 1 ? found[0] : undefined;
}

/** Follows `->a.b` from a pointer to a struct; a reference when every member is there and the last one is a lock. */
function follow(start: string, tag: string, steps: readonly string[], { fn, program }: Types): string | undefined {
  let ref = start;
  let struct: StructInfo | undefined = program.findStruct(tag, fn.file);
  // A pointer parameter is looked through by its first member already.
  let isPointer = true;
  for (let at = 0; at + 1 < steps.length; at += 2) {
    const name = steps[at + 1] ?? '';
    const member = struct?.member(name);
    if (member === undefined || (steps[at] === '->') !== isPointer) return undefined;
    ref += at > 0 && isPointer ? `->${name}` : `.${name}`;
    const { type } = member;
    if (at + 3 > steps.length) return type.pointers === 0 && type.dims.length === 0 && lockTypes.has(type.base) ? ref : undefined;
    if (type.dims.length > 0 || type.pointers > 1) return undefined;
    isPointer = type.pointers === 1;
    struct = program.findStruct(type.base, fn.file);
  }
  return undefined;
}
