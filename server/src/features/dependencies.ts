/** What an answer was made from, noted while it is made: the questions put to the program, and the functions whose summaries were used. */
import type { FunctionDef, Program } from '../program/types.js';

/** What one answer depends on beside declarations: function bodies, by several ways to them. */
export interface Dependencies {
  /** Keys of functions whose summaries were used. */
  readonly summaries: Set<string>;
  /** Keys of functions whose text or tree may have been read. */
  readonly bodies: Set<string>;
  /** Names whose mentions were asked for. */
  readonly mentions: Set<string>;
  /** Names whose places in callback tables were asked for. */
  readonly roles: Set<string>;
  /** Words searched for, and paths of the files found or looked through. */
  readonly words: Set<string>;
  readonly files: Set<string>;
  /** True when callback tables were asked for as a whole. */
  tables: boolean;
  /** True when every file was looked at. */
  everything: boolean;
}

/** Takes note of what is asked, for the answer that is being made; answers nest. */
export interface Recorder {
  /** Runs a computation and returns what it depended on beside its value. */
  record<T>(make: () => T): { readonly value: T; readonly dependencies: Dependencies };
  /** The answer being made; undefined outside of one. */
  current(): Dependencies | undefined;
}

/** Makes a recorder. */
export function createRecorder(): Recorder {
  const stack: Dependencies[] = [];
  return {
    record(make) {
      const dependencies: Dependencies = {
        summaries: new Set(),
        bodies: new Set(),
        mentions: new Set(),
        roles: new Set(),
        words: new Set(),
        files: new Set(),
        tables: false,
        everything: false,
      };
      stack.push(dependencies);
      try {
        return { value: make(), dependencies };
      } finally {
        stack.pop();
      }
    },
    current: () => stack.at(-1),
  };
}

/**
 * The same program, with questions about function bodies noted; `withBodies` notes the functions found by name as well. Answers about
 * declarations alone need no note: a change of those starts afresh.
 */
export function recordingProgram(program: Program, recorder: Recorder, withBodies: boolean): Program {
  const body = (fn: FunctionDef | undefined): FunctionDef | undefined => {
    if (fn !== undefined && withBodies) recorder.current()?.bodies.add(fn.key);
    return fn;
  };
  const all = <T extends readonly { readonly path: string }[]>(files: T): T => {
    const now = recorder.current();
    if (now !== undefined) for (const file of files) now.files.add(file.path);
    return files;
  };
  const tables = <T>(entries: T): T => {
    const now = recorder.current();
    if (now !== undefined) now.tables = true;
    return entries;
  };
  return {
    get facts() {
      return program.facts;
    },
    get epoch() {
      return program.epoch;
    },
    get parseStats() {
      return program.parseStats;
    },
    file: (path) => {
      recorder.current()?.files.add(path);
      return program.file(path);
    },
    known: (path) => program.known(path),
    files: (folder) => {
      const now = recorder.current();
      if (now !== undefined) now.everything = true;
      return program.files(folder);
    },
    functionsIn: (file) => {
      recorder.current()?.files.add(file.path);
      return program.functionsIn(file);
    },
    findFunction: (name, from) => body(program.findFunction(name, from)),
    findSignature: (name, from) => program.findSignature(name, from),
    findMacro: (name, from) => program.findMacro(name, from),
    findStruct: (tag, from) => program.findStruct(tag, from),
    resolveTypedef: (name, from) => program.resolveTypedef(name, from),
    constant: (name, from) => program.constant(name, from),
    isConstantName: (name, from) => program.isConstantName(name, from),
    callbacks: (from) => tables(program.callbacks(from)),
    callbacksOf: (name, from) => {
      recorder.current()?.roles.add(name);
      return program.callbacksOf(name, from);
    },
    tablesOf: (tag, from) => tables(program.tablesOf(tag, from)),
    storedIn: (member, from) => {
      recorder.current()?.words.add(member);
      const found = program.storedIn(member, from);
      for (const fn of found) body(fn);
      return found;
    },
    references: (fn) => {
      const found = program.references(fn);
      recorder.current()?.mentions.add(fn.name);
      for (const { caller } of found) body(caller);
      return found;
    },
    mentioning: (word, from) => {
      recorder.current()?.words.add(word);
      return all(program.mentioning(word, from));
    },
    containersOf: (tag, from) => program.containersOf(tag, from),
    setText: (path, text) => program.setText(path, text),
  };
}
