/** What an answer was made from, as the disk gave it: contents read, files that were not there, folders listed. */
import { createHash, hash } from 'node:crypto';
import type { FileHost } from '../program/types.js';

/** Every question put to a host and a digest of its answer; null for a file that was absent. Folders end in `/`. In the order first asked. */
export type Readings = readonly (readonly [path: string, digest: string | null])[];

/** A digest of a text. Not against somebody who makes collisions: such a text would only hide findings from its own author. */
export const digestOf = (text: string): string =>
  typeof hash === 'function' ? hash('sha1', text, 'base64') : createHash('sha1').update(text).digest('base64');

const listText = (names: readonly string[]): string => [...names].sort().join('\n');

/** A host that takes note. */
export interface RecordingHost extends FileHost {
  /** What was asked so far; the latest answer counts. */
  readings(): Readings;
}

/** Wraps a host. Digests are made when they are asked for, so that a first answer does not wait for them. */
export function recordingHost(host: FileHost): RecordingHost {
  const read = new Map<string, { readonly text: string | undefined; digest: string | null | undefined }>();
  return {
    read(path) {
      const text = host.read(path);
      if (read.get(path)?.text !== text || !read.has(path)) read.set(path, { text, digest: text === undefined ? null : undefined });
      return text;
    },
    list(folder) {
      const names = host.list(folder);
      read.set(`${folder}/`, { text: listText(names), digest: undefined });
      return names;
    },
    readings: () =>
      [...read].map(([path, one]) => {
        if (one.digest === undefined) one.digest = digestOf(one.text ?? '');
        return [path, one.digest] as const;
      }),
  };
}

/** True when a host gives the same answers today. */
export function areStill(readings: Readings, host: FileHost): boolean {
  for (const [path, digest] of readings) {
    if (path.endsWith('/')) {
      if (digestOf(listText(host.list(path.slice(0, -1)))) !== digest) return false;
      continue;
    }
    const text = host.read(path);
    if ((text === undefined ? null : digestOf(text)) !== digest) return false;
  }
  return true;
}

/** Readings of several threads as one; undefined when a file changed between them. */
export function joinReadings(all: readonly Readings[]): Readings | undefined {
  const joined = new Map<string, string | null>();
  for (const readings of all) {
    for (const [path, digest] of readings) {
      if (joined.has(path) && joined.get(path) !== digest) return undefined;
      joined.set(path, digest);
    }
  }
  return [...joined];
}
