/** The engine with notes of what each summary was made from, so that an edit takes back no more than it must. */
import type { ContractScopes } from '../contracts/scopes.js';
import type { Cfg } from '../flow/cfg.js';
import type { Described } from '../flow/describe.js';
import { Engine, type FunctionFacts, unknownSummary } from '../flow/engine.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import { type Dependencies, type Recorder, recordingProgram } from './dependencies.js';
import type { Changes } from './edits.js';

/** Longest text of a function that is looked into, in UTF-16 units: the longest of any driver has half of it, and a megabyte takes seconds. */
export const longestFunction = 400_000;

/** An engine that remembers what its answers depend on. */
export class TrackedEngine extends Engine {
  /** What each kept summary was made from, by key of its function. */
  readonly made = new Map<string, Dependencies>();
  /** The tables by place: every function is looked at with those of its own file. */
  readonly scopes: ContractScopes;
  private readonly recorder: Recorder;
  /** Asked before a function is solved, while a check runs that may be left; throws to leave it. Nothing half made is kept. */
  interrupt: (() => void) | undefined;

  constructor(program: Program, scopes: ContractScopes, recorder: Recorder) {
    // The bodies of callees count by their summaries.
    super({ program: recordingProgram(program, recorder, false), contracts: scopes.contracts });
    this.scopes = scopes;
    this.recorder = recorder;
  }

  override factsOf(fn: FunctionDef): FunctionFacts {
    this.recorder.current()?.summaries.add(fn.key);
    return super.factsOf(fn);
  }

  protected override solve(fn: FunctionDef): ReturnType<Engine['solve']> {
    this.interrupt?.();
    if (fn.item.end - fn.item.start > longestFunction) {
      this.made.set(fn.key, this.recorder.record(() => undefined).dependencies);
      return { facts: { summary: unknownSummary(fn.key), limit: 'too large' }, run: undefined };
    }
    const { value, dependencies } = this.recorder.record(() => {
      try {
        return this.scopes.within(fn.file.path, () => super.solve(fn));
      } catch (error) {
        // Only text that nobody wrote by hand nests so deep.
        if (!(error instanceof RangeError)) throw error;
        return { facts: { summary: unknownSummary(fn.key), limit: 'nests too deeply' }, run: undefined };
      }
    });
    this.made.set(fn.key, dependencies);
    const old = this.replaced.get(fn.key);
    if (old === undefined) return value;
    this.replaced.delete(fn.key);
    if (!this.isSame(fn.key, old, value.facts)) {
      this.differing.add(fn.key);
      return value;
    }
    return { ...value, facts: { ...value.facts, summary: old.summary } };
  }

  /** What functions that are solved again said before. */
  private readonly replaced = new Map<string, FunctionFacts>();
  private readonly differing = new Set<string>();
  private isSame: (key: string, old: FunctionFacts, now: FunctionFacts) => boolean = () => false;

  /**
   * Solves functions again, callees before callers as they are asked for. Where `isSame` says that one says what it said, its old summary stays. Returns the keys
   * of the others that had one.
   */
  again(fns: readonly FunctionDef[], isSame: (key: string, old: FunctionFacts, now: FunctionFacts) => boolean): ReadonlySet<string> {
    this.isSame = isSame;
    this.differing.clear();
    this.replaced.clear();
    for (const fn of fns) {
      const old = this.keptOf(fn.key);
      if (old !== undefined) this.replaced.set(fn.key, old);
      this.forget(fn.key);
    }
    const wanted = [...this.replaced.keys()];
    for (const fn of fns) if (this.replaced.has(fn.key)) this.factsOf(fn);
    this.replaced.clear();
    return new Set(wanted.filter((key) => this.differing.has(key)));
  }

  override cfgOf(fn: FunctionDef): Cfg | undefined {
    return this.scopes.within(fn.file.path, () => super.cfgOf(fn));
  }

  override describe(fn: FunctionDef, offset: number): Described | undefined {
    return this.scopes.within(fn.file.path, () => super.describe(fn, offset));
  }

  protected override distanceOf(fn: FunctionDef, text: string): number {
    return this.scopes.within(fn.file.path, () => super.distanceOf(fn, text));
  }

  protected override mentionsLock(fn: FunctionDef, depth: number): boolean {
    return this.scopes.within(fn.file.path, () => super.mentionsLock(fn, depth));
  }

  /** The same from the text of the places where functions are stored: the tables of a whole driver are not read for it. */
  protected override behind(member: string, file: ProgramFile, structTag: string | undefined): readonly FunctionDef[] {
    return this.program.storedIn(member, file).filter((fn) => {
      const entries = structTag === undefined ? [] : this.program.callbacksOf(fn.name, fn.file).filter((entry) => entry.member === member);
      return entries.length === 0 || entries.some((entry) => entry.structTag === structTag);
    });
  }

  /** What is kept of a function; undefined when nothing is. */
  keptOf(key: string): FunctionFacts | undefined {
    return this.facts.get(key)?.facts;
  }

  /** Forgets one function, and every graph: notes of rules hang on those. */
  forget(key: string): void {
    this.facts.delete(key);
    this.runs.delete(key);
    this.described.clear();
    this.cfgs.clear();
  }

  /** Names of functions that are nearer to or farther from what is tracked than they were, as their callers see it, or that became short or long. */
  movedBy(changes: Changes): ReadonlySet<string> {
    const moved = new Set<string>();
    const short = (text: string): boolean => text.length < 400;
    for (const { fn, old } of changes.functions) if (old !== '' && short(old) !== short(Engine.textOf(fn))) moved.add(fn.name);
    const changed = new Set(changes.keys);
    for (const key of changes.gone) this.distance.delete(key);
    let names: readonly string[] = [...changes.names].filter((name) => /^\w+$/.test(name));
    // What a function is near to hangs on what it calls, and so on upwards.
    for (let round = 0; round < 4 && (names.length > 0 || changed.size > 0); round++) {
      const pattern = names.length === 0 ? /(?!)/ : new RegExp(`\\b(?:${names.join('|')})\\s*\\(`);
      const asked = [...this.distance].filter(([key, known]) => changed.has(key) || pattern.test(known.text));
      for (const [key] of asked) this.distance.delete(key);
      changed.clear();
      const next = new Set<string>();
      for (const [key, known] of asked) {
        const fn = this.functionAt(key);
        if (fn === undefined || this.distanceOf(fn, Engine.textOf(fn)) === known.value || moved.has(fn.name)) continue;
        moved.add(fn.name);
        next.add(fn.name);
      }
      names = [...next];
    }
    return moved;
  }

  private functionAt(key: string): FunctionDef | undefined {
    const file = this.program.known(key.slice(0, key.lastIndexOf(':')));
    return file === undefined ? undefined : this.program.functionsIn(file).find((fn) => fn.key === key);
  }

  /** Forgets what was read off declarations: after a change of those. */
  forgetDeclared(): void {
    this.declared = new WeakMap();
    this.cfgs.clear();
    this.described.clear();
    this.lockers.clear();
  }

  override reset(): void {
    super.reset();
    this.made.clear();
  }
}
