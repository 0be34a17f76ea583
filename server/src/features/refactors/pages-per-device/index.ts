/** `pages-per-device`: from one pages object beside the range to one for each device, in an array that is inline for one. */
import { apiNames } from '../../../contracts/api-names.js';
import { coreFiles, initPagesCall } from '../../../contracts/generations.js';
import { makeContracts } from '../../../contracts/index.js';
import { arrayMemory, perDeviceCalls, validCall } from '../../../contracts/per-device.js';
import { pagesCalls } from '../../../contracts/port.js';
import { pagesTag, rangeOwner } from '../../../contracts/protected.js';
import type { FunctionDef } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import { callText } from '../../../rules/style.js';
import type { Expr, Stmt } from '../../../syntax/ast.js';
import type { Draft } from '../draft.js';
import { createDraft, indentOf, lineEnd, lineStart, placeOf } from '../draft.js';
import type { Driver } from '../driver-owned-pages/driver.js';
import { containerOf, readDriver, textOf, usesSvm } from '../driver-owned-pages/driver.js';
import { alignMacros } from '../driver-owned-pages/macros.js';
import { calleeOf, callOf, listedStatement, siblings } from '../driver-owned-pages/statements.js';
import type { Visitor, Where } from '../typed-walk.js';
import { walkFunction, walkMacro } from '../typed-walk.js';
import type { Refactor } from '../types.js';
import { exprPieces, holderText, loopPieces, oneOf } from './accesses.js';
import type { Names } from './names.js';
import { chooseNames } from './names.js';

const contracts = makeContracts();

/** See docs/refactors.md. */
export const pagesPerDevice: Refactor = {
  id: 'pages-per-device',
  title: 'Give each device pages of its own',
  run(analysis, paths) {
    const { facts, program } = analysis;
    const draft = createDraft();
    if (facts.rangeHasPages || !facts.hasInitPages) {
      draft.note('the ranges of this tree own their pages: one device is all they can hold');
      return { edits: [], notes: draft.notes() };
    }
    for (const root of [...new Set(paths.filter((path) => !coreFiles.has(path)).map(driverRoot))].sort()) {
      for (const path of paths) if (driverRoot(path) === root) program.file(path);
      const driver = readDriver(program, root, draft);
      if (typeof driver === 'string') {
        if (usesSvm(program, root)) draft.note(driver);
        continue;
      }
      const held = driver.range.pages;
      if (held.length !== 1 || held[0]?.isPointer === true || held[0]?.isArray === true || held[0]?.path.length !== 1) {
        draft.note(
          `${root}: \`${driver.range.container.tag}\` does not hold one pages object beside its base: there is nothing to turn into an array`,
        );
        continue;
      }
      moveDriver(driver, draft);
    }
    return { edits: draft.edits(), notes: draft.notes() };
  },
};

function moveDriver(driver: Driver, draft: Draft): void {
  const names = chooseNames(driver);
  const maker = findMaker(driver);
  if (maker === undefined) {
    draft.note(`${driver.root}: where the pages of a new range are initialised was not found: an array could not be allocated there`);
    return;
  }
  changeStruct(driver, names);
  changeMaker(maker, driver, names);
  const visitor: Visitor = {
    stmt: (stmt, where) => {
      if (stmt === maker.stmt || (stmt.kind !== 'expr' && stmt.kind !== 'return')) return;
      const pieces = loopPieces(stmt, where, driver, names);
      for (const piece of pieces ?? [])
        draft.add(where.file, { start: where.base + piece.start, end: where.base + piece.end, newText: piece.newText });
    },
    expr: (expr, where) => {
      const stmt = where.around.at(-1);
      const isDone =
        stmt === maker.stmt || ((stmt?.kind === 'expr' || stmt?.kind === 'return') && loopPieces(stmt, where, driver, names) !== undefined);
      if (isDone) return false;
      const mine = calleeOfLoop(expr, where, driver);
      if (mine !== undefined)
        draft.note(
          `${placeOf(where.file, where.base + expr.start)}: \`${mine}\` is called for the first device only: it stands where a loop cannot`,
        );
      for (const piece of exprPieces(expr, where, driver, names))
        draft.add(where.file, { start: where.base + piece.start, end: where.base + piece.end, newText: piece.newText });
      return expr.kind === 'statements';
    },
  };
  for (const fn of driver.functions) walkFunction(driver.program, fn, visitor);
  for (const file of driver.files)
    for (const macro of file.outline.macros)
      if (!macro.alternative && macro.params !== undefined && macro.body.includes(driver.pages))
        walkMacro(driver.program, file, macro, driver.functions, visitor);
  freeArrays(driver, names);
  for (const file of driver.files) alignMacros(file, draft);
  draft.note(
    `${placeOf(maker.fn.file, maker.fn.item.start)}: \`${names.deviceCount}\` and \`${names.device}\` still know the one device there was: let them tell of all`,
  );
}

