/** The life of a driver's own pages: embedded, initialised where ranges are made, freed where they are freed, unmapped before ranges go. */

import { apiNames } from '../../../contracts/api-names.js';
import { argumentText, initPagesCall, removedHelpers } from '../../../contracts/generations.js';
import { gpusvmIterators } from '../../../contracts/gpusvm.js';
import { makeContracts } from '../../../contracts/index.js';
import { allLoops, pagesCalls, pagesContext, rangeCallbacks, rangeUnmapHelper, removingCalls } from '../../../contracts/port.js';
import { gpusvmOpsTag, pagesTag, rangeOwner, rangeTag } from '../../../contracts/protected.js';
import { typeOf } from '../../../flow/types.js';
import type { FunctionDef } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import { helperTo } from '../../../rules/layout.js';
import { callText } from '../../../rules/style.js';
import type { FunctionAst, Stmt } from '../../../syntax/ast.js';
import { indentOf, lineEnd, lineStart, placeOf } from '../draft.js';
import type { Where } from '../typed-walk.js';
import { walkFunction } from '../typed-walk.js';
import type { Access } from './access.js';
import { rendered } from './access.js';
import { deviceOf } from './device.js';
import type { Driver } from './driver.js';
import { containerOf, rangeContainer, textOf, through, throughHelper } from './driver.js';
import { calleeOf, callOf, declare, freeName, leadingDeclarations, listedStatement, putBefore, siblings } from './statements.js';

const TAB = 8;
/** Widest line that the kernel's style takes. */
const WIDEST = 100;
const contracts = makeContracts();

const columns = (indent: string): number => [...indent].reduce((at, c) => (c === '\t' ? at + TAB : at + 1), 0);

/** The head of a loop: on one line as far as the style takes it. */
function loopHead(indent: string, name: string, args: readonly string[], tail: string): string {
  const plain = `${name}(${args.join(', ')})${tail}`;
  return indent + (columns(indent) + plain.length <= WIDEST ? plain : `${callText(name, args, columns(indent), tail.length)}${tail}`);
}

/** A call as a statement at an indentation. */
const statement = (indent: string, name: string, args: readonly string[]): string => `${indent}${callText(name, args, columns(indent))};\n`;

/** Embeds the pages member behind the base, with its kernel-doc. */
export function embedPages(driver: Driver): void {
  const { container, base } = driver.range;
  if (driver.range.pages.length > 0) return;
  const { file } = container;
  const item = file.outline.items.find((one) => one.name === container.tag && !one.alternative);
  const member = container.member(base[0] ?? '');
  if (item === undefined || member === undefined) return;
  const words = 'pages of the range, mapped for one device';
  const doc = item.doc === undefined ? '' : file.text.slice(item.doc.start, item.doc.end);
  const listed = new RegExp(`^([\\t ]*\\* )@${base[0] ?? ''}:[^@]*?(?=^[\\t ]*\\*(?: @|/|\\s*$))`, 'm').exec(doc);
  const at = lineEnd(file.text, item.start + member.end - 1);
  const indent = indentOf(file.text, item.start + member.start);
  const inline = listed === null ? `${indent}/** @${driver.pages}: ${words} */\n` : '';
  driver.draft.add(file, { start: at, end: at, newText: `${inline}${indent}${pagesTag} ${driver.pages};\n` });
  if (driver.needsHelper) {
    const end = lineEnd(file.text, item.end - 1);
    const inner = `static inline ${container.tag} *${driver.helper}(${rangeTag} *range)\n{\n\treturn container_of(range, ${container.tag}, ${base.join('.')});\n}\n`;
    driver.draft.add(file, { start: end, end, newText: `\n${inner}` });
  }
  if (listed !== null && item.doc !== undefined) {
    const end = item.doc.start + listed.index + listed[0].length;
    driver.draft.add(file, { start: end, end, newText: `${listed[1] ?? ' * '}@${driver.pages}: ${words}\n` });
  }
}

/** Functions of the driver that stand in a member of its callback table. */
function callbacks(driver: Driver, member: string): readonly FunctionDef[] {
  const found = new Map<string, FunctionDef>();
  for (const entry of driver.program.callbacks()) {
    if (entry.structTag !== gpusvmOpsTag || entry.member !== member || driverRoot(entry.file.path) !== driver.root) continue;
    const fn = driver.program.findFunction(entry.functionName, entry.file);
    if (fn !== undefined) found.set(fn.key, fn);
  }
  return [...found.values()];
}

const mentions = (fn: FunctionDef, name: string): boolean =>
  new RegExp(`\\b${name}\\b`).test(fn.file.text.slice(fn.item.start, fn.item.end));

