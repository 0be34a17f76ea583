/** The analyses that are open, one per kernel tree (or per folder of a lone file), and the documents laid over them. */
import { basename, dirname } from 'node:path';
import { type Analysis, Interrupted, type Report } from '../features/analysis.js';
import { isContractFile } from '../features/contract-file.js';
import { recordingHost } from '../host/recording.js';
import type { FileHost } from '../program/types.js';
import { absolutePath, pathOfUri, relativeTo, uriOfPath } from './convert.js';
import { breathe, describe, type Log } from './guard.js';
import { createKeptAnswers } from './kept.js';
import type { Services } from './services.js';

/** A file of a tree. */
export interface Target {
  readonly tree: Tree;
  readonly path: string;
}

/** A check's result with its cost. `failed` says that an internal fault left it empty. */
export interface Checked extends Report {
  /** Milliseconds. */
  readonly time: number;
  readonly failed: boolean;
}

/** One tree under analysis. */
export interface Tree {
  /** Absolute folder. */
  readonly root: string;
  readonly hasTree: boolean;
  /** Raised whenever any answer may have changed. */
  readonly generation: number;
  /** The analysis with every edit applied; rejects when it cannot be made. */
  ready(): Promise<Analysis>;
  /** Checks a file; answers of the same generation are kept. */
  check(path: string): Promise<Checked>;
  /** Lays an editor's text over a file; undefined brings the disk's back. Applied before the next answer, so that only the last of many edits costs. */
  setText(path: string, text: string | undefined): void;
  /** A file changed on disk; what an editor has open counts more. */
  diskChanged(path: string): void;
  /** Forgets the analysis: something that every answer depends on has changed. */
  restart(): void;
  /** Text of a file as the analysis sees it. */
  text(path: string): string | undefined;
  /** The editor's text of a file; undefined when the disk's counts. */
  overlay(path: string): string | undefined;
  uri(path: string): string;
  /** Files that were opened, edited or changed on disk in this session. */
  readonly touched: ReadonlySet<string>;
  /** Duration of the last check, for the debounce of the next. */
  readonly lastTime: number;
}

const failure = { findings: [], limits: [], stats: { files: 0, functions: 0, lines: 0, parseMs: 0, analyseMs: 0 } };

/** Quiet that idle work waits for, in milliseconds. */
const idleAfter = 300;
/** Quiet after a check, before its answer goes to the index: digests of a thousand files are nothing to wait for. */
const keepAfter = 1500;

const isSameReport = (a: Report, b: Report): boolean => JSON.stringify([a.findings, a.limits]) === JSON.stringify([b.findings, b.limits]);

