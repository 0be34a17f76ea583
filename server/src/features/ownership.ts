/** The ownership view: driver → the structs that own something → what they own → who sets it up, maps, unmaps and frees it, with findings. */
import type { Contracts } from '../contracts/index.js';
import { ownedStages, type Stage, stagePhrases } from '../contracts/words.js';
import type { FunctionDef } from '../program/types.js';
import type { Finding, Place, Severity } from '../rules/finding.js';
import type { Analysis } from './analysis.js';
import { callStages, functionRole, type StructRole, structRole } from './roles.js';

/** A node of the view. */
export interface Owned {
  readonly kind: 'driver' | 'struct' | 'pages' | 'step' | 'function' | 'finding' | 'callback';
  readonly label: string;
  readonly detail: string;
  readonly place?: Place;
  readonly severity?: Severity;
  readonly children: readonly Owned[];
}

/** The tree for the driver that holds a file; `findings` are those of the open file. Empty when nothing there owns anything. */
export function ownershipTree(analysis: Analysis, contracts: Contracts, path: string, findings: readonly Finding[]): readonly Owned[] {
  const { program } = analysis;
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const files = program.files().filter((file) => file.path.startsWith(folder));
  const functions = files.flatMap((file) => program.functionsIn(file));
  const steps = stageIndex(functions);
  const structs = files.flatMap((file) =>
    file.outline.items.flatMap((item): Owned[] => {
      const role = structRole(program, file, item);
      if (role === undefined) return [];
      const place = { file: file.path, start: item.start, end: item.start };
      return [
        {
          kind: 'struct',
          label: item.name,
          detail: file.path.slice(folder.length),
          place,
          children: role.parts.map((part) => partNode(part, steps)),
        },
      ];
    }),
  );
  const callbacks = functions.flatMap((fn): Owned[] => {
    const role = functionRole(program, contracts, fn);
    const entry = role?.callbacks[0];
    return entry === undefined
      ? []
      : [{ ...functionNode(fn), kind: 'callback', label: `${entry.structTag.replace(/^struct /, '')}.${entry.member}`, detail: fn.name }];
  });
  const open = findings.map(findingNode);
  if (structs.length + callbacks.length + open.length === 0) return [];
  const name = folder.split('/').at(-2) ?? path;
  const group = (label: string, children: readonly Owned[]): Owned[] =>
    children.length === 0 ? [] : [{ kind: 'step', label, detail: String(children.length), children }];
  return [
    {
      kind: 'driver',
      label: name,
      detail: folder,
      children: [...group('Findings in this file', open), ...structs, ...group('Callbacks', callbacks)],
    },
  ];
}

type StageIndex = ReadonlyMap<Stage, readonly { readonly fn: FunctionDef; readonly start: number }[]>;

function stageIndex(functions: readonly FunctionDef[]): StageIndex {
  const index = new Map<Stage, { readonly fn: FunctionDef; readonly start: number }[]>();
  for (const fn of functions) {
    for (const call of callStages(fn)) {
      const list = index.get(call.stage) ?? [];
      list.push({ fn, start: call.start });
      index.set(call.stage, list);
    }
  }
  return index;
}

/** A part of a struct with the steps of its life, each with the functions that take it. */
function partNode(part: StructRole['parts'][number], steps: StageIndex): Owned {
  const stages = Object.hasOwn(ownedStages, part.type) ? (ownedStages[part.type] ?? []) : [];
  const children = stages.flatMap((stage): Owned[] => {
    const calls = steps.get(stage) ?? [];
    if (calls.length === 0) return [];
    return [
      {
        kind: 'step',
        label: stagePhrases[stage],
        detail: '',
        children: calls.map(({ fn, start }) => ({ ...functionNode(fn), place: { file: fn.file.path, start, end: start } })),
      },
    ];
  });
  return {
    kind: 'pages',
    label: part.isArray ? `${part.member}[]` : part.member,
    detail: `struct ${part.type}: ${part.meaning}`,
    children,
  };
}

function functionNode(fn: FunctionDef): Owned {
  return {
    kind: 'function',
    label: fn.name,
    detail: fn.file.path.slice(fn.file.path.lastIndexOf('/') + 1),
    place: { file: fn.file.path, start: fn.item.start, end: fn.item.start },
    children: [],
  };
}

function findingNode(finding: Finding): Owned {
  return { kind: 'finding', label: finding.rule, detail: finding.function, place: finding, severity: finding.severity, children: [] };
}
