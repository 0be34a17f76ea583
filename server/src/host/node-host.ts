/** The file system as the program reads it, and how a tree is found. Never throws: what cannot be read is absent. */
import { isAscii, isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { FileHost } from '../program/types.js';

/** A file that makes a folder a kernel tree. */
const treeMark = join('include', 'drm', 'drm_gpusvm.h');

/** Larger files are not C that somebody wrote; they are left out. Bytes. */
const largestFile = 64 * 1024 * 1024;

/** Text of bytes: UTF-8, and where it is not that, latin-1, so that every byte keeps a character. A byte order mark is dropped. */
export const decodeText = (bytes: Buffer): string => {
  if (isAscii(bytes)) return bytes.toString('latin1');
  const text = isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
};

/** Text of a file; undefined when it is absent, unreadable, not a regular file, or too large. */
export const readText = (path: string): string | undefined => {
  try {
    const bytes = readFileSync(path);
    return bytes.length > largestFile ? undefined : decodeText(bytes);
  } catch {
    return undefined;
  }
};

/** Makes the host of a tree. Paths that leave the tree are absent; links are followed, but a folder that contains itself is not entered again. */
export const createNodeHost = (root: string): FileHost => {
  const base = resolve(root);
  const inside = (path: string): string | undefined => {
    if (path.includes('\0')) return undefined;
    const full = resolve(base, path);
    return full === base || full.startsWith(base.endsWith(sep) ? base : base + sep) ? full : undefined;
  };
  /** True when a link leads to a folder that it lies in. */
  const isCircle = (full: string): boolean => {
    try {
      const target = realpathSync(full);
      const own = realpathSync(dirname(full));
      return own === target || own.startsWith(target + sep);
    } catch {
      return true;
    }
  };
  return {
    read: (path) => {
      const full = inside(path);
      return full === undefined ? undefined : readText(full);
    },
    list: (folder) => {
      const full = inside(folder);
      if (full === undefined) return [];
      try {
        const names: string[] = [];
        for (const entry of readdirSync(full, { withFileTypes: true })) {
          if (entry.isDirectory()) names.push(`${entry.name}/`);
          else if (entry.isFile()) names.push(entry.name);
          else if (entry.isSymbolicLink()) {
            const target = join(full, entry.name);
            try {
              const stat = statSync(target);
              if (stat.isFile()) names.push(entry.name);
              else if (stat.isDirectory() && !isCircle(target)) names.push(`${entry.name}/`);
            } catch {
              // A link to nowhere: absent.
            }
          }
        }
        return names;
      } catch {
        return [];
      }
    },
  };
};

/** The tree that a path lies in: the nearest folder upwards that holds the API's header; undefined when there is none. Absolute path in, absolute path out. */
export const findTree = (path: string): string | undefined => {
  let folder = resolve(path);
  try {
    if (!statSync(folder).isDirectory()) folder = dirname(folder);
  } catch {
    folder = dirname(folder);
  }
  for (;;) {
    if (existsSync(join(folder, treeMark))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
};

/** True when a folder is a tree. */
export const isTree = (folder: string): boolean => existsSync(join(folder, treeMark));

/** Path relative to the tree, with `/`; undefined when it lies outside. */
export const treePath = (tree: string, path: string): string | undefined => {
  const found = relative(resolve(tree), resolve(path));
  if (found === '' || found === '..' || found.startsWith(`..${sep}`)) return found === '' ? '' : undefined;
  return sep === '/' ? found : found.split(sep).join('/');
};

/** Text of the tree's `.config`; undefined without one. */
export const readTreeConfig = (tree: string): string | undefined => readText(join(tree, '.config'));
