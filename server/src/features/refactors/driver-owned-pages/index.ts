/**
 * `driver-owned-pages`: moves a driver from pages that its ranges own to pages of its own, as the interface's split generation asks.
 * Two passes: the first reads moved flags plainly, and the engine tells which of these reads stand outside the lock; the second gives those a copy.
 */

import { coreFiles } from '../../../contracts/generations.js';
import { makeContracts } from '../../../contracts/index.js';
import { Engine } from '../../../flow/engine.js';
import type { Program } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import type { Analysis } from '../../analysis.js';
import type { Draft, Piece } from '../draft.js';
import { applyPieces, createDraft, mapOffset } from '../draft.js';
import { planReads, readKey } from '../flag-reads.js';
import type { Visitor, Where } from '../typed-walk.js';
import { walkFunction, walkMacro } from '../typed-walk.js';
import type { Refactor } from '../types.js';
import type { Access } from './access.js';
import { piecesOf } from './access.js';
import { mendComments, mendTwins, noteComments } from './comments.js';
import { readDevice } from './device.js';
import type { Driver } from './driver.js';
import { mayConcern, readDriver, usesSvm } from './driver.js';
import type { Copies, FlagSite } from './flags.js';
import { copiedFlag, planCopies, rangeRead, takesRangeWord } from './flags.js';
import { embedPages, freeInRelease, initInAlloc } from './lifecycle.js';
import { alignMacros } from './macros.js';
import { unmapBeforeRemoval } from './removal.js';
import { initUserPages } from './userptr.js';

/** See docs/refactors.md. */
export const driverOwnedPages: Refactor = {
  id: 'driver-owned-pages',
  title: 'Move the driver to pages of its own',
  run(analysis, paths) {
    const { facts, program } = analysis;
    const draft = createDraft();
    if (facts.rangeHasPages) {
      draft.note('the ranges of this tree own their pages: there is nothing to move to');
      return { edits: [], notes: draft.notes() };
    }
    const roots = [...new Set(paths.filter((path) => !coreFiles.has(path)).map(driverRoot))];
    for (const root of roots.sort()) {
      for (const path of paths) if (driverRoot(path) === root) program.file(path);
      const own = createDraft();
      const first = plain(program, root, own);
      if (typeof first === 'string') {
        if (usesSvm(program, root)) draft.note(first);
        continue;
      }
      const open = unlockedReads(analysis, first.sites, own);
      move(program, root, open, draft);
    }
    return { edits: draft.edits(), notes: draft.notes() };
  },
};

interface Moved {
  readonly sites: readonly FlagSite[];
}

function plain(program: Program, root: string, draft: Draft): Moved | string {
  return move(program, root, new Set(), draft);
}

/** All edits of one driver; `open` holds the sites of flags that are read without the lock. */
function move(program: Program, root: string, open: ReadonlySet<string>, draft: Draft): Moved | string {
  const driver = readDriver(program, root, draft);
  if (typeof driver === 'string') return driver;
  const device = readDevice(driver);
  const copies = planCopies(driver);
  const sites: FlagSite[] = [];
  const collect: Access = accessOf(driver, device, copies, (site) => {
    sites.push(site);
    return undefined;
  });
  eachExpression(driver, (pieces) => void pieces, collect);
  const reads = distinct(sites)
    .filter((site) => open.has(readKey(site)))
    .flatMap((site) => rangeRead(site) ?? []);
  const texts = planReads(reads, draft);
  const access = accessOf(driver, device, copies, (site) => texts.get(readKey(site)));
  embedPages(driver);
  unmapBeforeRemoval(driver, access);
  freeInRelease(driver);
  initInAlloc(driver, access);
  initUserPages(driver, device);
  eachExpression(
    driver,
    (pieces, where) => {
      for (const piece of pieces)
        draft.add(where.file, { start: where.base + piece.start, end: where.base + piece.end, newText: piece.newText });
    },
    access,
  );
  for (const file of driver.files) {
    mendTwins(file, driver);
    mendComments(file, driver);
    noteComments(file, driver);
    alignMacros(file, draft);
  }
  return { sites: distinct(sites) };
}

