/** Kernel-doc comments (Documentation/doc-guide/kernel-doc.rst): name, summary, parameters, sections, and what the caller is told to hold. */

/** A parameter or member with its text. */
export interface DocParam {
  readonly name: string;
  readonly text: string;
}

/** A titled section: `Return`, `Context`, … */
export interface DocSection {
  readonly title: string;
  readonly text: string;
}

/** A parsed kernel-doc comment. Texts are plain, white space squeezed, paragraphs separated by an empty line. */
export interface KernelDoc {
  /** Function's name, or `struct tag`, `enum tag`, `typedef name`; the title for `DOC:`. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly params: readonly DocParam[];
  readonly sections: readonly DocSection[];
  /** Sentences that tell what the caller must do or hold, as written. */
  readonly callerMust: readonly string[];
}

const SECTION = /^(returns?|context|description|notes?|examples?|locking|warning|see also)\s*:\s*(.*)$/i;
const PARAM = /^@([\w.\->]+|\.\.\.)\s*:\s*(.*)$/;
const CALLER =
  /\b(?:caller|callers|must (?:be )?(?:hold|held|call|called|take|taken|own)|called (?:with|under)|with (?:the )?\S+ (?:lock|held)|hold(?:s|ing)? (?:the )?[\w\->.&/ ]{0,80}(?:lock|mutex|semaphore|reference))/i;

/** Parses a kernel-doc comment, with its delimiters. Undefined when the text is none. */
export function parseKernelDoc(comment: string): KernelDoc | undefined {
  if (!comment.startsWith('/**')) return undefined;
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  const head = lines.findIndex((line) => line.trim() !== '');
  if (head < 0) return undefined;
  const { name, summary } = readHead(lines[head] ?? '');
  const params: { name: string; lines: string[] }[] = [];
  const sections: { title: string; lines: string[] }[] = [];
  const description: string[] = [];
  const more: string[] = [];
  let into = more;
  for (const line of lines.slice(head + 1)) {
    const text = line.trim();
    const param = PARAM.exec(text);
    const section = SECTION.exec(text);
    if (param !== null) {
      into = [param[2] ?? ''];
      params.push({ name: param[1] ?? '', lines: into });
    } else if (section !== null) {
      into = [section[2] ?? ''];
      sections.push({ title: canonicalTitle(section[1] ?? ''), lines: into });
    } else if (text === '' && (into === more || params.some((known) => known.lines === into))) into = description;
    else into.push(text);
  }
  const described = sections.filter((section) => section.title === 'Description').flatMap((section) => section.lines);
  const text = paragraphs([...description, '', ...described]);
  const finalSections = sections
    .filter((section) => section.title !== 'Description')
    .map((section) => ({ title: section.title, text: paragraphs(section.lines) }));
  const finalParams = params.map((param) => ({ name: param.name, text: paragraphs(param.lines) }));
  const all = [text, ...finalSections.map((section) => section.text), ...finalParams.map((param) => param.text)];
  return {
    name,
    summary: paragraphs([summary, ...more]),
    description: text,
    params: finalParams,
    sections: finalSections,
    callerMust: all.flatMap(sentences).filter((sentence) => CALLER.test(sentence)),
  };
}

function readHead(line: string): { readonly name: string; readonly summary: string } {
  const doc = /^DOC:\s*(.*)$/.exec(line);
  if (doc !== null) return { name: doc[1] ?? '', summary: '' };
  const found = /^\s*((?:struct|union|enum|typedef|define|macro|function) )?([\w.]+) ?(?:\([^)]*\))? ?(?:[-:–]+\s*(.*))?$/.exec(
    line.replace(/\s+/g, ' ').trim(),
  );
  if (found === null) return { name: '', summary: line.trim() };
  const keyword = (found[1] ?? '').trim();
  const isTag = keyword === 'struct' || keyword === 'union' || keyword === 'enum' || keyword === 'typedef';
  return { name: isTag ? `${keyword} ${found[2] ?? ''}` : (found[2] ?? ''), summary: found[3] ?? '' };
}

function canonicalTitle(title: string): string {
  const lower = title.toLowerCase();
  if (lower === 'returns' || lower === 'return') return 'Return';
  if (lower === 'notes') return 'Note';
  if (lower === 'examples') return 'Example';
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}

/** Joins lines into paragraphs; an empty line parts them. */
function paragraphs(lines: readonly string[]): string {
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function sentences(text: string): readonly string[] {
  return text
    .split(/\n\n|(?<=[.!?])\s+(?=[A-Z@])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}
