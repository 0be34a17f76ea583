import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** A file of the project: path relative to the root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The files below a folder of the project whose path the filter accepts; installed packages are never among them. */
export function filesBelow(folder: string, accepts: (path: string) => boolean): readonly SourceFile[] {
  const files: SourceFile[] = [];
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (['node_modules', '.git', 'dist', 'out', 'coverage'].includes(entry.name)) continue;
      const full = join(directory, entry.name);
      const path = relative(root, full).replaceAll('\\', '/');
      if (entry.isDirectory()) visit(full);
      else if (accepts(path)) files.push({ path, text: readFileSync(full, 'utf8') });
    }
  };
  if (existsSync(join(root, folder))) visit(join(root, folder));
  return files;
}

/** The TypeScript sources of the server and of the client. */
export function productSources(): readonly SourceFile[] {
  return ['server/src', 'client/src'].flatMap((folder) => filesBelow(folder, (path) => path.endsWith('.ts')));
}
