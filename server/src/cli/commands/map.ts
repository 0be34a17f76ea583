/** `map`: who owns what, from the code. */
import { buildOwnershipMap } from '../../features/map.js';
import type { Invocation } from '../arguments.js';
import { EXIT, type ExitCode } from '../exit.js';
import { resolveInputs } from '../inputs.js';
import type { Io } from '../io.js';
import { indexLines, type LineIndex } from '../lines.js';
import { JSON_VERSION } from '../reporters/json.js';
import { mapJson, mapText, type PositionOf } from '../reporters/map-text.js';
import type { Services } from '../services.js';
import { complain, openSession } from '../session.js';
import { createStyle, wantsColor } from '../style.js';
import { TOOL_NAME, toolVersion } from '../version.js';

/** Runs `map`. */
export async function runMap(args: Extract<Invocation, { command: 'map' }>, io: Io, services: Services): Promise<ExitCode> {
  const inputs = resolveInputs({ paths: args.paths, tree: args.tree, cwd: io.cwd, services });
  for (const problem of inputs.problems) complain(io, problem);
  if (inputs.targets.length === 0) return EXIT.usage;
  const { analysis, host } = await openSession(inputs, services);
  const paths = args.paths.length === 0 ? [] : inputs.targets.map((target) => target.path);
  const map = buildOwnershipMap(analysis.program, paths);
  const indexes = new Map<string, LineIndex>();
  const position: PositionOf = (place) => {
    const index = indexes.get(place.file) ?? indexLines(analysis.program.file(place.file)?.text ?? host.read(place.file) ?? '');
    indexes.set(place.file, index);
    return index.position(place.start);
  };
  // One tree, many places: names relative to the tree read best.
  const display = (file: string): string => file;
  switch (args.format) {
    case 'text':
      io.out(mapText(map, { position, display, style: createStyle(wantsColor(args.color, io)) }));
      break;
    case 'json': {
      const tool = { name: TOOL_NAME, version: toolVersion() };
      const located = mapJson({ drivers: map.drivers }, position);
      const report = { version: JSON_VERSION, tool, tree: inputs.root, facts: map.facts, ...(typeof located === 'object' ? located : {}) };
      io.out(`${JSON.stringify(report, null, 2)}\n`);
      break;
    }
    case 'dot': {
      const { mapDot, mapGraph } = await import('../../features/map-graph.js');
      io.out(mapDot(mapGraph(map)));
      break;
    }
    case 'svg': {
      const { mapGraph } = await import('../../features/map-graph.js');
      const { mapSvg } = await import('../../features/map-svg.js');
      io.out(mapSvg(mapGraph(map), (node) => (node.place === undefined ? '' : `${display(node.place.file)}:${position(node.place).line}`)));
      break;
    }
  }
  return inputs.problems.length > 0 ? EXIT.usage : EXIT.clean;
}