/** Initialises the pages in `range_alloc`, behind the allocation and its check. */
export function initInAlloc(driver: Driver, access: Access): void {
  if (!driver.program.facts.hasInitPages) return;
  const makers = callbacks(driver, rangeCallbacks.alloc);
  if (makers.length === 0)
    driver.draft.note(
      `${driver.root}: no \`${rangeCallbacks.alloc}\` is given: the core allocates bare ranges, and nobody can initialise pages beside them`,
    );
  for (const fn of makers) {
    if (mentions(fn, initPagesCall.name)) continue;
    let isDone = false;
    walkFunction(driver.program, fn, {
      stmt: (stmt, where) => {
        if (isDone) return;
        const made = allocation(stmt, driver, where);
        if (made === undefined || listedStatement(where) !== stmt) return;
        isDone = true;
        insertInit(fn, made, stmt, where, driver, access);
      },
    });
    if (!isDone)
      driver.draft.note(
        `${placeOf(fn.file, fn.item.start)}: \`${fn.name}\` is left: where it makes its \`${driver.range.container.tag}\` was not found; call \`${initPagesCall.name}\` there`,
      );
  }
}

/** The variable that a statement sets to a new container. */
function allocation(stmt: Stmt, driver: Driver, where: Where): string | undefined {
  const [name, value] =
    stmt.kind === 'decl'
      ? [stmt.name, stmt.init]
      : stmt.kind === 'expr' && stmt.expr.kind === 'assign' && stmt.expr.left.kind === 'name'
        ? [stmt.expr.left.name, stmt.expr.right]
        : [undefined, undefined];
  if (name === undefined || value?.kind !== 'call') return undefined;
  const type = stmt.kind === 'decl' ? stmt.type : where.scope.local(name);
  if (type?.base !== driver.range.container.tag || type.pointers !== 1) return undefined;
  return calleeOf(value) === helperTo(driver.program, where.file, driver.range) ? undefined : name;
}

function insertInit(fn: FunctionDef, name: string, stmt: Stmt, where: Where, driver: Driver, access: Access): void {
  const param = where.ast?.params[0];
  const device = access.device === undefined || param === undefined ? undefined : deviceOf(param.name, where, driver, access.device);
  if (device === undefined) {
    driver.draft.note(`${placeOf(fn.file, fn.item.start)}: \`${fn.name}\` does not initialise the pages yet: the device is not known`);
    return;
  }
  const beside = siblings(stmt, where);
  let at = beside.indexOf(stmt);
  while (stmt.kind === 'decl' && beside[at + 1]?.kind === 'decl') at++;
  const check = beside[at + 1];
  if (check?.kind === 'if' && new RegExp(`\\b${name}\\b`).test(textOf(check.test, where))) at++;
  else
    driver.draft.note(
      `${placeOf(fn.file, fn.item.start + stmt.start)}: \`${name}\` is initialised right behind its allocation, which nobody checks`,
    );
  const { text } = fn.file;
  const next = beside[at + 1];
  const before = beside[at];
  const args = [`&${name}->${driver.pages}`, device];
  if (next === undefined || before === undefined) {
    const end = lineEnd(text, where.base + (before?.end ?? stmt.end) - 1);
    driver.draft.add(fn.file, { start: end, end, newText: `\n${statement('\t', initPagesCall.name, args)}` });
    return;
  }
  const start = lineStart(text, where.base + next.start);
  const line = statement(indentOf(text, start), initPagesCall.name, args);
  driver.draft.add(fn.file, { start, end: start, newText: next.kind === 'return' ? `${line}\n` : line });
}

/** Frees the pages first of all in `range_free`, and the container through its own pointer. */
export function freeInRelease(driver: Driver): void {
  for (const fn of callbacks(driver, rangeCallbacks.free)) {
    const ast = fn.ast();
    const param = ast?.params[0];
    if (ast === undefined || param === undefined) continue;
    const { text } = fn.file;
    const where = { program: driver.program, file: fn.file, ast, text: text.slice(fn.item.start, fn.item.end) };
    if (!mentions(fn, pagesCalls.free.name)) {
      const first = ast.body[leadingDeclarations(ast, where.text).length];
      const args = [
        `${param.name}->${rangeOwner}`,
        `&${through(throughHelper(containerOf(param.name, where, driver.range), driver), driver.pages)}`,
        argumentText.npages(param.name, ''),
      ];
      const at = first === undefined ? fn.item.end - 1 : lineStart(text, fn.item.start + first.start);
      driver.draft.add(fn.file, { start: at, end: at, newText: statement('\t', pagesCalls.free.name, args) });
    }
    freeContainer(fn, driver);
  }
}

