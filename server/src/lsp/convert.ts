/** Offsets of the core to positions of the protocol and back, paths of a tree to URIs and back. */
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DiagnosticSeverity, type Position, type Range } from 'vscode-languageserver/node';
import type { Severity } from '../rules/finding.js';
import type { Span } from '../syntax/ast.js';
import { type LineTable, lineTable } from '../syntax/lines.js';

/** Line tables of the texts that were asked about last: a finding's path often stays in one file. */
const tables = new Map<string, LineTable>();
const mostTables = 16;

/** The line table of a text, cached by its content. */
export function linesOf(text: string): LineTable {
  const known = tables.get(text);
  if (known !== undefined) return known;
  const made = lineTable(text);
  if (tables.size >= mostTables) {
    const oldest = tables.keys().next();
    if (oldest.done !== true) tables.delete(oldest.value);
  }
  tables.set(text, made);
  return made;
}

/** An offset of a text as a position. */
export function toPosition(text: string, offset: number): Position {
  const { line, column } = linesOf(text).locate(offset);
  return { line, character: column };
}

/** A span of a text as a range. */
export function toRange(text: string, span: Span): Range {
  return { start: toPosition(text, span.start), end: toPosition(text, span.end) };
}

/** A position as an offset, clamped to the text. */
export function toOffset(text: string, position: Position): number {
  return linesOf(text).offsetAt({ line: position.line, column: position.character });
}

/** A range as a span, clamped to the text. */
export function toSpan(text: string, range: Range): Span {
  return { start: toOffset(text, range.start), end: toOffset(text, range.end) };
}

/** The protocol's severity. */
export function toSeverity(severity: Severity): DiagnosticSeverity {
  switch (severity) {
    case 'error':
      return DiagnosticSeverity.Error;
    case 'warning':
      return DiagnosticSeverity.Warning;
    case 'information':
      return DiagnosticSeverity.Information;
  }
}

/** The path of a `file:` URI; undefined for other schemes and for what is no URI. */
export function pathOfUri(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

/** The `file:` URI of an absolute path. */
export function uriOfPath(path: string): string {
  return pathToFileURL(path).href;
}

/** A path relative to a root, with `/`; undefined when it lies outside. */
export function relativeTo(root: string, path: string): string | undefined {
  const inside = relative(root, path);
  if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) return undefined;
  return sep === '/' ? inside : inside.split(sep).join('/');
}

/** The absolute path of a path of a tree. */
export function absolutePath(root: string, path: string): string {
  return join(root, ...path.split('/'));
}
