/** The ownership map for people, and as JSON with lines. */
import type { DriverMap, MapOwner, MapSite, OwnershipMap } from '../../features/map.js';
import { MAP_ROLES } from '../../features/map.js';
import type { Place } from '../../rules/finding.js';
import type { Position } from '../lines.js';
import type { Style } from '../style.js';

/** Finds the line of a place. */
export type PositionOf = (place: Place) => Position;

const TITLES = {
  init: 'initialised in',
  get: 'mapped in',
  check: 'checked in',
  mark: 'marked unmapped in',
  unmap: 'unmapped in',
  remove: 'removed in',
  free: 'freed in',
  fini: 'torn down in',
} as const;

const KINDS = { range: 'extends a range', userptr: 'a userptr: pages without a range', pages: 'holds pages' } as const;

function siteLines(
  sites: readonly MapSite[],
  indent: string,
  position: PositionOf,
  display: (file: string) => string,
  style: Style,
): readonly string[] {
  return MAP_ROLES.flatMap((role) => {
    const own = sites.filter((site) => site.role === role);
    return own.map((site, index) => {
      const title = (index === 0 ? TITLES[role] : '').padEnd(18);
      return `${indent}${title} ${site.function}()  ${style.dim(`${display(site.file)}:${position(site).line}`)}`;
    });
  });
}

function ownerLines(owner: MapOwner, position: PositionOf, display: (file: string) => string, style: Style): readonly string[] {
  const at = style.dim(`${display(owner.file)}:${position(owner).line}`);
  const notes = [
    KINDS[owner.kind],
    ...(owner.base === undefined ? [] : [`base in \`${owner.base}\``]),
    `layout ${owner.layout}`,
    ...(owner.embeddedIn.length === 0 ? [] : [`inside ${owner.embeddedIn.join(', ')}`]),
  ];
  return [
    `  ${style.bold(owner.struct)}  ${at}`,
    `    ${notes.join('; ')}`,
    ...owner.pages.map((pages) => {
      const what =
        pages.layout === 'one' ? 'one pages object' : pages.layout === 'array' ? 'an array of pages' : 'an array of pages, by pointer';
      return `    ${style.bold(pages.path)}: ${what}${pages.inUnion ? ', in a union' : ''}`;
    }),
    ...siteLines(owner.sites, '      ', position, display, style),
  ];
}

/** One driver's part of the text. */
function driverLines(driver: DriverMap, position: PositionOf, display: (file: string) => string, style: Style): readonly string[] {
  const spaces = driver.spaces.map(
    (space) => `  address space in ${space.struct} \`${space.path}\`  ${style.dim(`${display(space.file)}:${position(space).line}`)}`,
  );
  const callbacks = driver.callbacks.map(
    (callback) =>
      `  ${`${callback.table}.${callback.member}`.padEnd(36)} ${callback.function}()  ${style.dim(`${display(callback.file)}:${position(callback).line}`)}`,
  );
  const paths = driver.releasePaths.map(
    (path) => `  ${path.functions.map((name) => `${name}()`).join(' > ')}  ${style.dim(`(${path.entry})`)}`,
  );
  return [
    style.bold(`${driver.name}  (${driver.folder})`),
    ...spaces,
    ...driver.owners.flatMap((owner) => ['', ...ownerLines(owner, position, display, style)]),
    ...(driver.sites.length === 0
      ? []
      : ['', '  calls whose arguments do not tell the owner', ...siteLines(driver.sites, '      ', position, display, style)]),
    ...(callbacks.length === 0 ? [] : ['', '  callbacks', ...callbacks]),
    ...(paths.length === 0 ? [] : ['', '  release paths', ...paths]),
    '',
  ];
}

/** The map as text. */
export function mapText(
  map: OwnershipMap,
  options: { readonly position: PositionOf; readonly display: (file: string) => string; readonly style: Style },
): string {
  const { position, display, style } = options;
  if (map.drivers.length === 0) return 'no driver here uses GPU SVM\n';
  const generation = map.facts.rangeHasPages ? 'ranges own their pages (embedded)' : 'drivers own pages (split)';
  return `${[`API: ${generation}, read from ${map.facts.source}`, '', ...map.drivers.flatMap((driver) => driverLines(driver, position, display, style))].join('\n')}`;
}

/** The map with lines instead of offsets, for JSON. */
export function mapJson(value: unknown, position: PositionOf): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapJson(entry, position));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value);
  const of = (name: string): unknown => fields.find(([key]) => key === name)?.[1];
  const file = of('file');
  const start = of('start');
  const end = of('end');
  const rest = fields.map(([key, entry]): [string, unknown] => [key, mapJson(entry, position)]);
  if (typeof file !== 'string' || typeof start !== 'number' || typeof end !== 'number') return Object.fromEntries(rest);
  const kept = rest.filter(([key]) => key !== 'start' && key !== 'end');
  return { ...Object.fromEntries(kept), ...position({ file, start, end }) };
}
