/** The ownership map: per driver, which structs own pages, where pages are initialised, mapped, unmapped and freed, and which paths release them. Pure. */
import { makeContracts } from '../contracts/index.js';
import { gpusvmTag, intervalNotifierTag, pagesTag, rangeTag } from '../contracts/protected.js';
import type { Contract } from '../contracts/schema.js';
import type { ApiFacts, CallbackEntry, FunctionDef, Program, ProgramFile } from '../program/types.js';
import { walkStmt } from '../program/walk.js';
import type { Place } from '../rules/finding.js';
import type { Expr, Member, Stmt, TypeRef } from '../syntax/ast.js';
import { memberOf, type TypeScope, typeOf } from '../flow/types.js';

/** What a call does to pages or ranges. */
export type MapRole = 'init' | 'get' | 'check' | 'unmap' | 'free' | 'remove' | 'mark' | 'fini';

/** Roles in the order of a life. */
export const MAP_ROLES: readonly MapRole[] = ['init', 'get', 'check', 'mark', 'unmap', 'remove', 'free', 'fini'];

/** A call of the API that a driver makes. */
export interface MapSite extends Place {
  readonly role: MapRole;
  readonly function: string;
  readonly callee: string;
}

/** A member that holds pages. */
export interface MapPages extends Place {
  /** Path from the owner, such as `pages` or `userptr.pages`. */
  readonly path: string;
  readonly layout: 'one' | 'array' | 'pointer';
  /** True when it shares its memory with a sibling: an inline element beside an array pointer. */
  readonly inUnion: boolean;
}

/** A struct that owns pages or extends a range. */
export interface MapOwner extends Place {
  /** `struct tag`. */
  readonly struct: string;
  readonly kind: 'range' | 'userptr' | 'pages';
  /** Path to the embedded range; undefined when it is none. */
  readonly base: string | undefined;
  /** Path to the interval notifier of a userptr. */
  readonly notifier: string | undefined;
  readonly pages: readonly MapPages[];
  /** `1:1` one pages object, `N:1` one per device, `in range` the core's range owns them. */
  readonly layout: '1:1' | 'N:1' | 'in range' | 'none';
  /** Structs that embed the owner. */
  readonly embeddedIn: readonly string[];
  readonly sites: readonly MapSite[];
}

/** A callback of one of the API's tables. */
export interface MapCallback extends Place {
  readonly table: string;
  readonly structTag: string;
  readonly member: string;
  readonly function: string;
}

/** A way from an entry point to a call that releases: function names, outermost first. */
export interface MapPath {
  readonly role: MapRole;
  readonly functions: readonly string[];
  /** How the outermost function is reached: `struct.member` of its table, or `exported`. */
  readonly entry: string;
}

/** One driver. */
export interface DriverMap {
  readonly name: string;
  readonly folder: string;
  /** Structs that embed the address space. */
  readonly spaces: readonly (Place & { readonly struct: string; readonly path: string })[];
  readonly owners: readonly MapOwner[];
  readonly callbacks: readonly MapCallback[];
  /** Calls whose owner is not told by their arguments. */
  readonly sites: readonly MapSite[];
  readonly releasePaths: readonly MapPath[];
  /** From the API's callbacks down to each function that acts on pages or ranges; that function is the last. */
  readonly callbackPaths: readonly MapPath[];
}

/** The map of a tree. */
export interface OwnershipMap {
  readonly facts: ApiFacts;
  readonly drivers: readonly DriverMap[];
}

const DRIVERS = /^(.*?drivers\/(?:gpu\/drm|accel)\/([^/]+))\/./;
const MAX_DEPTH = 8;

/** Folder and name of the driver that a file belongs to; undefined for the core and for headers of the tree. */
export function driverOf(path: string): { readonly name: string; readonly folder: string } | undefined {
  const match = DRIVERS.exec(path);
  if (match?.[1] !== undefined && match[2] !== undefined) return { name: match[2], folder: match[1] };
  if (path.startsWith('include/') || /^drivers\/gpu\/drm\/[^/]+$/.test(path)) return undefined;
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  return { name: folder === '' ? path.replace(/\.[ch]$/, '') : folder.slice(folder.lastIndexOf('/') + 1), folder };
}

