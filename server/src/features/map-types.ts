/** What the ownership map holds: drivers, owners of pages, and the calls that act on them. Plain data with places. */
import type { ApiFacts } from '../program/types.js';
import type { Place } from '../rules/finding.js';

/** What a call does to pages or ranges. */
export type MapRole = 'init' | 'get' | 'check' | 'unmap' | 'free' | 'remove' | 'mark' | 'fini';

/** Roles in the order of a life. */
export const MAP_ROLES: readonly MapRole[] = ['init', 'get', 'check', 'mark', 'unmap', 'remove', 'free', 'fini'];

/** A call of the API that a driver makes. */
export interface MapSite extends Place {
  readonly role: MapRole;
  readonly function: string;
  readonly callee: string;
}

/** A member that holds pages. */
export interface MapPages extends Place {
  /** Path from the owner, such as `pages` or `userptr.pages`. */
  readonly path: string;
  readonly layout: 'one' | 'array' | 'pointer';
  /** True when it shares its memory with a sibling: an inline element beside an array pointer. */
  readonly inUnion: boolean;
}

/** A struct that owns pages or extends a range. */
export interface MapOwner extends Place {
  /** `struct tag`. */
  readonly struct: string;
  readonly kind: 'range' | 'userptr' | 'pages';
  /** Path to the embedded range; undefined when it is none. */
  readonly base: string | undefined;
  /** Path to the interval notifier of a userptr. */
  readonly notifier: string | undefined;
  readonly pages: readonly MapPages[];
  /** `1:1` one pages object, `N:1` one per device, `in range` the core's range owns them. */
  readonly layout: '1:1' | 'N:1' | 'in range' | 'none';
  /** Structs that embed the owner. */
  readonly embeddedIn: readonly string[];
  readonly sites: readonly MapSite[];
}

/** A callback of one of the API's tables. */
export interface MapCallback extends Place {
  readonly table: string;
  readonly structTag: string;
  readonly member: string;
  readonly function: string;
}

/** A way from an entry point to a call that releases: function names, outermost first. */
export interface MapPath {
  readonly role: MapRole;
  readonly functions: readonly string[];
  /** How the outermost function is reached: `struct.member` of its table, or `exported`. */
  readonly entry: string;
}

/** One driver. */
export interface DriverMap {
  readonly name: string;
  readonly folder: string;
  /** Structs that embed the address space. */
  readonly spaces: readonly (Place & { readonly struct: string; readonly path: string })[];
  readonly owners: readonly MapOwner[];
  readonly callbacks: readonly MapCallback[];
  /** Calls whose owner is not told by their arguments. */
  readonly sites: readonly MapSite[];
  readonly releasePaths: readonly MapPath[];
  /** From the API's callbacks down to each function that acts on pages or ranges; that function is the last. */
  readonly callbackPaths: readonly MapPath[];
}

/** The map of a tree. */
export interface OwnershipMap {
  readonly facts: ApiFacts;
  readonly drivers: readonly DriverMap[];
}

const DRIVERS = /^(.*?drivers\/(?:gpu\/drm|accel)\/([^/]+))\/./;

/** Folder and name of the driver that a file belongs to; undefined for the core and for headers of the tree. */
export function driverOf(path: string): { readonly name: string; readonly folder: string } | undefined {
  const match = DRIVERS.exec(path);
  if (match?.[1] !== undefined && match[2] !== undefined) return { name: match[2], folder: match[1] };
  if (path.startsWith('include/') || /^drivers\/gpu\/drm\/[^/]+$/.test(path)) return undefined;
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  return { name: folder === '' ? path.replace(/\.[ch]$/, '') : folder.slice(folder.lastIndexOf('/') + 1), folder };
}
