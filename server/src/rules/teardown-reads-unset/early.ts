/** Failures that give back what a member points to before the function has stored anything there. */
import type { Expr } from '../../syntax/ast.js';
import { reachable } from '../graph.js';
import { callsOf } from '../paths.js';
import type { FunctionContext } from '../rule.js';
import { written } from '../written.js';

/** A release that comes too early for its member. */
export interface Early {
  readonly call: Expr;
  readonly place: string;
}

/** Releases of members, on ways that only fail, which the function stores later or not at all on that way. */
export function earlyReleases(context: FunctionContext): readonly Early[] {
  const cfg = context.engine.cfgOf(context.fn);
  if (cfg === undefined || context.ast.returnType.base === 'void') return [];
  const found: Early[] = [];
  for (const node of cfg.nodes)
    for (const call of callsOf(node)) {
      const contract = call.callee.kind === 'name' ? context.engine.contracts.of(call.callee.name) : undefined;
      const op = contract?.ops?.find((one) => one.op === 'release');
      const arg = op?.op === 'release' ? call.args[Number(op.ref.replace(/\D.*/, ''))] : undefined;
      const place = arg?.kind === 'member' ? written(arg) : undefined;
      if (place === undefined) continue;
      const stores = cfg.nodes.filter(
        (one) =>
          one.kind === 'eval' &&
          one.expr.kind === 'assign' &&
          written(one.expr.left) === place &&
          !(one.expr.right.kind === 'name' && one.expr.right.name === 'NULL'),
      );
      // Stored by a name of its own as well: what is given back is what was there before.
      if (stores.length === 0) continue;
      const after = reachable(cfg, node.id);
      if (stores.some((one) => after.has(one.id) || reachable(cfg, one.id).has(node.id))) continue;
      const ends = [...after].flatMap((id) => cfg.nodes[id] ?? []).filter((one) => one.kind === 'return');
      const isFailure =
        ends.length > 0 && ends.every((one) => one.kind === 'return' && one.value !== undefined && one.value.kind !== 'number');
      // What is stored at last is a part of the object that the release was to free.
      const isOwnPart = stores.some((one) => one.kind === 'eval' && one.expr.kind === 'assign' && one.expr.right.kind === 'address');
      if (isFailure && isOwnPart) found.push({ call, place });
    }
  return found;
}