function freeContainer(fn: FunctionDef, driver: Driver): void {
  walkFunction(driver.program, fn, {
    expr: (expr, where) => {
      if (expr.kind !== 'call') return true;
      const release = contracts.of(calleeOf(expr))?.ops?.find((op) => op.op === 'release' && op.family === 'memory');
      const arg = release?.op === 'release' ? expr.args[Number(release.ref)] : undefined;
      const type = arg === undefined ? undefined : typeOf(arg, where.scope);
      if (arg === undefined || type?.base !== rangeTag || type.pointers !== 1) return true;
      const container = rangeContainer(arg, where, driver);
      if (container !== undefined)
        driver.draft.add(fn.file, { start: where.base + arg.start, end: where.base + arg.end, newText: container });
      return false;
    },
  });
}

/** A context that does not stand in a notifier: one that the function has, or a new one. */
function outsideContext(fn: FunctionDef, ast: FunctionAst, driver: Driver): string {
  const text = fn.file.text.slice(fn.item.start, fn.item.end);
  for (const stmt of ast.body) {
    if (stmt.kind !== 'decl' || stmt.type.base !== pagesContext.tag || stmt.type.pointers > 0) continue;
    const init = stmt.init === undefined ? undefined : text.slice(stmt.init.start, stmt.init.end);
    const isSet = new RegExp(`\\b${stmt.name}\\s*\\.\\s*${pagesContext.inNotifier}\\s*=`).test(text);
    if (init?.startsWith('{') === true && !isSet && !new RegExp(`${pagesContext.inNotifier}\\s*=\\s*(?!false)`).test(init))
      return stmt.name;
  }
  const known = made.get(driver)?.get(fn.key);
  if (known !== undefined) return known;
  const name = freeName(fn, ['ctx', 'unmap_ctx']);
  declare(fn, ast, `${pagesContext.tag} ${name} = { .${pagesContext.inNotifier} = false };`, driver.draft);
  made.set(driver, new Map([...(made.get(driver) ?? []), [fn.key, name]]));
  return name;
}

/** Contexts declared so far, by function. */
const made = new WeakMap<Driver, ReadonlyMap<string, string>>();

/** True when a statement unmaps the pages of the range with this text. */
function unmaps(stmt: Stmt, range: string, pages: string, where: Where): boolean {
  const call = callOf(stmt);
  if (call === undefined) return false;
  const name = calleeOf(call);
  const squeezed = call.args.map((arg) => textOf(arg, where).replace(/\s+/g, ''));
  return (
    (name === rangeUnmapHelper && squeezed[1] === range.replace(/\s+/g, '')) ||
    (name === pagesCalls.unmap.name && squeezed[pagesCalls.unmap.pages]?.replace(/[()]/g, '') === pages.replace(/[\s()]/g, ''))
  );
}

/** True when a statement calls a function of the driver with the range, or its container, that unmaps pages. */
function handsOn(stmt: Stmt, ranges: readonly string[], where: Where, driver: Driver): boolean {
  const call = callOf(stmt);
  const isGiven = call?.args.some((arg) => ranges.includes(textOf(arg, where))) === true;
  return isGiven && calledIn(textOf(stmt, where), where, driver).some((text) => unmapCall.test(text));
}

/** Unmaps pages before their range leaves the tree, where the removal does not do it any more. */
export function unmapBeforeRemoval(driver: Driver, access: Access): void {
  // A driver that owns its pages has its own order: what is wrong with it is for the rules to say.
  if (driver.program.facts.removeUnmapsPages || driver.range.pages.length > 0) return;
  for (const fn of driver.functions) {
    if (mentions(fn, removingCalls.range.name)) unmapInFunction(fn, driver, access);
    if (mentions(fn, removingCalls.all.name) && !mentions(fn, apiNames.init)) unmapAll(fn, driver, access);
  }
}

