/** The device of a driver's pages: what it named when it made its address space, told again from other places. */
import { apiNames } from '../../../contracts/api-names.js';
import { initCall } from '../../../contracts/generations.js';
import { typeOf } from '../../../flow/types.js';
import type { StructInfo } from '../../../program/types.js';
import { driverRoot } from '../../../rules/drivers.js';
import type { Expr, Stmt } from '../../../syntax/ast.js';
import { placeOf } from '../draft.js';
import type { Where } from '../typed-walk.js';
import { walkFunction } from '../typed-walk.js';
import type { Driver } from './driver.js';
import { containerOf, ownerText, textOf } from './driver.js';

/** Text of a pointer to the device, given a pointer to the struct that holds the address space. */
export type DeviceOf = (owner: string) => string;

/** The place of the owner's name in the device's text. */
const HOLE = '\0';

/** Reads how the driver names its device; undefined, with a note, when it cannot be told from the address space's owner. */
export function readDevice(driver: Driver): DeviceOf | undefined {
  const { space, program, draft } = driver;
  if (space === undefined) {
    draft.note(
      `${driver.root}: no one struct embeds the \`${apiNames.gpusvmStruct}\`: initialise each pages object with its device by hand`,
    );
    return undefined;
  }
  const found = new Map<string, string>();
  for (const fn of driver.functions) {
    if (!fn.file.text.slice(fn.item.start, fn.item.end).includes(initCall.name)) continue;
    walkFunction(program, fn, {
      expr: (expr, where) => {
        if (expr.kind !== 'call' || expr.callee.kind !== 'name' || expr.callee.name !== initCall.name) return true;
        const [gpusvm, device] = [expr.args[0], expr.args[initCall.device]];
        const owner = gpusvm === undefined ? undefined : ownerText(gpusvm, where, space);
        const type = device === undefined ? undefined : typeOf(device, where.scope);
        if (owner === undefined || device === undefined || type?.base !== apiNames.deviceStruct) return true;
        const template = rooted(device, owner, where, 0);
        if (template !== undefined) found.set(template, placeOf(fn.file, fn.item.start + expr.start));
        return true;
      },
    });
  }
  const [first, ...others] = found.keys();
  if (first !== undefined) {
    if (others.length > 0)
      draft.note(
        `${driver.root}: address spaces are made for several devices (${[...found.values()].join(', ')}): pages take the first one's`,
      );
    return (owner) => first.replaceAll(HOLE, owner);
  }
  const way = onlyDevice(space.container, driver, 0);
  if (way === undefined) {
    draft.note(
      `${space.container.tag}: no one way leads from it to a \`${apiNames.deviceStruct}\`: initialise each pages object with its device by hand`,
    );
    return undefined;
  }
  return (owner) => `${way.address ? '&' : ''}${owner}->${way.path}`;
}

/** The device's text with the owner's name as a hole, locals replaced by what they were declared as. */
function rooted(expr: Expr, owner: string, where: Where, depth: number): string | undefined {
  let root: Expr = expr;
  while (root.kind !== 'name') {
    if (root.kind === 'address' || root.kind === 'deref') root = root.operand;
    else if (root.kind === 'member') root = root.object;
    else return undefined;
    if (textOf(root, where) === owner) break;
  }
  const text = textOf(expr, where);
  const [from, to] = [root.start - expr.start, root.end - expr.start];
  if (textOf(root, where) === owner) return text.slice(0, from) + HOLE + text.slice(to);
  if (root.kind !== 'name' || depth > 3) return undefined;
  const init = initialiser(root.name, where.ast?.body ?? []);
  if (init === undefined) return undefined;
  const inner = rooted(init, owner, where, depth + 1);
  return inner === undefined || (inner.startsWith('&') && text !== root.name) ? undefined : text.slice(0, from) + inner + text.slice(to);
}

/** What a variable of the function's outermost block is declared as, when it is set nowhere else. */
export function initialiser(name: string, body: readonly Stmt[]): Expr | undefined {
  for (const stmt of body) if (stmt.kind === 'decl' && stmt.name === name) return stmt.init;
  return undefined;
}

/** Path to the only device below a struct, pointers to the driver's structs followed once. */
function onlyDevice(struct: StructInfo, driver: Driver, depth: number): { readonly path: string; readonly address: boolean } | undefined {
  const found: { readonly path: string; readonly address: boolean }[] = [];
  for (const { name, type } of struct.ast.members) {
    if (type.dims.length > 0 || type.isFunction === true) continue;
    if (type.base === apiNames.deviceStruct && type.pointers <= 1) found.push({ path: name, address: type.pointers === 0 });
    else if (depth === 0 && type.pointers === 1 && type.base.startsWith('struct ')) {
      const inner = driver.program.findStruct(type.base, struct.file);
      const way = inner === undefined || driverRoot(inner.file.path) !== driver.root ? undefined : onlyDevice(inner, driver, 1);
      if (way !== undefined) found.push({ path: `${name}->${way.path}`, address: way.address });
    }
  }
  return found.length === 1 ? found[0] : undefined;
}

/** The device of an address space that is pointed to by an expression, or by a text. */
export function deviceOf(gpusvm: Expr | string, where: Where, driver: Driver, device: DeviceOf): string | undefined {
  if (driver.space === undefined) return undefined;
  const owner = typeof gpusvm === 'string' ? undefined : ownerText(gpusvm, where, driver.space);
  return device(owner ?? containerOf(typeof gpusvm === 'string' ? gpusvm : textOf(gpusvm, where), where, driver.space));
}
