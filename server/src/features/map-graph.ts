/** The ownership map as a graph: structs, members and functions as nodes, ownership and calls as edges. One graph feeds dot, SVG and the webview. Pure. */
import type { Place } from '../rules/finding.js';
import type { DriverMap, MapRole, OwnershipMap } from './map.js';

/** A box of the picture. */
export interface MapNode {
  readonly id: string;
  readonly kind: 'driver' | 'space' | 'owner' | 'pages' | 'function' | 'callback';
  /** Lines of text; the first is the name. */
  readonly lines: readonly string[];
  /** Where a click leads; undefined for a driver. */
  readonly place: Place | undefined;
}

/** An arrow. `label` says what the source does to the target. */
export interface MapEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** `becomes` joins states of a life; the others are as the label says. */
  readonly kind: 'owns' | MapRole | 'calls' | 'becomes';
}

/** The graph. */
export interface MapGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

const VERBS: Readonly<Record<MapRole, string>> = {
  init: 'initialises',
  get: 'maps',
  check: 'checks',
  mark: 'marks unmapped',
  unmap: 'unmaps',
  remove: 'removes',
  free: 'frees',
  fini: 'tears down',
};

function addDriver(driver: DriverMap, nodes: Map<string, MapNode>, edges: Map<string, MapEdge>): void {
  // The layout takes an empty name for no node.
  const id = (...parts: readonly string[]): string => [driver.folder === '' ? '.' : driver.folder, ...parts].join('|');
  const node = (entry: MapNode): void => {
    if (!nodes.has(entry.id)) nodes.set(entry.id, entry);
  };
  const edge = (entry: MapEdge): void => {
    const key = `${entry.from}\0${entry.to}`;
    const known = edges.get(key);
    if (known === undefined) edges.set(key, entry);
    else if (!known.label.split(', ').includes(entry.label)) edges.set(key, { ...known, label: `${known.label}, ${entry.label}` });
  };
  node({ id: id(), kind: 'driver', lines: [driver.name, driver.folder], place: undefined });
  for (const space of driver.spaces) {
    node({ id: id('space', space.struct), kind: 'space', lines: [space.struct, `${space.path}: address space`], place: space });
    edge({ from: id(), to: id('space', space.struct), label: 'has', kind: 'owns' });
  }
  const [space] = driver.spaces;
  for (const owner of driver.owners) {
    const what = owner.kind === 'range' ? 'a range' : owner.kind === 'userptr' ? 'a userptr' : 'pages';
    node({ id: id('owner', owner.struct), kind: 'owner', lines: [owner.struct, `${what}, layout ${owner.layout}`], place: owner });
    const parent = owner.kind === 'range' && space !== undefined ? id('space', space.struct) : id();
    edge({ from: parent, to: id('owner', owner.struct), label: 'has', kind: 'owns' });
    for (const pages of owner.pages) {
      const many = pages.layout === 'one' ? '' : '[ ]';
      node({
        id: id('pages', owner.struct, pages.path),
        kind: 'pages',
        lines: [`${pages.path}${many}`, `pages of ${owner.struct.replace(/^struct /, '')}`],
        place: pages,
      });
      edge({ from: id('owner', owner.struct), to: id('pages', owner.struct, pages.path), label: 'owns', kind: 'owns' });
    }
    const onlyPages = owner.pages.length === 1 ? owner.pages[0] : undefined;
    for (const site of owner.sites) {
      const isRange = site.role === 'remove' || site.role === 'mark';
      const target = isRange || onlyPages === undefined ? id('owner', owner.struct) : id('pages', owner.struct, onlyPages.path);
      node({ id: id('fn', site.function), kind: 'function', lines: [`${site.function}()`], place: site });
      edge({ from: id('fn', site.function), to: target, label: VERBS[site.role], kind: site.role });
    }
  }
  for (const site of driver.sites) {
    if (site.role !== 'fini' || space === undefined) continue;
    node({ id: id('fn', site.function), kind: 'function', lines: [`${site.function}()`], place: site });
    edge({ from: id('fn', site.function), to: id('space', space.struct), label: VERBS.fini, kind: 'fini' });
  }
  for (const callback of driver.callbacks) {
    const callbackId = id('cb', callback.structTag, callback.member);
    node({ id: callbackId, kind: 'callback', lines: [callback.member, callback.table], place: callback });
    node({ id: id('fn', callback.function), kind: 'function', lines: [`${callback.function}()`], place: callback });
    edge({ from: callbackId, to: id('fn', callback.function), label: 'is', kind: 'calls' });
  }
  for (const path of driver.callbackPaths) {
    const [first, ...rest] = path.functions;
    const last = rest.at(-1);
    // A callback that acts itself has its arrow already.
    if (first === undefined || last === undefined) continue;
    edge({
      from: id('fn', first),
      to: id('fn', last),
      label: rest.length === 1 ? 'calls' : `calls, through ${rest.length - 1}`,
      kind: 'calls',
    });
  }
}

/** The graph of a map. */
export function mapGraph(map: OwnershipMap): MapGraph {
  const nodes = new Map<string, MapNode>();
  const edges = new Map<string, MapEdge>();
  for (const driver of map.drivers) addDriver(driver, nodes, edges);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

const SHAPES: Readonly<Record<MapNode['kind'], string>> = {
  driver: 'shape=folder',
  space: 'shape=box',
  owner: 'shape=box, style=bold',
  pages: 'shape=box, style=rounded',
  function: 'shape=plaintext',
  callback: 'shape=cds',
};

/** The graph in Graphviz's language. */
export function mapDot(graph: MapGraph): string {
  const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const numbers = new Map(graph.nodes.map((node, index) => [node.id, `n${index}`]));
  const lines = graph.nodes.map(
    (node) => `  ${numbers.get(node.id) ?? ''} [label=${quoted(node.lines.join('\n')).replaceAll('\n', '\\n')}, ${SHAPES[node.kind]}];`,
  );
  const arrows = graph.edges.map((edge) => {
    const style = edge.kind === 'owns' ? ', arrowhead=diamond, dir=back, arrowtail=diamond' : ', style=dashed';
    return `  ${numbers.get(edge.from) ?? ''} -> ${numbers.get(edge.to) ?? ''} [label=${quoted(edge.label)}${style}];`;
  });
  return [
    'digraph ownership {',
    '  rankdir=LR;',
    '  node [fontname="sans-serif"];',
    '  edge [fontname="sans-serif"];',
    ...lines,
    ...arrows,
    '}',
    '',
  ].join('\n');
}
