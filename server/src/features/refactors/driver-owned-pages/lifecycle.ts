/** The life of a driver's own pages: embedded, initialised where ranges are made, freed where they are freed. */

import { argumentText, initPagesCall } from '../../../contracts/generations.js';
import { makeContracts } from '../../../contracts/index.js';
import { pagesCalls, rangeCallbacks } from '../../../contracts/port.js';
import { gpusvmOpsTag, pagesTag, rangeOwner, rangeTag } from '../../../contracts/protected.js';
import { typeOf } from '../../../flow/types.js';
import type { FunctionDef } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import { helperTo } from '../../../rules/layout.js';
import type { Stmt } from '../../../syntax/ast.js';
import { indentOf, lineEnd, lineStart, placeOf } from '../draft.js';
import type { Where } from '../typed-walk.js';
import { walkFunction } from '../typed-walk.js';
import type { Access } from './access.js';
import { deviceOf } from './device.js';
import type { Driver } from './driver.js';
import { containerOf, rangeContainer, textOf, through, throughHelper } from './driver.js';
import { calleeOf, leadingDeclarations, listedStatement, siblings } from './statements.js';
import { mentions, statement } from './written.js';

const contracts = makeContracts();

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
