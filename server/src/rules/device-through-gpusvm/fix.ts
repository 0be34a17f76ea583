/** The device of pages in scope, or the driver's own. */
import { gpusvmTag, pagesTag } from '../../contracts/protected.js';
import { typeOf } from '../../flow/types.js';
import type { Expr } from '../../syntax/ast.js';
import { deviceMember } from '../devices.js';
import { driverRoot } from '../drivers.js';
import type { Fix } from '../finding.js';
import { oneToOne } from '../layout.js';
import { edit } from '../style.js';
import type { Place } from '../typed.js';

/** `c->pages.drm` for a container or pages that the function is given; else the device that the container of the address space leads to. */
export function fixDeviceThroughGpusvm(expr: Expr & { readonly kind: 'member' }, place: Place): readonly Fix[] {
  if (place.inMacro) return [];
  const text = devicePointer(expr, place);
  if (text === undefined) return [];
  return [{ title: `Use \`${text}\``, safety: 'suggested', edits: [edit(place.file.path, place.base, expr.start, expr.end, text)] }];
}

function devicePointer(expr: Expr & { readonly kind: 'member' }, place: Place): string | undefined {
  const header = place.text.slice(0, place.text.indexOf('{'));
  const layout = oneToOne(place.program, place.file);
  const owners: string[] = [];
  for (const match of header.matchAll(/\bstruct\s+(\w+)\s*\*\s*(\w+)\s*[,)]/g)) {
    const tag = `struct ${match[1] ?? ''}`;
    if (tag === pagesTag) owners.push(`${match[2] ?? ''}->drm`);
    if (layout !== undefined && tag === layout.layout.container.tag) owners.push(`${match[2] ?? ''}->${layout.pages}.drm`);
  }
  const [owner] = owners;
  if (owner !== undefined) return owners.length === 1 ? owner : undefined;
  return throughContainer(expr, place);
}

/** The device of `vm` in `vm->svm.drm`: a member that is a device, or one step further. */
function throughContainer(expr: Expr & { readonly kind: 'member' }, place: Place): string | undefined {
  const { object } = expr;
  const root = driverRoot(place.file.path);
  if (object.kind !== 'member' || typeOf(object, place.scope)?.base !== gpusvmTag || expr.arrow) return undefined;
  const type = typeOf(object.object, place.scope);
  if (type === undefined) return undefined;
  const struct = place.program.findStruct(type.base, place.file);
  if (struct === undefined || driverRoot(struct.file.path) !== root) return undefined;
  const way = deviceMember(struct, place.program, place.file);
  return way === undefined
    ? undefined
    : `${way.address ? '&' : ''}${place.text.slice(object.object.start, object.object.end)}${object.arrow ? '->' : '.'}${way.path}`;
}
