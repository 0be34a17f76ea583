/** What an answer was made from, noted while it is made: the questions put to the program, and the functions whose summaries were used. */
import type { ApiFacts, FunctionDef, Program, StructInfo } from '../program/types.js';

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
  /** Names of declarations asked for, there or not: functions, macros, typedefs, constants, `struct tag`, `struct tag.member`, `fact:x`. */
  readonly names: Set<string>;
  /** Questions for the structs that hold another one, by `containersKey`. */
  readonly holders: Set<string>;
  /** True when callback tables were asked for as a whole. */
  tables: boolean;
  /** True when every file was looked at. */
  everything: boolean;
}

/** A question for the structs that hold another one, and what was answered. */
export interface HoldersAsked {
  readonly tag: string;
  readonly path: string;
  readonly answer: string;
}

/** The answer to a question for holders, as text: equal texts, equal answers. */
export const holdersText = (found: ReturnType<Program['containersOf']>): string =>
  found.map((one) => `${one.container.file.path}:${one.container.tag}.${one.path.join('.')}:${one.isPointer}:${one.isArray}`).join();

/** Takes note of what is asked, for the answer that is being made; answers nest. */
export interface Recorder {
  /** Runs a computation and returns what it depended on beside its value. */
  record<T>(make: () => T): { readonly value: T; readonly dependencies: Dependencies };
  /** The answer being made; undefined outside of one. */
  current(): Dependencies | undefined;
  /** Questions for holders that were asked, with their newest answers, by key. */
  readonly holders: Map<string, HoldersAsked>;
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
        names: new Set(),
        holders: new Set(),
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
    holders: new Map(),
  };
}

/**
 * The same program, with questions about function bodies noted; `withBodies` notes the functions found by name as well. Answers about
 * declarations alone need no note: a change of those starts afresh.
 */
export function recordingProgram(program: Program, recorder: Recorder, withBodies: boolean): Program {
  const name = (asked: string): void => {
    recorder.current()?.names.add(asked);
  };
  const structs = new WeakMap<StructInfo, StructInfo>();
  /** A struct whose members are asked for one by one. */
  const struct = (info: StructInfo): StructInfo => {
    let known = structs.get(info);
    if (known === undefined) {
      known = {
        tag: info.tag,
        file: info.file,
        get ast() {
          name(`${info.tag}.*`);
          return info.ast;
        },
        member: (asked) => {
          name(`${info.tag}.${asked}`);
          return info.member(asked);
        },
      };
      structs.set(info, known);
    }
    return known;
  };
  const holders = new WeakMap<object, ReturnType<Program['containersOf']>>();
  let facts: { readonly own: ApiFacts; readonly asked: ApiFacts } | undefined;
  const factsAsked = (): ApiFacts => {
    const own = program.facts;
    if (facts?.own !== own)
      facts = {
        own,
        asked: new Proxy(own, {
          get: (target, key) => {
            name(`fact:${String(key)}`);
            return Reflect.get(target, key);
          },
        }),
      };
    return facts.asked;
  };
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
      return factsAsked();
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
    findFunction: (asked, from) => {
      name(asked);
      return body(program.findFunction(asked, from));
    },
    findSignature: (asked, from) => {
      name(asked);
      return program.findSignature(asked, from);
    },
    findMacro: (asked, from) => {
      name(asked);
      return program.findMacro(asked, from);
    },
    findStruct: (tag, from) => {
      name(tag);
      const found = program.findStruct(tag, from);
      return found === undefined ? undefined : struct(found);
    },
    resolveTypedef: (asked, from) => {
      name(asked);
      return program.resolveTypedef(asked, from);
    },
    constant: (asked, from) => {
      name(asked);
      return program.constant(asked, from);
    },
    isConstantName: (asked, from) => {
      name(asked);
      return program.isConstantName(asked, from);
    },
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
    containersOf: (tag, from) => {
      const found = program.containersOf(tag, from);
      const now = recorder.current();
      if (now === undefined) return found;
      if (from === undefined) now.everything = true;
      else {
        const key = `${tag}|${from.path}`;
        now.holders.add(key);
        if (!recorder.holders.has(key)) recorder.holders.set(key, { tag, path: from.path, answer: holdersText(found) });
      }
      const known = holders.get(found);
      if (known !== undefined) return known;
      const made = found.map((one) => ({ ...one, container: struct(one.container) }));
      holders.set(found, made);
      return made;
    },
    setText: (path, text) => program.setText(path, text),
  };
}
