/** Which driver a file belongs to, and what the driver has. */
import { driverRootOf } from '../flow/engine.js';
import type { Program, ProgramFile } from '../program/types.js';

/** The folder of the driver a file stands in. */
export const driverRoot = driverRootOf;

/** True when the file's driver fills a callback table of the struct. */
export function hasTable(program: Program, file: ProgramFile, structTag: string): boolean {
  const root = driverRootOf(file.path);
  return program.tablesOf(structTag, file).some((entry) => driverRootOf(entry.file.path) === root);
}
