/** The tree's own kernel-doc comment of a name, as Markdown. */
import type { Program, ProgramFile } from '../program/types.js';
import type { Span } from '../syntax/ast.js';

/** The kernel-doc comment above the definition of a function, macro or struct (`struct tag`), with the file that holds it. */
export function findDoc(
  program: Program,
  name: string,
  from: ProgramFile,
): { readonly file: ProgramFile; readonly span: Span } | undefined {
  const fn = program.findFunction(name, from);
  if (fn?.item.doc !== undefined) return { file: fn.file, span: fn.item.doc };
  const macro = program.findMacro(name, from);
  if (macro !== undefined) {
    const span = docAbove(macro.file, macro.def.start);
    return span === undefined ? undefined : { file: macro.file, span };
  }
  const info = program.findStruct(name, from);
  const item = info?.file.outline.items.find((candidate) => candidate.name === info.tag && candidate.bodyStart >= 0);
  return info === undefined || item?.doc === undefined ? undefined : { file: info.file, span: item.doc };
}

/** The kernel-doc comment that ends right above an offset; undefined when anything but white space lies between. */
function docAbove(file: ProgramFile, offset: number): Span | undefined {
  const comment = file.outline.comments.findLast((candidate) => candidate.isDoc && candidate.end <= offset);
  return comment !== undefined && file.text.slice(comment.end, offset).trim() === '' ? comment : undefined;
}

/** Most lines of a comment that a hover shows. */
const longest = 30;

/** A comment as Markdown: stars gone, parameters and sections in bold, references in code. */
export function docMarkdown(comment: string): string {
  const lines = comment
    .replace(/^\/\*\*?/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*( |$)?/, '').trimEnd());
  while (lines[0]?.trim() === '') lines.shift();
  while (lines.at(-1)?.trim() === '') lines.pop();
  const cut = lines.length > longest ? [...lines.slice(0, longest), '', '…'] : lines;
  return cut.map(docLine).join('\n');
}

function docLine(line: string): string {
  const parameter = /^@([\w.>-]+):\s*(.*)$/.exec(line);
  if (parameter !== null) return `- \`${parameter[1]}\`: ${inline(parameter[2] ?? '')}`;
  const section = /^(Returns?|Context|Note|Locking|Description|DOC)\s*:\s*(.*)$/.exec(line);
  if (section !== null) return `\n**${section[1]}:** ${inline(section[2] ?? '')}`;
  return inline(line);
}

/** `%CONST`, `&struct foo`, `foo()` and `@param` as code; angle brackets and stars of prose escaped. */
function inline(text: string): string {
  return text
    .replace(/[<>]/g, (char) => `\\${char}`)
    .replace(
      /(?:%(-?\w+)|&(?:struct |enum |union |typedef )?([\w.>-]+)|@([\w]+)|\b(\w+\(\)))/g,
      (_all, constant?: string, type?: string, parameter?: string, call?: string) => {
        return `\`${constant ?? type ?? parameter ?? call ?? ''}\``;
      },
    );
}
