/** Our own requests: the views of the editor, pages, and the report of the environment. */
import { readFileSync } from 'node:fs';
import { lifecycleView } from '../features/lifecycle-view.js';
import { buildOwnershipMap } from '../features/map.js';
import { mapGraph } from '../features/map-graph.js';
import { type Owned, ownershipTree } from '../features/ownership.js';
import { rolesIn } from '../features/role-list.js';
import { statePictures } from '../features/state-pictures.js';
import { ruleMeta } from '../rules/catalogue.js';
import { serviceMessage } from '../rules/service.js';
import { type Context, documentFindings } from './context.js';
import { toOffset } from './convert.js';
import type {
  EnvironmentResult,
  LifecycleResult,
  MapResult,
  OwnershipNode,
  OwnershipResult,
  PageParams,
  PageResult,
  RolesResult,
  WirePosition,
} from './protocol.js';
import { generationWords, toPlace } from './status.js';
import type { Tree } from './trees.js';

/** `gpusvm/lifecycle`. Null outside functions. */
export async function lifecycle(
  context: Context,
  params: { readonly uri: string; readonly position: WirePosition },
): Promise<LifecycleResult | null> {
  const target = context.trees.locate(params.uri);
  const text = target === undefined ? undefined : target.tree.text(target.path);
  if (target === undefined || text === undefined) return null;
  const { tree, path } = target;
  const findings = await documentFindings(context, target);
  const analysis = await tree.ready();
  const view = lifecycleView(analysis, analysis.contractsOf(path), path, toOffset(text, params.position), findings);
  if (view === undefined) return null;
  return {
    function: view.fn.name,
    role: view.role,
    place: toPlace(tree, path, view.fn.item, text),
    steps: view.steps.map(({ start, end, stage, ...step }) => ({
      ...step,
      ...(stage === undefined ? {} : { stage }),
      place: toPlace(tree, path, { start, end }, text),
    })),
    findings: view.findings.map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      message: finding.message,
      place: toPlace(tree, path, finding, text),
      trace: finding.trace.map((step) => ({ message: step.message, place: toPlace(tree, step.file, step) })),
    })),
  };
}

/** `gpusvm/roles`. */
export async function roles(context: Context, params: { readonly uri: string }): Promise<RolesResult> {
  const target = context.trees.locate(params.uri);
  if (target === undefined) return { roles: [] };
  const { tree } = target;
  const analysis = await tree.ready();
  return {
    roles: rolesIn(analysis.program, analysis.contractsOf(target.path), target.path).map((role) => ({
      anchor: role.anchor,
      title: role.title,
      name: role.name,
      place: toPlace(tree, role.file.path, role, role.file.text),
    })),
  };
}

/** `gpusvm/page`. */
export async function page(context: Context, params: PageParams): Promise<PageResult> {
  const { services } = context;
  const path =
    params.page === 'lifecycle'
      ? services.lifecyclePage()
      : ruleMeta(params.page) === undefined && serviceMessage(params.page) === undefined
        ? undefined
        : services.rulePage(params.page);
  const title = params.page === 'lifecycle' ? 'GPU SVM lifecycle' : params.page;
  if (path === undefined) return { title };
  const text = readFileSync(path, 'utf8');
  if (params.page !== 'lifecycle') return { title, text };
  const { mapSvg } = await import('../features/map-svg.js');
  const pictures = statePictures(context.contracts).map((picture) => ({
    anchor: picture.anchor,
    title: picture.title,
    svg: mapSvg(picture.graph),
  }));
  return { title, text, pictures };
}

/** `gpusvm/environment`: versions, settings and figures; no text of the user's code and no path but the names of trees' folders. */
export async function environment(context: Context): Promise<EnvironmentResult> {
  const memory = process.memoryUsage();
  const lines = [
    '### GPU SVM Review',
    '',
    `- version: ${context.services.version}`,
    `- node: ${process.versions.node} on ${process.platform} ${process.arch}`,
    `- memory: ${Math.round(memory.rss / 1e6)} MB resident, ${Math.round(memory.heapUsed / 1e6)} MB heap`,
    `- open documents: ${context.documents.all().length}`,
    `- settings: \`${JSON.stringify(context.settings)}\``,
  ];
  for (const tree of context.trees.all()) {
    lines.push('', `#### ${tree.hasTree ? 'Tree' : 'Lone files'}`, '');
    try {
      const { facts, program } = await tree.ready();
      lines.push(
        `- API: ${generationWords(facts)}`,
        `- facts: \`${JSON.stringify(facts)}\``,
        `- files read: ${program.files().length}`,
        `- last check: ${tree.lastTime.toFixed(1)} ms`,
      );
    } catch (error) {
      lines.push(`- could not be opened: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { text: `${lines.join('\n')}\n` };
}

/** `gpusvm/ownership`. */
export async function ownership(context: Context, params: { readonly uri: string }): Promise<OwnershipResult> {
  const target = context.trees.locate(params.uri);
  if (target === undefined) return { roots: [] };
  const { tree } = target;
  const findings = await documentFindings(context, target);
  const roots = ownershipTree(await tree.ready(), target.path, findings);
  return { roots: roots.map((node) => toNode(tree, node, '')) };
}

function toNode(tree: Tree, node: Owned, parent: string): OwnershipNode {
  const id = `${parent}/${node.kind}:${node.label}`;
  return {
    id,
    label: node.label,
    detail: node.detail,
    kind: node.kind,
    ...(node.place === undefined ? {} : { place: toPlace(tree, node.place.file, node.place) }),
    ...(node.severity === undefined ? {} : { severity: node.severity }),
    children: node.children.map((child) => toNode(tree, child, id)),
  };
}

/** `gpusvm/map`. Null where nothing owns anything. */
export async function ownershipMap(context: Context, params: { readonly uri: string }): Promise<MapResult | null> {
  const target = context.trees.locate(params.uri);
  if (target === undefined) return null;
  const { tree } = target;
  const { program } = await tree.ready();
  const map = buildOwnershipMap(program, [target.path]);
  const graph = mapGraph(map);
  if (graph.nodes.length === 0) return null;
  // Loaded late: only the picture needs the layout.
  const { mapSvg } = await import('../features/map-svg.js');
  const placed = graph.nodes.flatMap((node) =>
    node.place === undefined ? [] : [{ id: node.id, place: toPlace(tree, node.place.file, node.place) }],
  );
  return {
    svg: mapSvg(graph, (node) => (node.place === undefined ? '' : node.place.file)),
    places: placed,
    title: map.drivers.map((driver) => driver.name).join(', '),
  };
}
