/** Ways through the call graph that the ownership map shows. */
import type { CallbackEntry, FunctionDef, Program } from '../program/types.js';
import type { DriverMap, MapPath, MapRole, MapSite } from './map-types.js';

const MAX_DEPTH = 8;

/** The shortest way up the calls from a function to one that satisfies `isTop`; outermost first. Undefined when there is none near. */
function wayUp(
  program: Program,
  first: FunctionDef,
  isTop: (fn: FunctionDef, hasCallers: boolean) => boolean,
): readonly FunctionDef[] | undefined {
  let front: readonly (readonly FunctionDef[])[] = [[first]];
  const seen = new Set([first.key]);
  for (let depth = 0; depth < MAX_DEPTH && front.length > 0; depth++) {
    const next: (readonly FunctionDef[])[] = [];
    for (const way of front) {
      const [top] = way;
      if (top === undefined) continue;
      if (isTop(top, true)) return way;
      const callers = program.references(top).filter((reference) => reference.isCall);
      if (callers.length === 0 && isTop(top, false)) return way;
      for (const { caller } of callers) {
        if (seen.has(caller.key)) continue;
        seen.add(caller.key);
        next.push([caller, ...way]);
      }
    }
    front = next;
  }
  return undefined;
}

const RELEASING: ReadonlySet<MapRole> = new Set<MapRole>(['free', 'remove', 'fini']);

/** The ways from entry points down to functions that release, one per function; and from the API's callbacks down to every function that acts. */
export function pathsDown(
  program: Program,
  sites: readonly MapSite[],
  functions: ReadonlyMap<string, FunctionDef>,
  entries: ReadonlyMap<string, CallbackEntry>,
  callbacks: ReadonlySet<string>,
): Pick<DriverMap, 'releasePaths' | 'callbackPaths'> {
  const releases = new Map<string, MapPath>();
  const below = new Map<string, MapPath>();
  const named = (entry: CallbackEntry): string =>
    `${entry.structTag.replace(/^struct /, '')}${entry.member === '' ? '' : `.${entry.member}`}`;
  for (const site of sites) {
    const key = `${site.role}\0${site.function}`;
    const first = functions.get(`${site.file}\0${site.function}`);
    if (first === undefined) continue;
    if (RELEASING.has(site.role) && !releases.has(key)) {
      const way = wayUp(program, first, (fn, hasCallers) => entries.has(fn.name) || !hasCallers) ?? [first];
      const top = entries.get(way[0]?.name ?? '');
      const entry = top !== undefined ? named(top) : way[0]?.item.isStatic === false ? 'exported' : 'no caller known';
      releases.set(key, { role: site.role, functions: [...way.map((fn) => fn.name), site.callee], entry });
    }
    if (!below.has(site.function)) {
      const way = wayUp(program, first, (fn) => callbacks.has(fn.name));
      const top = entries.get(way?.[0]?.name ?? '');
      if (way !== undefined && top !== undefined)
        below.set(site.function, { role: site.role, functions: way.map((fn) => fn.name), entry: named(top) });
    }
  }
  return { releasePaths: [...releases.values()], callbackPaths: [...below.values()] };
}
