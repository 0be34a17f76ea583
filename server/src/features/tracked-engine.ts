/** The engine with notes of what each summary was made from, so that an edit takes back no more than it must. */
import type { ContractScopes } from '../contracts/scopes.js';
import type { Cfg } from '../flow/cfg.js';
import type { Described } from '../flow/describe.js';
import { driverRootOf, Engine, type FunctionFacts, unknownSummary } from '../flow/engine.js';
import type { Summary } from '../flow/events.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import { type Dependencies, type Recorder, recordingProgram } from './dependencies.js';

/** How far a function is from what is tracked, as its callers see it. */
interface Nearness {
  readonly isShort: boolean;
  readonly distance: number | undefined;
}

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
    return value;
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

  /** The same answer from the text of the places where functions are stored: the tables of a whole driver are not read for it. */
  override mayLock(member: string, file: ProgramFile): boolean {
    const key = `${driverRootOf(file.path)}|${member}`;
    let known = this.lockers.get(key);
    if (known === undefined) {
      known = this.program.storedIn(member, file).some((fn) => this.mentionsLock(fn, 0));
      this.lockers.set(key, known);
    }
    return known;
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

  /** Keeps another summary for a function as it stands now, one that says the same. */
  adopt(fn: FunctionDef, summary: Summary): void {
    const text = Engine.textOf(fn);
    const known = this.facts.get(fn.key);
    if (known !== undefined) this.facts.set(fn.key, { text, facts: { ...known.facts, summary } });
  }

  /** How near the function was when it was last asked about, and how near it is now. */
  nearness(old: string, fn: FunctionDef): { readonly before: Nearness; readonly after: Nearness } {
    const short = (text: string): boolean => text.length < 400;
    const known = this.distance.get(fn.key)?.value;
    this.distance.delete(fn.key);
    const text = Engine.textOf(fn);
    const distance = known === undefined ? undefined : this.distanceOf(fn, text);
    return { before: { isShort: short(old), distance: known }, after: { isShort: short(text), distance } };
  }

  override reset(): void {
    super.reset();
    this.made.clear();
  }
}