function createTree(root: string, hasTree: boolean, services: Services, log: Log): Tree {
  const disk: FileHost = hasTree ? services.createHost(root) : loneHost(services.createHost(root));
  const index = hasTree ? services.openIndex?.(root) : undefined;
  let recording = index === undefined ? undefined : recordingHost(disk);
  const overlays = new Map<string, string>();
  const touched = new Set<string>();
  let pending = new Set<string>();
  let opened: Promise<Analysis> | undefined;
  let current: Analysis | undefined;
  let results = new Map<string, Checked>();
  let generation = 0;
  let lastTime = 0;
  const kept = index === undefined ? undefined : createKeptAnswers({ root, index, disk, overlays });
  /** Files that were checked in this session: the index has nothing to add to what is known of them. */
  const checkedHere = new Set<string>();
  /** Files whose answer came from the index: checked when nobody asks for anything. */
  const owed = new Set<string>();
  let isIdleWork = false;
  let timer: NodeJS.Timeout | undefined;

  const later = (work: () => void, ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
    timer.unref();
  };
  const raise = (): void => {
    generation++;
    results = new Map();
  };
  const open = async (): Promise<Analysis> => {
    if (recording !== undefined) recording = recordingHost(disk);
    const host = recording ?? disk;
    const config = hasTree ? host.read('.config') : undefined;
    const { interrupts } = services;
    const analysis = await services.createAnalysis({
      host,
      hasTree,
      wasm: services.readWasm(),
      ...(interrupts === undefined ? {} : { isInterrupted: () => (isIdleWork ? interrupts.hasNews() : interrupts.hasNewEdit()) }),
      ...(config === undefined ? {} : { config }),
    });
    pending = new Set([...overlays.keys()].filter((path) => !isContractFile(path)));
    current = analysis;
    return analysis;
  };
  const ready = async (): Promise<Analysis> => {
    opened ??= open();
    const mine = opened;
    let analysis: Analysis;
    try {
      analysis = await mine;
    } catch (error) {
      // The next request tries again: a file may have been repaired meanwhile.
      if (opened === mine) opened = undefined;
      throw error;
    }
    if (pending.size > 0) {
      const paths = pending;
      pending = new Set();
      for (const path of paths) analysis.setText(path, overlays.get(path));
    }
    return analysis;
  };

  /** Pays what is owed to the index, and keeps what was found. Any message ends it; it is taken up again when it is quiet. */
  const idle = async (): Promise<void> => {
    const [path] = owed;
    if (path === undefined) {
      if (kept === undefined || recording === undefined) return;
      // Of what is open: a sweep over the whole tree would fill the index.
      const open = [...results].filter(([one, checked]) => !checked.failed && checkedHere.has(one) && overlays.has(one));
      if (open.length > 0) kept.keep(new Map(open), recording.readings());
      return;
    }
    const analysis = await ready();
    const at = generation;
    isIdleWork = true;
    try {
      const report = analysis.check([path]);
      owed.delete(path);
      checkedHere.add(path);
      const known = results.get(path);
      if (at === generation && known !== undefined && !isSameReport(known, report)) {
        // Never seen; should it happen, the answer of today counts.
        raise();
        log(`${path}: the kept answer was out of date`);
        services.answersChanged?.();
      }
    } catch (error) {
      if (!(error instanceof Interrupted)) {
        owed.delete(path);
        log(`check of ${path}: ${describe(error)}`);
      }
    } finally {
      isIdleWork = false;
    }
    later(runIdle, idleAfter);
  };
  const runIdle = (): void => {
    idle().catch((error: unknown) => log(`idle: ${describe(error)}`));
  };

  return {
    root,
    hasTree,
    get generation() {
      return generation;
    },
    get lastTime() {
      return lastTime;
    },
    touched,
    ready,
    async check(path) {
      const before = results.get(path);
      if (before !== undefined) return before;
      if (kept !== undefined && !checkedHere.has(path)) {
        const began = performance.now();
        const found = kept.find(path);
        if (found !== undefined) {
          const checked = { ...found, time: performance.now() - began, failed: false };
          results.set(path, checked);
          owed.add(path);
          later(runIdle, idleAfter);
          return checked;
        }
      }
      for (;;) {
        const analysis = await ready();
        const known = results.get(path);
        if (known !== undefined) return known;
        const at = generation;
        const started = performance.now();
        let checked: Checked;
        try {
          checked = { ...analysis.check([path]), time: performance.now() - started, failed: false };
        } catch (error) {
          if (error instanceof Interrupted) {
            // The edit that interrupted is on its way to us; then for the newer text.
            for (let turns = 0; turns < 4; turns++) await breathe();
            continue;
          }
          log(`check of ${path}: ${describe(error)}`);
          checked = { ...failure, time: performance.now() - started, failed: true };
        }
        lastTime = checked.time;
        checkedHere.add(path);
        owed.delete(path);
        if (at === generation) results.set(path, checked);
        if (kept !== undefined) later(runIdle, keepAfter);
        return checked;
      }
    },
    setText(path, text) {
      if (overlays.get(path) === text) return;
      // What is being typed into tables counts when it is saved.
      if (isContractFile(path)) {
        if (text === undefined) overlays.delete(path);
        else overlays.set(path, text);
        return;
      }
      if (text === undefined) overlays.delete(path);
      else {
        overlays.set(path, text);
        touched.add(path);
      }
      pending.add(path);
      raise();
    },
    diskChanged(path) {
      if (/\.[ch]$/.test(path)) touched.add(path);
      if (overlays.has(path)) return;
      if (current !== undefined) pending.add(path);
      raise();
    },
    restart() {
      opened = undefined;
      current = undefined;
      checkedHere.clear();
      owed.clear();
      raise();
    },
    overlay: (path) => overlays.get(path),
    text: (path) => overlays.get(path) ?? current?.program.file(path)?.text ?? disk.read(path),
    uri: (path) => unsaved.get(path) ?? uriOfPath(absolutePath(root, path)),
  };
}

