/** Which part of the tree a path belongs to. Pure functions over paths relative to the tree's root. */

/** Folder of the DRM core: its own files, not those of the drivers below it. */
export const coreFolder = 'drivers/gpu/drm';

/** Folders whose direct files any driver may call into. */
export const coreFolders: readonly string[] = ['drivers/gpu/drm', 'drivers/gpu/drm/ttm', 'drivers/gpu/drm/scheduler'];

/** Folders that hold one driver per subfolder. */
const driverParents: readonly string[] = ['drivers/gpu/drm', 'drivers/accel'];

/** Folders of generated register lists: hundreds of megabytes of `#define` that hold no code. */
const registerFolders: ReadonlySet<string> = new Set(['asic_reg']);

/** The folder of a path, without a trailing slash; `''` at the root. */
export const folderOf = (path: string): string => {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
};

/** The last part of a path. */
export const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Resolves `.` and `..`; a path that leaves the tree gives undefined. */
export const normalisePath = (path: string): string | undefined => {
  if (!path.includes('./') && !path.includes('//')) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
};

/** A driver's tree (`isDeep`: with its subfolders), the core, or any other folder alone. */
export interface Unit {
  readonly folder: string;
  readonly isDeep: boolean;
}

/** The unit that a path belongs to. */
export const unitOf = (path: string): Unit => {
  for (const parent of driverParents) {
    if (!path.startsWith(`${parent}/`)) continue;
    const slash = path.indexOf('/', parent.length + 1);
    if (slash < 0) return { folder: parent, isDeep: false };
    return { folder: path.slice(0, slash), isDeep: true };
  }
  return { folder: folderOf(path), isDeep: false };
};

/** True for C sources and headers. */
export const isSource = (name: string): boolean => name.endsWith('.c') || name.endsWith('.h');

/** True for headers. */
export const isHeader = (name: string): boolean => name.endsWith('.h');

/** True for a folder that is never searched for names. */
export const isSkippedFolder = (name: string): boolean => registerFolders.has(name);

/** True when the path lies in the folder, at any depth; every path lies in `''`. */
export const isUnder = (path: string, folder: string): boolean => folder === '' || path === folder || path.startsWith(`${folder}/`);

/** Driver headers and DRM's own: those that a search reads first. */
export const isNear = (path: string): boolean =>
  path.startsWith('drivers/') || path.startsWith('include/drm/') || !path.startsWith('include/');

/** Plain comparison by code units: the order of paths everywhere, independent of locale. */
export const comparePaths = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