/** Name of a call that needs each entry, inside of an expression where no loop can stand. */
function calleeOfLoop(expr: Expr, where: Where, driver: Driver): string | undefined {
  if (expr.kind !== 'call') return undefined;
  const known = perDeviceCalls.find((one) => one.name === calleeOf(expr) && one.becomes !== 'all');
  return known !== undefined && oneOf(expr.args[known.pages], where, driver) !== undefined ? known.name : undefined;
}

/** The members, and the helpers behind the struct. */
function changeStruct(driver: Driver, names: Names): void {
  const { container, base } = driver.range;
  const { file } = container;
  const item = file.outline.items.find((one) => one.name === container.tag && !one.alternative);
  const member = container.member(names.one);
  if (item === undefined || member === undefined) return;
  const start = lineStart(file.text, item.start + member.start);
  const end = lineEnd(file.text, item.start + member.end - 1);
  const indent = indentOf(file.text, start);
  // The member's own comment goes with it.
  const comment = file.outline.comments.find(
    (one) => one.end <= start && file.text.slice(one.end, start).trim() === '' && one.start > item.bodyStart,
  );
  const from =
    comment === undefined || file.text.slice(lineStart(file.text, comment.start), comment.start).trim() !== ''
      ? start
      : lineStart(file.text, comment.start);
  const docs = [
    `@${names.count}: entries of the array of pages, one for each device`,
    `@${names.inline}: pages of the device, where there is one`,
    `@${names.array}: pages of each device, where there are several`,
  ];
  // A struct whose members are told of above it has no comments between them.
  const listed =
    item.doc === undefined
      ? null
      : new RegExp(`^([\\t ]*\\* )@${names.one}:[^@]*?(?=^[\\t ]*\\*(?: @|/|\\s*$))`, 'm').exec(
          file.text.slice(item.doc.start, item.doc.end),
        );
  const doc = (index: number, indentation = ''): readonly string[] =>
    listed === null ? [`${indentation}/** ${docs[index] ?? ''} */`] : [];
  const lines = [
    ...doc(0),
    `unsigned int ${names.count};`,
    'union {',
    ...doc(1, '\t'),
    `\t${pagesTag} ${names.inline};`,
    ...doc(2, '\t'),
    `\t${pagesTag} *${names.array};`,
    '};',
  ];
  if (listed !== null && item.doc !== undefined) {
    const at = item.doc.start + listed.index;
    driver.draft.add(file, {
      start: at,
      end: at + listed[0].length,
      newText: docs.map((line) => `${listed[1] ?? ' * '}${line}\n`).join(''),
    });
  }
  driver.draft.add(file, { start: from, end, newText: lines.map((line) => `${indent}${line}\n`).join('') });
  const after = lineEnd(file.text, item.end - 1);
  const tag = container.tag;
  const gpusvm = `range->${base.join('.')}.${rangeOwner}`;
  const valid = `if (!${callText(validCall.name, [gpusvm, `&${names.accessor}(range)[i]`], 21, 1)})`;
  const accessor = `\n/* The first entry: they lie side by side, one for each device. */\nstatic inline ${pagesTag} *${names.accessor}(${tag} *range)\n{\n\treturn range->${names.count} > 1 ? range->${names.array} : &range->${names.inline};\n}\n`;
  const allValid = `\n/* Under the notifier lock, as each entry asks. */\nstatic inline bool ${names.allValid}(${tag} *range)\n{\n\tfor (unsigned int i = 0; i < range->${names.count}; i++)\n\t\t${valid}\n\t\t\treturn false;\n\n\treturn true;\n}\n`;
  const wantsValid = driver.files.some((one) => one.text.includes(validCall.name));
  driver.draft.add(file, { start: after, end: after, newText: accessor + (wantsValid ? allValid : '') });
}