/** Documents that were never saved, by the name that they have in their analysis. */
const unsaved = new Map<string, string>();

/** A name for a document that was never saved: a C file, whatever its URI looks like. */
function unsavedPath(uri: string): string {
  const stem = uri
    .replace(/^.*[:/]/, '')
    .replace(/\.c$/, '')
    .replace(/[^\w-]/g, '_');
  // Two documents may have one name in different folders that do not exist yet.
  const known = unsaved.get(`${stem}.c`);
  const path = known === undefined || known === uri ? `${stem}.c` : `${uri.replace(/[^\w-]/g, '_')}.c`;
  unsaved.set(path, uri);
  return path;
}

/** A lone file sees its own folder, so that a header beside it is found, and nothing below or above. */
function loneHost(host: FileHost): FileHost {
  return { read: (path) => (path.includes('/') ? undefined : host.read(path)), list: (folder) => (folder === '' ? host.list('') : []) };
}

/** All trees, and where each document belongs. */
export interface Trees {
  /** The tree and path of a document; undefined for a URI that names no place we can analyse. */
  locate(uri: string): Target | undefined;
  /** The open trees. */
  all(): readonly Tree[];
  /** A file changed on disk: trees that have it look again. Files that decide everything restart the analysis. */
  fileChanged(path: string): void;
}

/** Files that every answer depends on. */
const decisive = /(?:^|\/)(?:\.config|[^/]*gpusvm-contracts\.json|include\/drm\/drm_gpusvm\.h)$/;

/** Makes the registry of trees. */
export function createTrees(services: Services, log: Log): Trees {
  const trees = new Map<string, Tree>();
  const located = new Map<string, Target>();
  const treeAt = (root: string, hasTree: boolean): Tree => {
    const key = `${hasTree}:${root}`;
    const known = trees.get(key);
    if (known !== undefined) return known;
    const made = createTree(root, hasTree, services, log);
    trees.set(key, made);
    return made;
  };
  const find = (uri: string): Target | undefined => {
    const path = pathOfUri(uri);
    // A document that was never saved stands alone. Other schemes (`git:` in a diff) show texts that lie elsewhere.
    if (path === undefined) return uri.startsWith('untitled:') ? { tree: treeAt('/', false), path: unsavedPath(uri) } : undefined;
    const root = services.findTree(path);
    const inside = root === undefined ? undefined : relativeTo(root, path);
    if (root !== undefined && inside !== undefined) return { tree: treeAt(root, true), path: inside };
    return { tree: treeAt(dirname(path), false), path: basename(path) };
  };
  return {
    locate(uri) {
      const known = located.get(uri);
      if (known !== undefined) return known;
      const target = find(uri);
      if (target !== undefined) located.set(uri, target);
      return target;
    },
    all: () => [...trees.values()],
    fileChanged(path) {
      const isDecisive = decisive.test(path.replaceAll('\\', '/'));
      // A header that appears or goes may make a tree of a folder, or end one.
      if (isDecisive) located.clear();
      for (const tree of trees.values()) {
        const inside = relativeTo(tree.root, path);
        if (inside === undefined) continue;
        if (isDecisive) tree.restart();
        else tree.diskChanged(inside);
      }
    },
  };
}
