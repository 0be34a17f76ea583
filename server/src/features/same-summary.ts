/**
 * Whether a function's new summary says the same as its old one. Places inside the function may have moved: then the old summary, which callers
 * built upon, is told the new places, and stays. Compared as data, whatever a summary holds.
 */
import type { Summary } from '../flow/events.js';

/** Numbers of steps and offsets in the names of made values and of needs: they say where, not what. */
const places = /(?:\bc|\bit|\bphi|\buninit|\bskip|@)\d+(?:@\d+)?/g;

/** Counts that grow each time the events are given again; nobody asks for more than whether there is one. */
const counted: ReadonlySet<string> = new Set(['ok', 'bad', 'inherited', 'unknown']);

const isFunction = (value: object): value is { readonly key: string } =>
  'ast' in value && typeof value.ast === 'function' && 'key' in value;
const isTerm = (value: object): value is { readonly key: string } => 'memo' in value && 'key' in value;

/**
 * Undefined when the summaries differ. When they say the same, the old one's places are those of the new one from now on, and the answer tells
 * how the new one's names of needs are called in the old one.
 */
export function takePlaces(old: Summary, now: Summary): ReadonlyMap<string, string> | undefined {
  const moves: (() => void)[] = [];
  const names = new Map<string, string>();
  const seen = new Map<object, object>();
  /** Each place of the new summary stands for one of the old, and back. */
  const pairs = new Map<string, string>();
  const taken = new Map<string, string>();
  const samePlace = (a: string, b: string): boolean => {
    const known = pairs.get(b);
    if (known !== undefined || taken.has(a)) return known === a && taken.get(a) === b;
    pairs.set(b, a);
    taken.set(a, b);
    return true;
  };
  const sameText = (a: string, b: string): boolean => {
    if (a.replace(places, '@') !== b.replace(places, '@')) return false;
    const [mine, theirs] = [a.match(places) ?? [], b.match(places) ?? []];
    if (!mine.every((place, at) => samePlace(place, theirs[at] ?? ''))) return false;
    if (a !== b) names.set(b, a);
    return true;
  };
  const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
    a.length === b.length && a.every((value, at) => same(value, b[at]));
  const same = (a: unknown, b: unknown): boolean => {
    if (typeof a === 'string' && typeof b === 'string') return sameText(a, b);
    if (a === b) return true;
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    if (seen.get(a) === b) return true;
    if (isTerm(a)) return isTerm(b) && sameText(a.key, b.key);
    if (isFunction(a)) return isFunction(b) && a.key === b.key;
    seen.set(a, b);
    if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b);
    if (a instanceof Map) return b instanceof Map && sameList([...a], [...b]);
    if (a instanceof Set) return b instanceof Set && sameList([...a], [...b]);
    const left = a as Record<string, unknown>;
    const right = b as Record<string, unknown>;
    const keys = Object.keys(left);
    if (keys.length !== Object.keys(right).length) return false;
    for (const key of keys) {
      if (key === 'hash') continue;
      const value = right[key];
      if (counted.has(key) && typeof value === 'number') {
        if (Number(left[key]) > 0 !== Number(value) > 0) return false;
        continue;
      }
      if (key === 'span') moves.push(() => Reflect.set(left, key, value));
      else {
        if (!same(left[key], value)) return false;
        if (key === 'fn' && typeof value === 'object') moves.push(() => Reflect.set(left, key, value));
      }
    }
    return true;
  };
  try {
    if (!same(old, now)) return undefined;
  } catch (error) {
    // A path too long to compare is taken for another one.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  for (const move of moves) move();
  return names;
}
