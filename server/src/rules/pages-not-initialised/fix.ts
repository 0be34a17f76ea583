/** The initialisation moved up before the notifier can be seen, or put in front of the return of a new range. */
import { initPagesCall } from '../../contracts/generations.js';
import { gpusvmTag, pagesTag } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import type { Expr, Span } from '../../syntax/ast.js';
import { deviceMember } from '../devices.js';
import type { Fix } from '../finding.js';
import { containerText, helperTo, layoutsOf, oneToOne } from '../layout.js';
import type { FunctionContext } from '../rule.js';
import { callAt, insertBefore, statementAt, written } from '../statements.js';
import { callText, columnAt, edit, linesOf } from '../style.js';

/** For pages published first: the later initialisation goes above, when what it reads is set by then. */
export function fixPublished(publish: Span, init: Span, context: FunctionContext): readonly Fix[] {
  const { text, fn } = context;
  const from = statementAt(context, init);
  const to = statementAt(context, publish);
  if (from?.stmt.kind !== 'expr' || from.list === undefined || to?.list !== from.list || to.index >= from.index) return [];
  for (const between of from.list.slice(to.index, from.index)) {
    for (const name of written(context, init).matchAll(/\b[a-z_]\w*\b/g)) {
      if (new RegExp(`(?<!->|\\.)\\b${name[0]}\\s*=[^=]`).test(written(context, between))) return [];
    }
  }
  const moved = linesOf(text, from.stmt);
  const target = linesOf(text, { start: to.stmt.start, end: to.stmt.start });
  // A blank line below the moved statement goes with it.
  const end = text[moved.end] === '\n' ? moved.end + 1 : moved.end;
  const { path } = fn.file;
  const base = fn.item.start;
  return [
    {
      title: 'Initialise the pages first',
      safety: 'suggested',
      edits: [edit(path, base, target.start, target.start, text.slice(moved.start, moved.end)), edit(path, base, moved.start, end, '')],
    },
  ];
}

/** For a range that an allocation callback returns: the driver's one device is found through the address space. */
export function fixUninitialised(exit: Span, value: Expr | undefined, context: FunctionContext): readonly Fix[] {
  const { program, fn, ast, scope, text } = context;
  const one = oneToOne(program, fn.file);
  const placed = statementAt(context, exit);
  const svm = ast.params.find((param) => param.type.base === gpusvmTag && param.type.pointers === 1)?.name;
  const [owner, other] = layoutsOf(program, fn.file, gpusvmTag);
  if (
    one === undefined ||
    placed?.stmt.kind !== 'return' ||
    value === undefined ||
    svm === undefined ||
    owner === undefined ||
    other !== undefined
  )
    return [];
  const container = containerText(value, text, scope, one.layout);
  const helper = helperTo(program, fn.file, owner);
  const way = deviceMember(owner.container, program, fn.file);
  if (container === undefined || helper === undefined || way === undefined) return [];
  const device = `${way.address ? '&' : ''}${helper}(${svm})->${way.path}`;
  const edits = insertBefore(context, placed, [
    `${callText(initPagesCall.name, [`&${container}->${one.pages}`, device], columnAt(text, placed.stmt.start))};`,
    '',
  ]);
  return edits === undefined ? [] : [{ title: `Call \`${initPagesCall.name}\``, safety: 'suggested', edits }];
}

/** For pages beside a notifier that is inserted, and that nobody initialises: in front of the insertion, with the device that the function's address space leads to. */
export function fixUnpublished(publish: Span, context: FunctionContext): readonly Fix[] {
  const { program, fn, scope, text, ast } = context;
  const placed = statementAt(context, publish);
  const [notifier] = callAt(context, publish.start)?.args ?? [];
  if (placed === undefined || notifier?.kind !== 'address' || notifier.operand.kind !== 'member') return [];
  const { object, arrow } = notifier.operand;
  const tag = typeOf(object, scope)?.base;
  const [pages, another] = program
    .containersOf(pagesTag, fn.file)
    .filter((one) => one.container.tag === tag && !one.isPointer && !one.isArray);
  const [owner, other] = layoutsOf(program, fn.file, gpusvmTag);
  if (pages === undefined || another !== undefined || owner === undefined || other !== undefined) return [];
  const way = deviceMember(owner.container, program, fn.file);
  const set = (name: string): boolean => new RegExp(`\\b${name}\\s*=[^=]`).test(text.slice(0, placed.stmt.start));
  const names = [
    ...ast.params.filter((param) => param.type.base === owner.container.tag && param.type.pointers === 1).map((param) => param.name),
    ...ast.body.flatMap((one) =>
      one.kind === 'decl' && one.type.base === owner.container.tag && one.type.pointers === 1 && set(one.name) ? [one.name] : [],
    ),
  ];
  const [holder] = names;
  if (way === undefined || holder === undefined || names.length > 1) return [];
  const place = `&${written(context, object)}${arrow ? '->' : '.'}${pages.path.join('.')}`;
  const device = `${way.address ? '&' : ''}${holder}->${way.path}`;
  const edits = insertBefore(context, placed, [`${callText(initPagesCall.name, [place, device], columnAt(text, placed.stmt.start))};`, '']);
  return edits === undefined ? [] : [{ title: `Call \`${initPagesCall.name}\` first`, safety: 'suggested', edits }];
}