/** Where the pages of a new range are initialised. */
interface Maker {
  readonly fn: FunctionDef;
  readonly where: Where;
  readonly stmt: Stmt;
  readonly call: Expr & { readonly kind: 'call' };
  readonly name: string;
}

function findMaker(driver: Driver): Maker | undefined {
  const found: Maker[] = [];
  for (const fn of driver.functions) {
    if (!fn.file.text.slice(fn.item.start, fn.item.end).includes(initPagesCall.name)) continue;
    walkFunction(driver.program, fn, {
      stmt: (stmt, where) => {
        const call = callOf(stmt);
        const access =
          call === undefined || calleeOf(call) !== initPagesCall.name ? undefined : oneOf(call.args[initPagesCall.pages], where, driver);
        if (call !== undefined && access?.object.kind === 'name' && listedStatement(where) === stmt)
          found.push({ fn, where, stmt, call, name: access.object.name });
      },
    });
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The owner of the address space where a range is made, and the device's text with it as a parameter. */
function deviceHelper(maker: Maker, driver: Driver): { readonly owner: string; readonly body: string; readonly param: string } | undefined {
  const { space } = driver;
  const device = maker.call.args[initPagesCall.device];
  const param = maker.where.ast?.params[0];
  if (space === undefined || device === undefined || param === undefined) return undefined;
  const owner = containerOf(param.name, maker.where, space);
  const text = textOf(device, maker.where);
  const spaceName = space.container.tag.replace(/^struct /, '');
  const short = spaceName.slice(spaceName.lastIndexOf('_') + 1);
  if (!text.includes(owner)) return undefined;
  return { owner, param: `${space.container.tag} *${short}`, body: text.replace(owner, short) };
}

/** Allocation of the array and initialisation of each entry, with the helpers that tell of devices before the function. */
function changeMaker(maker: Maker, driver: Driver, names: Names): void {
  const { fn, where, stmt, name } = maker;
  const { text } = fn.file;
  const indent = indentOf(text, where.base + stmt.start);
  const helper = deviceHelper(maker, driver);
  const device = maker.call.args[initPagesCall.device];
  const count = helper === undefined ? '1' : `${names.deviceCount}(${helper.owner})`;
  const own = helper === undefined ? (device === undefined ? 'NULL' : textOf(device, where)) : `${names.device}(${helper.owner}, i)`;
  if (helper !== undefined) {
    const doc = fn.item.doc?.start ?? fn.item.start;
    const before = fn.file.outline.comments.find((one) => one.end <= doc && text.slice(one.end, doc).trim() === '' && one.start < doc);
    const at = lineStart(text, before?.start ?? doc);
    const lines = `static unsigned int ${names.deviceCount}(${helper.param})\n{\n\treturn 1;\n}\n\nstatic ${apiNames.deviceStruct} *${names.device}(${helper.param}, unsigned int index)\n{\n\treturn ${helper.body};\n}\n\n`;
    driver.draft.add(fn.file, { start: at, end: at, newText: lines });
  }
  const failure = failureOf(maker);
  const inner = `${indent}\t`;
  const release = contracts.of(allocationOf(maker))?.ok?.find((op) => op.op === 'acquire' && op.family === 'memory');
  const freeing = release?.op === 'acquire' ? (release.releasedBy ?? arrayMemory.release) : arrayMemory.release;
  const element = `sizeof(*${name}->${names.array})`;
  const assign = `${name}->${names.array} = `;
  const lines = [
    `${indent}${name}->${names.count} = ${count};`,
    `${indent}if (${name}->${names.count} > 1) {`,
    `${inner}${assign}${callText(arrayMemory.allocate, [`${name}->${names.count}`, element, arrayMemory.flags], inner.length * 8 + assign.length)};`,
    `${inner}if (!${name}->${names.array}) {`,
    `${inner}\t${freeing}(${name});`,
    `${inner}\t${failure}`,
    `${inner}}`,
    `${indent}}`,
    `${indent}for (unsigned int i = 0; i < ${name}->${names.count}; i++)`,
    `${inner}${callText(initPagesCall.name, [`&${names.accessor}(${name})[i]`, own], inner.length * 8)};`,
  ];
  const start = lineStart(text, where.base + stmt.start);
  driver.draft.add(fn.file, { start, end: where.base + stmt.end, newText: lines.join('\n') });
}

/** Name of the call that allocates the container in the function. */
function allocationOf(maker: Maker): string {
  let found = '';
  walkFunction(maker.where.program, maker.fn, {
    stmt: (stmt) => {
      if (stmt.kind === 'decl' && stmt.name === maker.name && stmt.init?.kind === 'call') found = calleeOf(stmt.init);
      if (
        stmt.kind === 'expr' &&
        stmt.expr.kind === 'assign' &&
        stmt.expr.left.kind === 'name' &&
        stmt.expr.left.name === maker.name &&
        stmt.expr.right.kind === 'call'
      )
        found = calleeOf(stmt.expr.right);
    },
  });
  return found;
}

/** What the function does when its allocation fails: the statement under the check of the pointer. */
function failureOf(maker: Maker): string {
  const { where, stmt, name } = maker;
  const earlier = siblings(stmt, where).filter((one) => one.end <= stmt.start);
  for (const one of [...earlier].reverse()) {
    if (one.kind !== 'if' || !new RegExp(`!\\s*${name}\\b`).test(textOf(one.test, where))) continue;
    const body = one.then.kind === 'block' ? one.then.body : [one.then];
    const last = body.at(-1);
    if (last?.kind === 'return' || last?.kind === 'goto') return `${textOf(last, where).replace(/;?$/, '')};`;
  }
  return 'return NULL;';
}

/** Frees the array behind the entries, where those are freed. */
function freeArrays(driver: Driver, names: Names): void {
  for (const fn of driver.functions) {
    if (!fn.file.text.slice(fn.item.start, fn.item.end).includes(pagesCalls.free.name)) continue;
    walkFunction(driver.program, fn, {
      stmt: (stmt, where) => {
        const call = callOf(stmt);
        const access =
          call === undefined || calleeOf(call) !== pagesCalls.free.name
            ? undefined
            : oneOf(call.args[pagesCalls.free.pages], where, driver);
        if (access === undefined || listedStatement(where) !== stmt) return;
        const indent = indentOf(fn.file.text, where.base + stmt.start);
        const holder = holderText(access, where);
        const member = (field: string): string => (holder.startsWith('&') ? `${holder.slice(1)}.${field}` : `${holder}->${field}`);
        const at = lineEnd(fn.file.text, where.base + stmt.end - 1);
        driver.draft.add(fn.file, {
          start: at,
          end: at,
          newText: `${indent}if (${member(names.count)} > 1)\n${indent}\t${arrayMemory.release}(${member(names.array)});\n`,
        });
      },
    });
  }
}
