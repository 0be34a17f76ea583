/** Pictures of the state machines, drawn from the contract tables that the engine reads, so that they cannot drift from it. */
import type { Contracts } from '../contracts/index.js';
import type { Contract } from '../contracts/schema.js';
import { type Life, lives } from '../contracts/words.js';
import type { MapEdge, MapGraph, MapNode } from './map-graph.js';

/** A picture: a graph that `mapSvg` draws, and the anchor that it belongs under. */
export interface StatePicture {
  readonly name: string;
  readonly title: string;
  readonly anchor: string;
  readonly graph: MapGraph;
}

/** The pictures of all lives. */
export function statePictures(contracts: Contracts): readonly StatePicture[] {
  return Object.entries(lives).map(([name, life]) => ({
    name,
    title: life.title,
    anchor: life.anchor,
    graph: graphOf(life, callsBy(name, contracts)),
  }));
}

/** Names of the calls that lead to a state, by state. */
function callsBy(life: string, contracts: Contracts): ReadonlyMap<string, readonly string[]> {
  const calls = new Map<string, string[]>();
  for (const contract of contracts.all) {
    for (const state of targetsOf(life, contract)) calls.set(state, [...(calls.get(state) ?? []), contract.name]);
  }
  return calls;
}

function targetsOf(life: string, contract: Contract): readonly string[] {
  // A question whose answer is the state (valid or not) does not lead there.
  if (contract.fail?.some((op) => op.op === 'pages') === true) return [];
  return [...(contract.ops ?? []), ...(contract.ok ?? [])].flatMap((op) => {
    // Helpers on a range's own pages belong to trees that have gone.
    if (op.op === 'pages') return life === 'pages' && !op.ref.includes('.') ? [op.to] : [];
    if (life !== 'range') return [];
    if (op.op === 'range') return [op.to];
    return op.op === 'release' && op.family === 'range' ? ['released'] : [];
  });
}

function graphOf(life: Life, calls: ReadonlyMap<string, readonly string[]>): MapGraph {
  const nodes = life.states.map(
    (state): MapNode => ({ id: state.name, kind: 'pages', lines: [state.name, state.words], place: undefined }),
  );
  const edges = life.states.flatMap((state) =>
    state.from.map(
      (from): MapEdge => ({
        from,
        to: state.name,
        label: (calls.get(state.name) ?? []).map((name) => `${name}()`).join(', '),
        kind: 'becomes',
      }),
    ),
  );
  return { nodes, edges };
}
