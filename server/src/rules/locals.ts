/** Types of a function's variables, by name. */
import type { Cfg } from '../flow/cfg.js';
import type { FunctionAst, TypeRef } from '../syntax/ast.js';

/** The type of a local or parameter: from the graph, which knows every declaration; else from the parameters. */
export function cfgTypes(ast: FunctionAst, cfg: Cfg | undefined): (name: string) => TypeRef | undefined {
  return (name) => cfg?.types.get(name) ?? ast.params.find((param) => param.name === name)?.type;
}
