/** The ownership map: per driver, which structs own pages, where pages are initialised, mapped, unmapped and freed, and which paths release them. Pure. */
import { makeContracts } from '../contracts/index.js';
import { gpusvmTag, intervalNotifierTag, pagesTag, rangeTag } from '../contracts/protected.js';
import type { FunctionDef, Program, ProgramFile } from '../program/types.js';
import type { Place } from '../rules/finding.js';
import type { Member } from '../syntax/ast.js';
import { pathsDown } from './map-paths.js';
import { type RawSite, roleOf, sitesIn } from './map-sites.js';
import { type DriverMap, driverOf, type MapCallback, type MapOwner, type MapPages, type MapSite, type OwnershipMap } from './map-types.js';

export type * from './map-types.js';
export { driverOf, MAP_ROLES } from './map-types.js';

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
  // Naming a file of each wanted driver first keeps the program's lookups to their trees.
  const files = wanted.size === 0 ? program.files('') : [...wanted].flatMap((folder) => program.files(folder));
  if (wanted.size > 0) for (const file of files) program.file(file.path);
  for (const file of files) {
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
