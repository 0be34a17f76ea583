/** Unmapping before ranges leave their tree: one by one, and all of them before the address space goes. */
import { apiNames } from '../../../contracts/api-names.js';
import { argumentText, removedHelpers } from '../../../contracts/generations.js';
import { gpusvmIterators } from '../../../contracts/gpusvm.js';
import { allLoops, pagesCalls, pagesContext, rangeUnmapHelper, removingCalls } from '../../../contracts/port.js';
import type { FunctionDef } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import type { FunctionAst, Stmt } from '../../../syntax/ast.js';
import { placeOf } from '../draft.js';
import type { Where } from '../typed-walk.js';
import { walkFunction } from '../typed-walk.js';
import type { Access } from './access.js';
import { rendered } from './access.js';
import type { Driver } from './driver.js';
import { containerOf, rangeContainer, textOf, through, throughHelper } from './driver.js';
import { calleeOf, callOf, declare, freeName, listedStatement, putBefore, siblings } from './statements.js';

import { loopHead, mentions, statement } from './written.js';

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
