/** The ownership map as a picture: laid out by dagre, written as SVG that takes the theme's colours where there is one. Pure. */
import dagre from '@dagrejs/dagre';
import type { MapEdge, MapGraph, MapNode } from './map-graph.js';

const CHARACTER = 7.2;
const LINE = 17;
const PADDING = 10;

/** A box with its place in the picture, centre coordinates in pixels. */
export interface PlacedNode extends MapNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An arrow with the points it passes through. */
export interface PlacedEdge extends MapEdge {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** Where its label stands. */
  readonly x: number;
  readonly y: number;
}

/** A laid out graph. */
export interface MapPicture {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

/** Lays a graph out from left to right. */
export function layOut(graph: MapGraph): MapPicture {
  const layout = new dagre.graphlib.Graph({ multigraph: false });
  layout.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 70, marginx: 16, marginy: 16 });
  layout.setDefaultEdgeLabel(() => ({}));
  for (const node of graph.nodes) {
    const longest = Math.max(...node.lines.map((line) => line.length));
    layout.setNode(node.id, { width: longest * CHARACTER + 2 * PADDING, height: node.lines.length * LINE + PADDING });
  }
  // Owners stand left of what they own, and what acts on it right: acting edges are laid out against their direction.
  const isForward = (edge: MapEdge): boolean => edge.kind === 'owns' || edge.kind === 'becomes';
  const ends = (edge: MapEdge): readonly [string, string] => (isForward(edge) ? [edge.from, edge.to] : [edge.to, edge.from]);
  for (const edge of graph.edges) {
    const [left, right] = ends(edge);
    layout.setEdge(left, right, {
      width: edge.kind === 'owns' ? 0 : edge.label.length * 6,
      height: 14,
      labelpos: 'c',
      weight: edge.kind === 'owns' ? 3 : 1,
    });
  }
  dagre.layout(layout);
  const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
  const nodes = graph.nodes.map((node): PlacedNode => {
    const at: Readonly<Record<string, unknown>> = layout.node(node.id) ?? {};
    return { ...node, x: number(at.x), y: number(at.y), width: number(at.width), height: number(at.height) };
  });
  const edges = graph.edges.map((edge): PlacedEdge => {
    const at: Readonly<Record<string, unknown>> = layout.edge(...ends(edge)) ?? {};
    const list: readonly unknown[] = Array.isArray(at.points) ? at.points : [];
    const points = list.flatMap((point) =>
      typeof point === 'object' && point !== null && 'x' in point && 'y' in point ? [{ x: number(point.x), y: number(point.y) }] : [],
    );
    if (!isForward(edge)) points.reverse();
    return { ...edge, points, x: number(at.x), y: number(at.y) };
  });
  const size: Readonly<Record<string, unknown>> = layout.graph() ?? {};
  return { nodes, edges, width: Math.ceil(number(size.width)) || 320, height: Math.ceil(number(size.height)) || 60 };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
  svg { font: 12px ui-monospace, Menlo, Consolas, monospace; background: var(--vscode-editor-background, #ffffff); }
  text { fill: var(--vscode-editor-foreground, #1f2328); }
  .second { fill: var(--vscode-descriptionForeground, #59636e); font-size: 11px; }
  .box { fill: var(--vscode-editorWidget-background, #f6f8fa); stroke: var(--vscode-editorWidget-border, #8c959f); }
  .owner .box { stroke: var(--vscode-charts-blue, #0969da); stroke-width: 2; }
  .pages .box { stroke: var(--vscode-charts-green, #1a7f37); stroke-width: 2; }
  .function .box { stroke-dasharray: 3 3; }
  .edge { fill: none; stroke: var(--vscode-descriptionForeground, #59636e); }
  .edge.owns { stroke: var(--vscode-charts-blue, #0969da); stroke-width: 1.6; }
  .edge.free, .edge.remove, .edge.fini { stroke: var(--vscode-charts-red, #cf222e); }
  .edge.unmap, .edge.mark { stroke: var(--vscode-charts-orange, #bc4c00); }
  .edge.get, .edge.init { stroke: var(--vscode-charts-green, #1a7f37); }
  .label { font-size: 10px; fill: var(--vscode-descriptionForeground, #59636e); text-anchor: middle; paint-order: stroke; stroke: var(--vscode-editor-background, #ffffff); stroke-width: 3px; }
  .head { fill: var(--vscode-descriptionForeground, #59636e); }
`;

/** The picture as an SVG document. `place` turns a node's place into a title for tooltips, such as `file:line`. */
export function mapSvg(graph: MapGraph, place: (node: MapNode) => string = () => ''): string {
  const { nodes, edges, width, height } = layOut(graph);
  const round = (value: number): string => String(Math.round(value * 10) / 10);
  const arrows = edges.map((edge) => {
    const [first, ...rest] = edge.points;
    if (first === undefined) return '';
    const way = [`M${round(first.x)} ${round(first.y)}`, ...rest.map((point) => `L${round(point.x)} ${round(point.y)}`)].join(' ');
    const label = edge.kind === 'owns' ? '' : `<text class="label" x="${round(edge.x)}" y="${round(edge.y)}">${escaped(edge.label)}</text>`;
    return `<path class="edge ${edge.kind}" d="${way}" marker-end="url(#head)"/>${label}`;
  });
  const boxes = nodes.map((node) => {
    const left = node.x - node.width / 2;
    const top = node.y - node.height / 2;
    const lines = node.lines.map((line, index) => {
      const y = top + PADDING / 2 + LINE * (index + 0.75);
      return `<text${index === 0 ? '' : ' class="second"'} x="${round(left + PADDING)}" y="${round(y)}">${escaped(line)}</text>`;
    });
    const title = place(node);
    const radius = node.kind === 'pages' || node.kind === 'function' ? 8 : 2;
    return [
      `<g class="node ${node.kind}" data-id="${escaped(node.id)}">`,
      title === '' ? '' : `<title>${escaped(title)}</title>`,
      `<rect class="box" x="${round(left)}" y="${round(top)}" width="${round(node.width)}" height="${round(node.height)}" rx="${radius}"/>`,
      ...lines,
      '</g>',
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Ownership map">`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    ...arrows.filter((arrow) => arrow !== ''),
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}
