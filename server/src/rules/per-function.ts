/** Notes that a rule keeps while one function is looked at. */
import type { FunctionContext } from './rule.js';

/** Makes a keeper of notes: one fresh value for each function's context. */
export function perFunction<T>(make: (context: FunctionContext) => T): (context: FunctionContext) => T {
  const notes = new WeakMap<FunctionContext, T>();
  return (context) => {
    let value = notes.get(context);
    if (value === undefined) {
      value = make(context);
      notes.set(context, value);
    }
    return value;
  };
}
