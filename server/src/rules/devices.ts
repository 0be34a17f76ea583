/** The way from a driver's struct to its device. */
import { apiNames } from '../contracts/api-names.js';
import type { Program, ProgramFile, StructInfo } from '../program/types.js';
import { driverRoot } from './drivers.js';

/** Members that lead to a device, and whether the device stands there itself. */
export interface DeviceWay {
  readonly path: string;
  readonly address: boolean;
}

/** Path to the only device below a struct, pointers to the driver's own structs followed once. */
export function deviceMember(struct: StructInfo, program: Program, file: ProgramFile, depth = 0): DeviceWay | undefined {
  const found: DeviceWay[] = [];
  for (const member of struct.ast.members) {
    const { type } = member;
    if (type.base === apiNames.deviceStruct && type.dims.length === 0 && type.pointers <= 1)
      found.push({ path: member.name, address: type.pointers === 0 });
    else if (depth === 0 && type.pointers === 1 && type.base.startsWith('struct ')) {
      const inner = program.findStruct(type.base, file);
      const way =
        inner === undefined || driverRoot(inner.file.path) !== driverRoot(file.path) ? undefined : deviceMember(inner, program, file, 1);
      if (way !== undefined) found.push({ path: `${member.name}->${way.path}`, address: way.address });
    }
  }
  return found.length === 1 ? found[0] : undefined;
}
