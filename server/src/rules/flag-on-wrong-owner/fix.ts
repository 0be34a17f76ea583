/** The flag read from the object that carries it, where range and pages sit in one container. */
import { flagWords } from '../../contracts/generations.js';
import { wholeWordMember } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import type { Expr } from '../../syntax/ast.js';
import type { Fix, TextEdit } from '../finding.js';
import { helperTo, oneToOne } from '../layout.js';
import { edit } from '../style.js';
import type { Place } from '../typed.js';

type MemberExpr = Expr & { readonly kind: 'member' };

/** One edit for `c->pages.flags.f`, or the type and the source of a local copy of the word. None for a driver with several devices. */
export function fixFlagOwner(expr: MemberExpr, there: 'pages' | 'range', place: Place): readonly Fix[] {
  const found = oneToOne(place.program, place.file);
  if (found === undefined) return [];
  const title = `Take \`${expr.field}\` from ${flagWords[there].noun}`;
  const { object } = expr;
  if (object.kind === 'member' && object.field === flagWords.member) {
    const edits = ownerEdits(object, there, place, found);
    const copy = edits === undefined ? undefined : copyOf(object, edits, place);
    if (copy !== undefined)
      return [{ title, safety: 'safe', edits: [edit(place.file.path, place.base, expr.start, expr.end - expr.field.length, `${copy}.`)] }];
    return edits === undefined ? [] : [{ title, safety: 'safe', edits }];
  }
  return object.kind === 'name' && !place.inMacro ? localCopy(expr, object.name, there, place, found, title) : [];
}

/** A local that was read from the whole word, as the edits write it, before the place. */
function copyOf(flags: MemberExpr, edits: readonly TextEdit[], { text, base }: Place): string | undefined {
  let word = text.slice(flags.start, flags.end);
  for (const one of edits) word = word.slice(0, one.start - base - flags.start) + one.newText + word.slice(one.end - base - flags.start);
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const read = new RegExp(`\\b(\\w+)\\.${wholeWordMember}\\s*=\\s*READ_ONCE\\(\\s*${escaped}\\.${wholeWordMember}\\s*\\)`, 'g');
  return [...text.slice(0, flags.start).matchAll(read)].at(-1)?.[1];
}

/** Edits that turn `X.flags` of one owner into that of the other; `flags` is the member expression `X.flags`. */
function ownerEdits(
  flags: MemberExpr,
  there: 'pages' | 'range',
  place: Place,
  { layout, pages }: NonNullable<ReturnType<typeof oneToOne>>,
): readonly TextEdit[] | undefined {
  const { object } = flags;
  const base = layout.base[0] ?? '';
  const [mine, other] = there === 'range' ? [pages, base] : [base, pages];
  if (
    object.kind === 'member' &&
    object.field === mine &&
    !flags.arrow &&
    typeOf(object.object, place.scope)?.base === layout.container.tag
  ) {
    return [edit(place.file.path, place.base, object.end - object.field.length, object.end, other)];
  }
  if (there === 'pages' && flags.arrow && typeOf(object, place.scope)?.base === flagWords.range.owner) {
    const helper = helperTo(place.program, place.file, layout);
    if (helper === undefined) return undefined;
    const written = place.text.slice(object.start, object.end);
    return [edit(place.file.path, place.base, object.start, flags.end - flags.field.length, `${helper}(${written})->${pages}.`)];
  }
  return undefined;
}

/** `struct pages_flags flags = { .__flags = READ_ONCE(c->pages.flags.__flags) };` with only flags of the other owner read from it. */
function localCopy(
  expr: MemberExpr,
  name: string,
  there: 'pages' | 'range',
  place: Place,
  found: NonNullable<ReturnType<typeof oneToOne>>,
  title: string,
): readonly Fix[] {
  const { text } = place;
  const here = there === 'range' ? 'pages' : 'range';
  const tag = flagWords[here].structTag;
  const declaration = new RegExp(`\\b${tag.replace(' ', '\\s+')}\\s+${name}\\s*=\\s*\\{[^}]*\\}`).exec(text);
  if (declaration === null) return [];
  // Other flags read from the same copy would move with it.
  for (const use of text.matchAll(new RegExp(`(?<![\\w.>])${name}\\.(\\w+)`, 'g'))) if (use[1] !== expr.field) return [];
  const base = found.layout.base[0] ?? '';
  const [mine, other] = there === 'range' ? [found.pages, base] : [base, found.pages];
  const source = new RegExp(`->${mine}\\.${flagWords.member}\\b`).exec(declaration[0]);
  if (source === null) return [];
  const at = declaration.index + source.index + 2;
  return [
    {
      title,
      safety: 'safe',
      edits: [
        edit(place.file.path, place.base, declaration.index, declaration.index + tag.length, flagWords[there].structTag),
        edit(place.file.path, place.base, at, at + mine.length, other),
      ],
    },
  ];
}