/** What a contract does to pages and ranges, and through which argument. */
function roleOf(contract: Contract): { readonly role: MapRole; readonly argument: number } | undefined {
  const always = contract.ops ?? [];
  const onSuccess = contract.ok ?? [];
  for (const op of [...always, ...onSuccess]) {
    if (op.op !== 'pages' && op.op !== 'range') continue;
    const argument = Number.parseInt(op.ref, 10);
    if (Number.isNaN(argument)) continue;
    const isAlways = always.includes(op);
    if (op.op === 'range') {
      if (!isAlways) continue;
      if (op.to !== 'none-left') return { role: op.to === 'removed' ? 'remove' : 'mark', argument };
      continue;
    }
    if (op.to === 'initialised') return { role: 'init', argument };
    if (op.to === 'freed') return { role: 'free', argument };
    if (op.to === 'unmapped') return { role: 'unmap', argument };
    return { role: contract.fail?.some((other) => other.op === 'pages') === true ? 'check' : 'get', argument };
  }
  const all = contract.needs?.find((need) => need.need === 'all-unmapped');
  if (all !== undefined) return { role: 'fini', argument: Number.parseInt(all.ref, 10) };
  return undefined;
}

interface RawSite {
  readonly site: MapSite;
  readonly driver: string;
  /** Tags of the structs that the argument passes through, innermost first. */
  readonly tags: readonly string[];
}

/** Collects the structs that an argument names: `&range->base` names the struct of `range`. Locals with one initial value are followed. */
function tagsOf(expr: Expr, scope: TypeScope, locals: ReadonlyMap<string, Expr>, depth = 0): readonly string[] {
  if (depth > 6) return [];
  const go = (inner: Expr): readonly string[] => tagsOf(inner, scope, locals, depth + 1);
  switch (expr.kind) {
    case 'address':
    case 'deref':
    case 'cast':
      return go(expr.operand);
    case 'index':
      return go(expr.object);
    case 'member': {
      const access = memberOf(expr, scope);
      return [...(access === undefined ? [] : [access.structTag]), ...go(expr.object)];
    }
    case 'name': {
      const init = locals.get(expr.name);
      const own = typeOf(expr, scope)?.base;
      return [...(own === undefined ? [] : [own]), ...(init === undefined ? [] : go(init))];
    }
    default: {
      const type = typeOf(expr, scope)?.base;
      return type === undefined ? [] : [type];
    }
  }
}

function sitesIn(
  program: Program,
  fn: FunctionDef,
  roles: ReadonlyMap<string, { role: MapRole; argument: number }>,
  driver: string,
): readonly RawSite[] {
  const text = fn.file.text.slice(fn.item.start, fn.item.end);
  if (![...roles.keys()].some((name) => text.includes(name))) return [];
  const ast = fn.ast();
  if (ast === undefined) return [];
  const types = new Map<string, TypeRef>(ast.params.map((param) => [param.name, param.type]));
  const locals = new Map<string, Expr>();
  const reassigned = new Set<string>();
  const calls: { readonly expr: Expr & { readonly kind: 'call' }; readonly callee: string }[] = [];
  const visitStmt = (stmt: Stmt): void => {
    if (stmt.kind !== 'decl') return;
    types.set(stmt.name, stmt.type);
    if (stmt.init !== undefined) locals.set(stmt.name, stmt.init);
  };
  const visit = (expr: Expr): void => {
    if (expr.kind === 'assign' && expr.left.kind === 'name') {
      if (locals.has(expr.left.name)) reassigned.add(expr.left.name);
      else locals.set(expr.left.name, expr.right);
    }
    if (expr.kind === 'call' && expr.callee.kind === 'name' && roles.has(expr.callee.name)) calls.push({ expr, callee: expr.callee.name });
  };
  for (const stmt of ast.body) walkStmt(stmt, visit, visitStmt);
  for (const name of reassigned) locals.delete(name);
  const scope: TypeScope = { program, file: fn.file, local: (name) => types.get(name) };
  return calls.flatMap(({ expr, callee }) => {
    const role = roles.get(callee);
    const argument = role === undefined ? undefined : expr.args[role.argument];
    if (role === undefined) return [];
    const start = fn.item.start + expr.start;
    const site: MapSite = { role: role.role, function: fn.name, callee, file: fn.file.path, start, end: start + callee.length };
    return [{ site, driver, tags: argument === undefined ? [] : tagsOf(argument, scope, locals) }];
  });
}

