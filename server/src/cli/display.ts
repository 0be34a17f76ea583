/** How a file of the tree is named to people: by a path that works from where they are. */
import { isAbsolute, join, resolve, sep } from 'node:path';
import { inside } from './inputs.js';

/** Makes the naming for a root: relative to the current folder when inside it, else below the tree as it was typed. */
export function createDisplay(options: {
  readonly root: string;
  readonly cwd: string;
  readonly tree: string | undefined;
}): (file: string) => string {
  const { root, cwd, tree } = options;
  return (file) => {
    const path = isAbsolute(file) ? file : resolve(root, file);
    const near = inside(cwd, path);
    if (near !== undefined) return near;
    if (isAbsolute(file)) return file;
    return join(tree ?? root, file)
      .split(sep)
      .join('/');
  };
}
