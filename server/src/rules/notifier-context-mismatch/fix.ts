/** `in_notifier` in the initialiser of a context set to what the lock says. */
import type { Fix } from '../finding.js';
import type { FunctionContext } from '../rule.js';
import { callAt, usesOf } from '../statements.js';
import { edit } from '../style.js';

/** Offered for a local context that is used for this call alone. `held` tells that the lock is held in some way. */
export function fixContext(
  call: number,
  flag: { readonly member: string; readonly isSet: boolean; readonly held: boolean },
  context: FunctionContext,
): readonly Fix[] {
  const { text, fn } = context;
  // Set, and held for read: the flag is wrong and clearing it would not be right either.
  if (flag.isSet && flag.held) return [];
  const arg = callAt(context, call)?.args.at(-1);
  if (arg?.kind !== 'address' || arg.operand.kind !== 'name') return [];
  const { name } = arg.operand;
  if (usesOf(context, name) !== 2) return [];
  const declaration = new RegExp(`\\bstruct\\s+\\w+\\s+${name}\\s*=\\s*\\{([^{}]*)\\}`).exec(text);
  if (declaration === null) return [];
  const open = declaration.index + declaration[0].lastIndexOf('{') + 1;
  const inner = declaration[1] ?? '';
  const set = new RegExp(`\\.${flag.member}\\s*=\\s*(\\w+)`).exec(inner);
  const value = flag.isSet ? 'false' : 'true';
  const title = `Set \`${flag.member}\` to ${value}`;
  const at = (start: number, end: number, newText: string): readonly Fix[] => [
    { title, safety: 'safe', edits: [edit(fn.file.path, fn.item.start, start, end, newText)] },
  ];
  if (set !== null) {
    const end = open + set.index + set[0].length;
    return at(end - (set[1] ?? '').length, end, value);
  }
  if (flag.isSet) return [];
  return inner.trim() === ''
    ? at(open, open + inner.length, ` .${flag.member} = ${value}, `)
    : at(open, open, ` .${flag.member} = ${value},`);
}