function unmapInFunction(fn: FunctionDef, driver: Driver, access: Access): void {
  walkFunction(driver.program, fn, {
    stmt: (stmt, where) => {
      const call = callOf(stmt);
      if (call === undefined || calleeOf(call) !== removingCalls.range.name || where.ast === undefined) return;
      const [gpusvm, range] = [call.args[removingCalls.range.gpusvm], call.args[removingCalls.range.range]];
      const container = range === undefined ? undefined : rangeContainer(range, where, driver);
      if (gpusvm === undefined || range === undefined || container === undefined) {
        driver.draft.note(
          `${placeOf(fn.file, where.base + stmt.start)}: the range is removed with its pages mapped: no way leads from it to them`,
        );
        return;
      }
      const pages = `&${through(container, driver.pages)}`;
      const listed = listedStatement(where);
      const earlier = siblings(listed ?? stmt, where).filter((one) => one.end <= stmt.start);
      if (
        earlier.some(
          (one) => unmaps(one, textOf(range, where), pages, where) || handsOn(one, [textOf(range, where), container], where, driver),
        )
      )
        return;
      const ctx = outsideContext(fn, where.ast, driver);
      const args = [rendered(gpusvm, where, access), pages, argumentText.npages(rendered(range, where, access), ''), `&${ctx}`];
      for (const piece of putBefore(stmt, where, (indent) => statement(indent, pagesCalls.unmap.name, args)))
        driver.draft.add(fn.file, piece);
    },
  });
}

/** The loop that unmaps the pages of all ranges before the address space goes. */
function unmapAll(fn: FunctionDef, driver: Driver, access: Access): void {
  walkFunction(driver.program, fn, {
    stmt: (stmt, where) => {
      const call = callOf(stmt);
      const gpusvm = call === undefined ? undefined : call.args[removingCalls.all.gpusvm];
      if (call === undefined || calleeOf(call) !== removingCalls.all.name || gpusvm === undefined || where.ast === undefined) return;
      if (hasUnmapLoop(stmt, where, driver)) return;
      if (
        driver.program.findMacro(allLoops.notifiers.name, fn.file) === undefined ||
        driver.program.findMacro(allLoops.ranges.name, fn.file) === undefined
      ) {
        driver.draft.note(
          `${placeOf(fn.file, where.base + stmt.start)}: this tree has no loops over notifiers and ranges: unmap the pages of every range before \`${removingCalls.all.name}\``,
        );
        return;
      }
      const [notifier, next, range, after] = [
        freeName(fn, ['notifier']),
        freeName(fn, ['next', 'next_notifier']),
        freeName(fn, ['range', 'base_range']),
        freeName(fn, ['next_range']),
      ];
      declare(fn, where.ast, `${allLoops.notifiers.tag} *${notifier}, *${next};`, driver.draft);
      const ctx = outsideContext(fn, where.ast, driver);
      const container = through(throughHelper(containerOf(range, { ...where, ast: undefined }, driver.range), driver), driver.pages);
      const space = rendered(gpusvm, where, access);
      const { first, last } = allLoops;
      for (const piece of putBefore(stmt, where, (indent) => {
        const inner = `${indent}\t`;
        const head = loopHead(indent, allLoops.notifiers.name, [notifier, next, space, first, last], ' {');
        const ranges = loopHead(inner, allLoops.ranges.name, [range, after, notifier, first, last], '');
        const body = statement(`${inner}\t`, pagesCalls.unmap.name, [space, `&${container}`, argumentText.npages(range, ''), `&${ctx}`]);
        return `${head}\n${inner}${allLoops.ranges.tag} *${range}, *${after};\n\n${ranges}\n${body}${indent}}\n\n`;
      }))
        driver.draft.add(fn.file, piece);
    },
  });
}

const unmapNames = [pagesCalls.unmap.name, ...removedHelpers.filter((one) => one.instead === pagesCalls.unmap.name).map((one) => one.name)];
const unmapCall = new RegExp(`\\b(?:${unmapNames.join('|')})\\s*\\(`);
const rangeLoop = new RegExp(
  `\\b(?:${gpusvmIterators
    .filter((one) => one.walks === 'ranges')
    .map((one) => one.name)
    .join('|')})\\s*\\(`,
);

/** True when the pages of all ranges are unmapped in a loop before the statement, here or in a function called there. */
function hasUnmapLoop(stmt: Stmt, where: Where, driver: Driver): boolean {
  const before = where.text.slice(0, stmt.start);
  const unmapsAll = (text: string): boolean => unmapCall.test(text) && rangeLoop.test(text);
  return unmapsAll(before) || calledIn(before, where, driver).some(unmapsAll);
}

/** Texts of the driver's functions that a text calls. */
function calledIn(text: string, where: Where, driver: Driver): readonly string[] {
  const names = new Set([...text.matchAll(/\b([a-z_]\w*)\s*\(/g)].map((match) => match[1] ?? ''));
  return [...names].flatMap((name) => {
    const fn = name === where.fn?.name ? undefined : driver.program.findFunction(name, where.file);
    return fn === undefined || driverRoot(fn.file.path) !== driver.root ? [] : [fn.file.text.slice(fn.item.start, fn.item.end)];
  });
}
