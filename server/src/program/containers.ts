/** Which structs embed, point to, or hold an array of a type. */
import type { Member } from '../syntax/ast.js';
import type { FileRecord } from './store.js';
import type { StructLookup } from './structs.js';
import type { StructInfo } from './types.js';

/** A struct with the way to a member of the type. */
export interface Container {
  readonly container: StructInfo;
  readonly path: readonly string[];
  readonly isPointer: boolean;
  readonly isArray: boolean;
}

/** Deepest chain of structs inside of structs. */
const deepest = 6;

/** Containers of a tag among these files, nearest first; a pointer ends a path. Files are pre-tested by their text. */
export const findContainers = (tag: string, files: readonly FileRecord[], structs: StructLookup): readonly Container[] => {
  const found: Container[] = [];
  const seen = new Set<string>();
  let wanted: readonly {
    readonly tag: string;
    readonly tail: readonly string[];
    readonly isPointer: boolean;
    readonly isArray: boolean;
  }[] = [{ tag, tail: [], isPointer: false, isArray: false }];
  for (let depth = 0; depth < deepest && wanted.length > 0; depth++) {
    const next: { readonly tag: string; readonly tail: readonly string[]; readonly isPointer: boolean; readonly isArray: boolean }[] = [];
    for (const one of wanted) {
      const name = one.tag.slice(one.tag.indexOf(' ') + 1);
      for (const record of files) {
        if (!record.text.includes(name)) continue;
        for (const info of structs.allIn(record, name)) {
          const visit = (members: readonly Member[], path: readonly string[], inArray: boolean): void => {
            for (const member of members) {
              const here = [...path, member.name];
              const isArray = inArray || member.type.dims.length > 0;
              if (member.inner !== undefined && member.type.pointers === 0) visit(member.inner, here, isArray);
              if (member.type.base !== one.tag || member.type.isFunction === true) continue;
              const isPointer = member.type.pointers > 0;
              // A pointer to a container is not a way into it by embedding.
              if (isPointer && one.tail.length > 0) continue;
              const whole = [...here, ...one.tail];
              const key = `${info.file.path}|${info.tag}|${whole.join('.')}`;
              if (seen.has(key)) continue;
              seen.add(key);
              found.push({ container: info, path: whole, isPointer: isPointer || one.isPointer, isArray: isArray || one.isArray });
              next.push({ tag: info.tag, tail: whole, isPointer: isPointer || one.isPointer, isArray: isArray || one.isArray });
            }
          };
          visit(info.ast.members, [], false);
        }
      }
    }
    wanted = next;
  }
  return found;
};