/** Members of a type inside a struct, unnamed and inline structs included. */
function membersOf(
  members: readonly Member[],
  tag: string,
  way: readonly string[] = [],
): readonly { readonly path: string; readonly member: Member }[] {
  return members.flatMap((member) => {
    const path = [...way, member.name];
    const own = member.type.base === tag ? [{ path: path.join('.'), member }] : [];
    return [...own, ...(member.inner === undefined ? [] : membersOf(member.inner, tag, path))];
  });
}

/** Structs of the drivers that directly hold a member of the type. */
function holders(
  program: Program,
  tag: string,
): ReadonlyMap<
  string,
  {
    readonly struct: string;
    readonly file: ProgramFile;
    readonly start: number;
    readonly end: number;
    readonly found: ReturnType<typeof membersOf>;
  }
> {
  const result = new Map<string, { struct: string; file: ProgramFile; start: number; end: number; found: ReturnType<typeof membersOf> }>();
  for (const { container } of program.containersOf(tag)) {
    const key = `${container.file.path}\0${container.tag}`;
    if (result.has(key)) continue;
    const found = membersOf(container.ast.members, tag);
    if (found.length === 0) continue;
    const item = container.file.outline.items.find((candidate) => candidate.name === container.tag && candidate.bodyStart >= 0);
    result.set(key, { struct: container.tag, file: container.file, start: item?.start ?? 0, end: item?.end ?? 0, found });
  }
  return result;
}

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
function pathsDown(
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

const order = (a: Place, b: Place): number => (a.file !== b.file ? (a.file < b.file ? -1 : 1) : a.start - b.start);

/** Builds the map. `paths` limits it to the drivers that hold one of these files or folders; empty for all. */
export function buildOwnershipMap(program: Program, paths: readonly string[] = []): OwnershipMap {
  const roles = new Map(
    makeContracts().all.flatMap((contract) => {
      const role = roleOf(contract);
      return role === undefined ? [] : [[contract.name, role] as const];
    }),
  );
  const wanted = new Set(paths.flatMap((path) => driverOf(path)?.folder ?? driverOf(`${path}/.`)?.folder ?? []));
  const isWanted = (file: string): boolean => {
    const driver = driverOf(file);
    return driver !== undefined && (wanted.size === 0 || wanted.has(driver.folder));
  };

  const raw: RawSite[] = [];
  const functions = new Map<string, FunctionDef>();
  for (const file of program.files()) {
    const driver = driverOf(file.path);
    if (driver === undefined || !isWanted(file.path)) continue;
    if (![...roles.keys()].some((name) => file.text.includes(name))) continue;
    for (const fn of program.functionsIn(file)) {
      const found = fn.item.alternative ? [] : sitesIn(program, fn, roles, driver.folder);
      if (found.length > 0) functions.set(`${file.path}\0${fn.name}`, fn);
      raw.push(...found);
    }
  }

  const pagesHolders = holders(program, pagesTag);
  const rangeHolders = holders(program, rangeTag);
  const notifierHolders = holders(program, intervalNotifierTag);
  const spaceHolders = holders(program, gpusvmTag);
  const keys = [...new Set([...pagesHolders.keys(), ...rangeHolders.keys()])];
  const owners = keys.flatMap((key): MapOwner[] => {
    const pages = pagesHolders.get(key);
    const range = rangeHolders.get(key);
    const at = pages ?? range;
    if (at === undefined || !isWanted(at.file.path)) return [];
    const embedded = range?.found.find((entry) => entry.member.type.pointers === 0 && entry.member.type.dims.length === 0);
    const place = (member: Member): Place => ({ file: at.file.path, start: at.start + member.start, end: at.start + member.end });
    const list = (pages?.found ?? []).map(({ path, member }): MapPages => {
      const layout = member.type.dims.length > 0 ? 'array' : member.type.pointers > 0 ? 'pointer' : 'one';
      return { path, layout, inUnion: member.inUnion, ...place(member) };
    });
    // A struct that only points to ranges or pages borrows them: it is no owner. An array pointer beside an inline twin is the N:1 layout.
    const owns = list.some((entry) => entry.layout !== 'pointer') || (embedded !== undefined && list.length > 0);
    if (!owns && embedded === undefined) return [];
    const notifier = notifierHolders.get(key)?.found[0]?.path;
    const isMany = list.some((entry) => entry.layout !== 'one');
    return [
      {
        struct: at.struct,
        kind: embedded !== undefined ? 'range' : notifier !== undefined ? 'userptr' : 'pages',
        base: embedded?.path,
        notifier,
        pages: list,
        layout: list.length > 0 ? (isMany ? 'N:1' : '1:1') : program.facts.rangeHasPages && embedded !== undefined ? 'in range' : 'none',
        embeddedIn: [
          ...new Set(
            program
              .containersOf(at.struct)
              .filter((entry) => !entry.isPointer)
              .map((entry) => entry.container.tag),
          ),
        ].sort(),
        sites: [],
        file: at.file.path,
        start: at.start,
        end: at.end,
      },
    ];
  });

  const drivers = new Map<string, { name: string; folder: string }>();
  for (const path of [...raw.map((entry) => entry.site.file), ...owners.map((owner) => owner.file)]) {
    const driver = driverOf(path);
    if (driver !== undefined) drivers.set(driver.folder, driver);
  }
  const tables = new Set(
    makeContracts()
      .callbacks.filter((entry) => entry.structTag.startsWith(gpusvmTag) || entry.structTag.startsWith(intervalNotifierTag))
      .map((entry) => entry.structTag),
  );

  const entries = new Map(program.callbacks().map((entry) => [entry.functionName, entry]));
  const maps = [...drivers.values()].map(({ name, folder }): DriverMap => {
    const own = owners.filter((owner) => driverOf(owner.file)?.folder === folder);
    const sitesOf = new Map<string, MapSite[]>(own.map((owner) => [owner.struct, []]));
    const unknown: MapSite[] = [];
    const rangeOwners = own.filter((owner) => owner.kind === 'range');
    for (const { site, driver, tags } of raw) {
      if (driver !== folder) continue;
      const direct = tags.find((tag) => sitesOf.has(tag));
      // A bare range pointer is the driver's range when it has only one kind.
      const lone = tags.includes(rangeTag) && rangeOwners.length === 1 ? rangeOwners[0]?.struct : undefined;
      const owner = direct ?? lone;
      const list = owner === undefined ? undefined : sitesOf.get(owner);
      (list ?? unknown).push(site);
    }
    const callbacks = program
      .callbacks()
      .filter(
        (entry) => driverOf(entry.file.path)?.folder === folder && (tables.has(entry.structTag) || tables.has(`struct ${entry.structTag}`)),
      )
      .map((entry): MapCallback => {
        const fn = program.findFunction(entry.functionName, entry.file);
        const start = fn?.item.start ?? 0;
        return {
          table: entry.table,
          structTag: entry.structTag,
          member: entry.member,
          function: entry.functionName,
          file: fn?.file.path ?? entry.file.path,
          start,
          end: fn?.item.end ?? start,
        };
      });
    const sites = raw.filter((entry) => entry.driver === folder).map((entry) => entry.site);
    return {
      name,
      folder,
      spaces: [...spaceHolders.values()]
        .filter((holder) => driverOf(holder.file.path)?.folder === folder)
        .flatMap((holder) =>
          holder.found
            .filter(({ member }) => member.type.pointers === 0)
            .map(({ path, member }) => ({
              struct: holder.struct,
              path,
              file: holder.file.path,
              start: holder.start + member.start,
              end: holder.start + member.end,
            })),
        )
        .sort(order),
      owners: own.map((owner) => ({ ...owner, sites: [...(sitesOf.get(owner.struct) ?? [])].sort(order) })).sort(order),
      callbacks: callbacks.sort(order),
      sites: unknown.sort(order),
      ...pathsDown(program, sites, functions, entries, new Set(callbacks.map((callback) => callback.function))),
    };
  });
  return {
    facts: program.facts,
    // A driver that only calls range helpers of others owns nothing: leave it out when there is nothing to show.
    drivers: maps
      .filter((map) => map.owners.length > 0 || map.callbacks.length > 0 || map.sites.length > 0)
      .sort((a, b) => (a.folder < b.folder ? -1 : 1)),
  };
}
