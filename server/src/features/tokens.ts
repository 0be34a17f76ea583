/** Semantic modifiers for owners, borrowed pointers and flags words, for colour themes that show them. Off unless asked for. */
import { embeddingWords, memberWords } from '../contracts/words.js';
import type { FunctionDef, Program } from '../program/types.js';
import type { Span, Stmt, TypeRef } from '../syntax/ast.js';
import { codeText } from './text.js';

/** Our modifiers, in the order of the legend. */
export const tokenModifiers = ['owner', 'borrowed', 'flagsWord'] as const;

/** A marked name. */
export interface MarkedToken extends Span {
  readonly type: 'variable' | 'property';
  readonly modifier: (typeof tokenModifiers)[number];
}

/** The marked names of a file, in order. */
export function semanticTokens(program: Program, path: string): readonly MarkedToken[] {
  const file = program.file(path);
  if (file === undefined) return [];
  const code = codeText(file);
  return program
    .functionsIn(file)
    .flatMap((fn) => functionTokens(fn, code))
    .sort((a, b) => a.start - b.start);
}

function functionTokens(fn: FunctionDef, code: string): readonly MarkedToken[] {
  const { item } = fn;
  if (item.bodyStart < 0) return [];
  const text = code.slice(item.start, item.end);
  // Parsing is for functions that can have something to mark.
  if (!mentions.test(text)) return [];
  const kinds = namesOf(fn);
  const tokens: MarkedToken[] = [];
  for (const match of text.matchAll(/[A-Za-z_]\w*/g)) {
    const name = match[0];
    const start = item.start + match.index;
    const isMember = /(?:->|\.)\s*$/.test(text.slice(Math.max(0, match.index - 4), match.index));
    const modifier = isMember ? (isFlagsMember(name) ? 'flagsWord' : undefined) : kinds.get(name);
    if (modifier !== undefined) tokens.push({ start, end: start + name.length, type: isMember ? 'property' : 'variable', modifier });
  }
  return tokens;
}

const mentions = new RegExp(`\\b(?:${[...Object.keys(embeddingWords), ...Object.keys(memberWords)].join('|')})\\b`);

const isFlagsMember = (name: string): boolean => Object.hasOwn(memberWords, name) && memberWords[name]?.words.anchor === 'flags';

function namesOf(fn: FunctionDef): ReadonlyMap<string, 'owner' | 'borrowed'> {
  const ast = fn.ast();
  const kinds = new Map<string, 'owner' | 'borrowed'>();
  if (ast === undefined) return kinds;
  for (const param of ast.params) note(kinds, param.name, param.type);
  for (const stmt of ast.body) noteLocals(kinds, stmt);
  return kinds;
}

function note(kinds: Map<string, 'owner' | 'borrowed'>, name: string, type: TypeRef): void {
  if (!Object.hasOwn(embeddingWords, type.base.replace(/^struct /, ''))) return;
  kinds.set(name, type.pointers === 0 ? 'owner' : 'borrowed');
}

function noteLocals(kinds: Map<string, 'owner' | 'borrowed'>, stmt: Stmt): void {
  switch (stmt.kind) {
    case 'decl':
      note(kinds, stmt.name, stmt.type);
      break;
    case 'block':
      for (const inner of stmt.body) noteLocals(kinds, inner);
      break;
    case 'if':
      noteLocals(kinds, stmt.then);
      if (stmt.otherwise !== undefined) noteLocals(kinds, stmt.otherwise);
      break;
    case 'for':
      for (const inner of stmt.init) noteLocals(kinds, inner);
      noteLocals(kinds, stmt.body);
      break;
    case 'while':
    case 'do':
    case 'iterate':
    case 'scoped':
    case 'switch':
      noteLocals(kinds, stmt.body);
      break;
    default:
      break;
  }
}
