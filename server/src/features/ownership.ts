/** The ownership view: driver → the structs that own something → what they own → who initialises, maps, unmaps and frees it, with findings. */
import type { Finding, Place, Severity } from '../rules/finding.js';
import type { Analysis } from './analysis.js';
import { buildOwnershipMap, type DriverMap, MAP_ROLES, type MapOwner, type MapPath, type MapRole, type MapSite } from './map.js';

/** A node of the view. */
export interface Owned {
  readonly kind: 'driver' | 'struct' | 'pages' | 'step' | 'function' | 'finding' | 'callback';
  readonly label: string;
  readonly detail: string;
  readonly place?: Place;
  readonly severity?: Severity;
  readonly children: readonly Owned[];
}

/** The steps of a life, as headings. */
const headings: Readonly<Record<MapRole, string>> = {
  init: 'initialised by',
  get: 'mapped by',
  check: 'checked by',
  mark: 'marked unmapped by',
  unmap: 'unmapped by',
  remove: 'removed by',
  free: 'freed by',
  fini: 'torn down by',
};

/** The view of the driver that holds a file. `findings` are those of the open files; they stand below the function that holds them, too. */
export function ownershipTree(analysis: Analysis, path: string, findings: readonly Finding[]): readonly Owned[] {
  return buildOwnershipMap(analysis.program, [path]).drivers.map((driver) => driverNode(driver, findings));
}

function driverNode(driver: DriverMap, findings: readonly Finding[]): Owned {
  const spaces = driver.spaces.map(
    (space): Owned => ({ kind: 'struct', label: space.struct, detail: `address space in ${space.path}`, place: space, children: [] }),
  );
  const owners = driver.owners.map((owner) => ownerNode(owner, findings));
  const callbacks = driver.callbacks.map(
    (entry): Owned => ({
      kind: 'callback',
      label: `${entry.structTag.replace(/^struct /, '')}.${entry.member}`,
      detail: entry.function,
      place: entry,
      children: findingsOf(entry.function, findings),
    }),
  );
  return {
    kind: 'driver',
    label: driver.name,
    detail: driver.folder,
    children: [
      ...group('Findings', findings.map(findingNode)),
      ...spaces,
      ...owners,
      ...stepNodes(driver.sites, findings),
      ...group('Callbacks', callbacks),
      ...group('Release paths', driver.releasePaths.map(pathNode)),
    ],
  };
}

function ownerNode(owner: MapOwner, findings: readonly Finding[]): Owned {
  const steps = stepNodes(owner.sites, findings);
  const pages = owner.pages.map((member): Owned => {
    const layout =
      member.layout === 'one' ? 'one pages object' : member.layout === 'array' ? 'one pages object per device' : 'pages behind a pointer';
    return {
      kind: 'pages',
      label: member.path,
      detail: `${layout}${member.inUnion ? ', shares its memory with a sibling' : ''}`,
      place: member,
      children: [],
    };
  });
  const what = owner.kind === 'range' ? 'extends a range' : owner.kind === 'userptr' ? 'userptr: pages with a notifier' : 'owns pages';
  const layout = owner.layout === 'none' ? '' : ` · ${owner.layout}`;
  const within = owner.embeddedIn.length === 0 ? '' : ` · in ${owner.embeddedIn.join(', ')}`;
  return { kind: 'struct', label: owner.struct, detail: `${what}${layout}${within}`, place: owner, children: [...pages, ...steps] };
}

/** One heading per step of the life that somebody takes, in the order of a life. */
function stepNodes(sites: readonly MapSite[], findings: readonly Finding[]): readonly Owned[] {
  return MAP_ROLES.flatMap((role): Owned[] => {
    const calls = sites.filter((site) => site.role === role);
    if (calls.length === 0) return [];
    const children = calls.map(
      (site): Owned => ({
        kind: 'function',
        label: site.function,
        detail: site.callee,
        place: site,
        children: findingsOf(site.function, findings),
      }),
    );
    return [{ kind: 'step', label: headings[role], detail: [...new Set(calls.map((site) => site.function))].join(', '), children }];
  });
}

function pathNode(way: MapPath): Owned {
  return { kind: 'step', label: way.functions.join(' → '), detail: `${headings[way.role]} · from ${way.entry}`, children: [] };
}

function group(label: string, children: readonly Owned[]): readonly Owned[] {
  return children.length === 0 ? [] : [{ kind: 'step', label, detail: String(children.length), children }];
}

function findingsOf(name: string, findings: readonly Finding[]): readonly Owned[] {
  return findings.filter((finding) => finding.function === name).map(findingNode);
}

function findingNode(finding: Finding): Owned {
  return { kind: 'finding', label: finding.rule, detail: finding.function, place: finding, severity: finding.severity, children: [] };
}
