/** Text of statements that the move writes, at their indentation. */
import type { FunctionDef } from '../../../program/types.js';
import { callText } from '../../../rules/style.js';

const TAB = 8;
/** Widest line that the kernel's style takes. */
const WIDEST = 100;

/** Column that an indentation reaches. */
export const columns = (indent: string): number => [...indent].reduce((at, c) => (c === '\t' ? at + TAB : at + 1), 0);

/** The head of a loop: on one line as far as the style takes it. */
export function loopHead(indent: string, name: string, args: readonly string[], tail: string): string {
  const plain = `${name}(${args.join(', ')})${tail}`;
  return indent + (columns(indent) + plain.length <= WIDEST ? plain : `${callText(name, args, columns(indent), tail.length)}${tail}`);
}

/** A call as a statement at an indentation. */
export const statement = (indent: string, name: string, args: readonly string[]): string =>
  `${indent}${callText(name, args, columns(indent))};\n`;

/** True when a function's text holds a name. */
export const mentions = (fn: FunctionDef, name: string): boolean =>
  new RegExp(`\\b${name}\\b`).test(fn.file.text.slice(fn.item.start, fn.item.end));