function accessOf(driver: Driver, device: Access['device'], copies: Copies, onSite: (site: FlagSite) => string | undefined): Access {
  return {
    driver,
    device,
    takesRangeWord: (_expr, where) => takesRangeWord(where, copies),
    onRangeFlag: (expr, where) => onSite({ expr, where, offset: where.base + expr.start }),
    onCopiedFlag: (expr, where) => copiedFlag(expr, where, copies, driver),
  };
}

const distinct = (sites: readonly FlagSite[]): readonly FlagSite[] => [...new Map(sites.map((site) => [readKey(site), site])).values()];

/** Calls `each` with the edits of every outermost expression of the driver's functions and macros. */
function eachExpression(driver: Driver, each: (pieces: readonly Piece[], where: Where) => void, access: Access): void {
  const visitor: Visitor = {
    expr: (expr, where) => {
      each(piecesOf(expr, where, access), where);
      // Statements inside of an expression are walked by themselves.
      return expr.kind === 'statements';
    },
  };
  for (const fn of driver.functions)
    if (mayConcern(fn.file.text.slice(fn.item.start, fn.item.end))) walkFunction(driver.program, fn, visitor);
  for (const file of driver.files) {
    for (const macro of file.outline.macros) {
      if (macro.alternative || macro.params === undefined || !mayConcern(macro.body)) continue;
      walkMacro(driver.program, file, macro, driver.functions, visitor);
    }
  }
}

/** The sites whose plain read the engine does not find under the lock, once the plain edits are made. The texts are put back. */
function unlockedReads(analysis: Analysis, sites: readonly FlagSite[], draft: Draft): ReadonlySet<string> {
  if (sites.length === 0) return new Set();
  const { program } = analysis;
  const before = new Map<string, string>();
  const byFile = new Map<string, readonly Piece[]>();
  for (const { file, start, end, newText } of draft.edits()) byFile.set(file, [...(byFile.get(file) ?? []), { start, end, newText }]);
  for (const [path, pieces] of byFile) {
    const text = program.file(path)?.text ?? '';
    before.set(path, text);
    analysis.setText(path, applyPieces(text, pieces));
  }
  const held = heldReads(program, sites, byFile);
  for (const [path, text] of before) {
    analysis.setText(path, undefined);
    // An editor's text is not the disk's.
    if (program.file(path)?.text !== text) analysis.setText(path, text);
  }
  return new Set(sites.map(readKey).filter((key) => !held.has(key)));
}

function heldReads(program: Program, sites: readonly FlagSite[], byFile: ReadonlyMap<string, readonly Piece[]>): ReadonlySet<string> {
  const engine = new Engine({ program, contracts: makeContracts() });
  const held = new Set<string>();
  for (const [path, pieces] of byFile) {
    const file = program.file(path);
    const here = sites.filter((site) => site.where.file.path === path && site.where.fn !== undefined);
    if (file === undefined || here.length === 0) continue;
    // A member's end survives the edits inside of its expression.
    const ends = new Map(here.map((site) => [mapOffset(site.where.base + site.expr.end, pieces), readKey(site)]));
    const bad = new Set<string>();
    for (const fn of program.functionsIn(file)) {
      const inside = [...ends.keys()].some((end) => end > fn.item.start && end <= fn.item.end);
      if (!inside) continue;
      engine.replay(fn, (event) => {
        if (event.kind !== 'need' || event.need !== 'flags-read' || event.origin.fn.key !== fn.key) return;
        const site = ends.get(fn.item.start + event.origin.span.end);
        if (site === undefined) return;
        if (event.verdict === 'ok') held.add(site);
        else bad.add(site);
      });
    }
    for (const site of bad) held.delete(site);
  }
  return held;
}
