/** How a file of the tree is named to people: by a path that works from where they are. */
import { isAbsolute, join, resolve, sep } from 'node:path';
import type { FindingFormat } from './arguments.js';
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

/** The naming that a format wants: clickable for people, relative to the checkout for forges, relative to the tree for mails and machines. */
export function displayFor(
  format: FindingFormat,
  options: { readonly root: string; readonly cwd: string; readonly tree: string | undefined },
): (file: string) => string {
  switch (format) {
    case 'text':
    case 'gcc':
      return createDisplay(options);
    case 'github':
    case 'gitlab':
      return (file) => inside(options.cwd, isAbsolute(file) ? file : resolve(options.root, file)) ?? file;
    default:
      return (file) => file;
  }
}
